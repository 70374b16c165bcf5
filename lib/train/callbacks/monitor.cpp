// SPDX-License-Identifier: MIT
#include "train/callbacks/monitor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace nn {

Option& Monitor::options(OptionSet& set) {
  set.add("metric", metric, "METRIC", "column of the history; not given: val_loss, or loss without validation")
      .by_place()
      .called("pytorch", "(script)")
      .called("keras", "monitor");
  set.add("mode", mode, "min|max|auto",
          "whether smaller or greater values are better: min, max, or auto (min for losses, max for accuracies)")
      .one_of({"min", "max", "auto"})
      .called("mode");
  return set.add("min-delta", min_delta, "X", "smaller improvements do not count");
}

void Monitor::nan_option(OptionSet& set) {
  set.flag("nan-first", first_nan_is_best_,
           "a first value that is not a number counts as the best, which no other improves (Keras)")
      .in("keras", "true")
      .named_rule("first_nan_is_best");
}

void Monitor::check() const {
  if (mode != "min" && mode != "max" && mode != "auto")
    throw UsageError("mode: expected min, max or auto, found '" + mode + "'");
  if (!std::isfinite(min_delta)) throw UsageError("min-delta: expected a number, found " + value_text(min_delta));
}

bool lower_is_better(const std::string& metric) {
  const std::string bare = metric.starts_with("val_") ? metric.substr(4) : metric;
  if (bare == "loss" || bare == "gradient_norm") return true;
  if (bare.ends_with("accuracy") || bare.starts_with("top_")) return false;
  throw UsageError(fmt::format("{}: it is not known which way is better; say mode=min or mode=max", metric));
}

void Monitor::expect(const RunInfo& outlook) {
  const auto& known = outlook.metrics;
  const auto there = [&](const std::string& name) {
    return std::find(known.begin(), known.end(), name) != known.end();
  };
  if (metric.empty()) metric = there("val_loss") ? "val_loss" : "loss";
  if (!there(metric)) {
    std::string list;
    for (const std::string& name : known) list += (list.empty() ? "" : ", ") + name;
    const bool validates =
        std::any_of(known.begin(), known.end(), [](const std::string& n) { return n.starts_with("val_"); });
    throw UsageError(fmt::format(
        "metric '{}' will not exist; there will be: {}{}", metric, list,
        metric.starts_with("val_") && !validates ? " (a split for val_ metrics: nn-prep --split val=10%)" : ""));
  }
  if (mode == "auto") mode = lower_is_better(metric) ? "min" : "max";
}

bool Monitor::improves(double value) {
  const double delta = std::fabs(min_delta);
  const bool better =
      any_ ? (falls() ? value + delta < best_ : value - delta > best_) : (first_nan_is_best_ || !std::isnan(value));
  if (!better) return false;
  any_ = true;
  best_ = value;
  return true;
}

std::string Monitor::text() const { return fmt::format("{} ({} is better)", metric, falls() ? "lower" : "higher"); }

void Monitor::state(State& state) {
  state.field("any", any_);
  state.field("best", best_);
  if (state.restoring() && any_ && std::isnan(best_) && !first_nan_is_best_) state.refuse("best", "a number", "NaN");
}

}  // namespace nn
