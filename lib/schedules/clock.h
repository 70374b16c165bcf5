// SPDX-License-Identifier: MIT
// What schedules count: whole epochs, optimizer steps, or epochs by fractions at each step, up to an end of their own
// or to that of the run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schedules/schedule.h"

namespace nn {

/// The option per. Counts in other options (size, every, at) are of this unit.
class ScheduleClock {
 public:
  /// An option of ours alone: a loop of the user's calls the schedule when it likes.
  void options(OptionSet& set);
  /// The same for a schedule that both frameworks have: PyTorch's moves once per epoch, Keras' at each step.
  void options_as_frameworks(OptionSet& set);
  bool by_step() const { return per_ == "step"; }
  /// Epochs or steps done.
  double now(const Moment& m) const;

 private:
  Option& declare(OptionSet& set);
  std::string per_ = "epoch";
};

/// What the end of a schedule is called in the frameworks.
struct EndNames {
  const char *pytorch_epochs, *pytorch_steps, *keras = nullptr;
};

/// The options epochs and steps: where a schedule ends.
class ScheduleEnd {
 public:
  /// epochs: default, 0 for the whole run.
  explicit ScheduleEnd(int64_t epochs = 0) : epochs_(epochs) {}
  void options(OptionSet& set, const EndNames& names);
  void check() const;
  bool in_steps() const { return steps_ > 0; }
  bool whole_run() const { return steps_ == 0 && epochs_ == 0; }
  /// In steps, or in epochs, at least 1 (an end given in steps has no meaning in epochs: ask in_steps() before).
  double steps(const Moment& m) const;
  double epochs(const Moment& m) const;

 private:
  int64_t epochs_ = 0, steps_ = 0;
};

/// ScheduleClock and end together. An end in steps implies counting by step.
class ScheduleSpan {
 public:
  explicit ScheduleSpan(int64_t epochs = 0) : length_(epochs) {}
  /// Without a name in Keras: of PyTorch alone.
  void options(OptionSet& set, const EndNames& names);
  void check() const { length_.check(); }
  double now(const Moment& m) const { return by_step() ? static_cast<double>(m.step) : clock_.now(m); }
  double length(const Moment& m) const { return by_step() ? length_.steps(m) : length_.epochs(m); }
  bool whole_run() const { return length_.whole_run(); }

 private:
  bool by_step() const { return clock_.by_step() || length_.in_steps(); }
  ScheduleClock clock_;
  ScheduleEnd length_;
};

// Checks of options; each throws a UsageError that names the option. NaN fits nowhere.
void check_count(const char* option, int64_t value);                            ///< 1 or more
void check_between(const char* option, double value, double low, double high);  ///< low and high included
void check_factor(const char* option, double value);                            ///< above 0, at most 1

/// "2:5:9" as whole numbers that do not fall (rise: that rise), at least 1 each; "0.1:0.01" as rates from 0 up.
std::vector<int64_t> counts_in(std::string_view text, bool rise);
std::vector<double> rates_in(std::string_view text);

}  // namespace nn
