// SPDX-License-Identifier: MIT
#include "schedules/clock.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace nn {
namespace {

double at_least_one(double length) { return std::max(length, 1.0); }

/// Calls take(part) for each part between colons.
template <class Take>
void for_parts(std::string_view text, Take&& take) {
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(':', begin), text.size());
    take(text.substr(begin, end - begin));
    begin = end + 1;
  }
}

}  // namespace

Option& ScheduleClock::declare(OptionSet& set) {
  return set
      .add("per", per_, "epoch|step|smooth",
           "when the rate changes, and the unit of counts: after each epoch, after each step, or smooth (counted in "
           "epochs, changed after each step, as in Keras)")
      .one_of({"epoch", "step", "smooth"});
}

void ScheduleClock::options(OptionSet& set) { declare(set).called("(script)"); }

void ScheduleClock::options_as_frameworks(OptionSet& set) { declare(set).in("keras", "smooth").named_rule("rate_per"); }

double ScheduleClock::now(const Moment& m) const {
  if (per_ == "epoch") return static_cast<double>(m.epoch);
  const double step = static_cast<double>(m.step);
  return by_step() ? step : step * static_cast<double>(m.epochs) / at_least_one(static_cast<double>(m.steps));
}

void ScheduleEnd::options(OptionSet& set, const EndNames& names) {
  Option& epochs = set.add("epochs", epochs_, "N", "epochs until the end is reached; 0: the whole run");
  epochs.called("pytorch", names.pytorch_epochs);
  if (names.keras) epochs.called("keras", names.keras);
  Option& steps = set.add("steps", steps_, "N", "the same in steps, instead of epochs");
  steps.called("pytorch", names.pytorch_steps);
  if (names.keras) steps.called("keras", names.keras);
}

void ScheduleEnd::check() const {
  if (epochs_ < 0) throw UsageError("epochs must not be negative, found " + value_text(epochs_));
  if (steps_ < 0) throw UsageError("steps must not be negative, found " + value_text(steps_));
}

double ScheduleEnd::steps(const Moment& m) const {
  if (steps_ > 0) return static_cast<double>(steps_);
  if (epochs_ == 0) return at_least_one(static_cast<double>(m.steps));
  const double an_epoch = static_cast<double>(m.steps) / at_least_one(static_cast<double>(m.epochs));
  return at_least_one(static_cast<double>(epochs_) * an_epoch);
}

double ScheduleEnd::epochs(const Moment& m) const {
  return at_least_one(static_cast<double>(epochs_ > 0 ? epochs_ : m.epochs));
}

void ScheduleSpan::options(OptionSet& set, const EndNames& names) {
  length_.options(set, names);
  names.keras ? clock_.options_as_frameworks(set) : clock_.options(set);
}

void check_count(const char* option, int64_t value) {
  if (value < 1) throw UsageError(std::string(option) + " must be at least 1, found " + value_text(value));
}

void check_between(const char* option, double value, double low, double high) {
  if (!(value >= low && value <= high))
    throw UsageError(std::string(option) + " must lie between " + value_text(low) + " and " + value_text(high) +
                     ", found " + value_text(value));
}

void check_factor(const char* option, double value) {
  if (!(value > 0 && value <= 1))
    throw UsageError(std::string(option) + " must be above 0 and at most 1, found " + value_text(value));
}

std::vector<int64_t> counts_in(std::string_view text, bool rise) {
  std::vector<int64_t> counts;
  for_parts(text, [&](std::string_view part) {
    int64_t count = 0;
    parse_value(part, count);
    if (count < 1) throw UsageError("expected 1 or more, found " + value_text(count));
    if (!counts.empty() && (count < counts.back() || (rise && count == counts.back())))
      throw UsageError(value_text(count) + " after " + value_text(counts.back()) +
                       ": expected rising numbers, as 10:20:30");
    counts.push_back(count);
  });
  return counts;
}

std::vector<double> rates_in(std::string_view text) {
  std::vector<double> rates;
  for_parts(text, [&](std::string_view part) {
    double rate = 0;
    parse_value(part, rate);
    if (!(rate >= 0)) throw UsageError("expected rates from 0 up, found " + value_text(rate));
    rates.push_back(rate);
  });
  return rates;
}

}  // namespace nn
