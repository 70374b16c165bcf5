// SPDX-License-Identifier: MIT
// A metric that a callback watches, and what counts as better.
#pragma once

#include <limits>
#include <string>

#include "base/options.h"
#include "base/state.h"
#include "train/callbacks/callback.h"

namespace nn {

/// Counters of epochs in a checkpoint are no larger.
inline constexpr int64_t most_epochs = 1'000'000'000'000;

/// The best value so far by Keras' rule: better by more than min_delta. A NaN is never better, and never the best but
/// where the framework's own counting takes it as the first value.
class Monitor {
 public:
  std::string metric, mode = "auto";
  double min_delta = 0;

  /// METRIC by place, mode, min-delta. The metric defaults to val_loss, or loss where nothing is validated. Returns
  /// min-delta, whose names are the callback's.
  Option& options(OptionSet& set);
  /// nan-first, of those that count by improves().
  void nan_option(OptionSet& set);
  bool first_nan_is_best() const { return first_nan_is_best_; }
  void check() const;
  /// Resolves metric and mode; UsageError with the metrics that there will be.
  void expect(const RunInfo& outlook);
  bool falls() const { return mode == "min"; }  ///< lower is better
  double best() const { return best_; }
  /// True, and the value kept, when it is the first or better than the best.
  bool improves(double value);
  /// As if `value` had been seen before.
  void start_at(double value) {
    any_ = true;
    best_ = value;
  }
  /// Beats a fixed value (a baseline), without min_delta.
  bool beats(double value, double other) const { return falls() ? value < other : value > other; }
  std::string text() const;  ///< "val_loss (lower is better)"
  void state(State& state);

 private:
  bool any_ = false, first_nan_is_best_ = false;
  double best_ = std::numeric_limits<double>::quiet_NaN();
};

/// True for metrics of which less is better, false for those of which more is; UsageError for any other, asking for
/// mode.
bool lower_is_better(const std::string& metric);

}  // namespace nn
