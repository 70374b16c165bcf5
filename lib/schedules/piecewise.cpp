// SPDX-License-Identifier: MIT
// Keras PiecewiseConstantDecay: the given rate, then others. A boundary belongs to the piece on its left: with at=3 and
// per=step the steps 0 to 3 have the first rate.
#include <algorithm>

#include "base/error.h"
#include "schedules/clock.h"

namespace nn {
namespace {

class Piecewise final : public Schedule {
 public:
  void options(OptionSet& set) override {
    Option& at = set.add("at", at_text_, "N:N...", "last epoch of each rate except the final one, counted from 0")
                     .must()
                     .called("keras", "boundaries");
    at.set = [this](std::string_view text) {
      at_ = counts_in(text, true);
      at_text_ = text;
    };
    Option& rates =
        set.add("rates", rates_text_, "RATE:RATE...", "the rates after the given one, one for each number of at=")
            .must()
            .called("keras", "values");
    rates.set = [this](std::string_view text) {
      rates_ = rates_in(text);
      rates_text_ = text;
    };
    clock_.options(set);
  }
  void check() const override {
    if (at_.size() != rates_.size())
      throw UsageError("at names " + value_text(static_cast<uint64_t>(at_.size())) + " places, rates " +
                       value_text(static_cast<uint64_t>(rates_.size())) +
                       "; expected as many (the first rate is that of --lr)");
  }
  double rate(double base, const Moment& now) const override {
    const double t = clock_.now(now);
    const auto behind =
        std::count_if(at_.begin(), at_.end(), [&](int64_t place) { return static_cast<double>(place) < t; });
    return behind == 0 ? base : rates_[static_cast<size_t>(behind - 1)];
  }

 private:
  std::string at_text_, rates_text_;
  std::vector<int64_t> at_;
  std::vector<double> rates_;
  ScheduleClock clock_;
};

}  // namespace

extern const ScheduleType piecewise_schedule;
const ScheduleType piecewise_schedule{"piecewise",
                                      "a list of rates, each for a number of epochs",
                                      [] { return std::unique_ptr<Schedule>(new Piecewise); },
                                      {"-", "PiecewiseConstantDecay", "Keras' PiecewiseConstantDecay"},
                                      "piecewise,at=3:6,rates=0.5:0.1"};

}  // namespace nn
