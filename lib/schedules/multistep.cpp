// SPDX-License-Identifier: MIT
// torch MultiStepLR: multiplied by factor when each of the places is reached; a place named twice cuts twice.
#include <algorithm>
#include <cmath>

#include "schedules/clock.h"

namespace nn {
namespace {

class Multistep final : public Schedule {
 public:
  void options(OptionSet& set) override {
    Option& at = set.add("at", text_, "N:N...", "epochs after which the rate is reduced, for example 30:60:80")
                     .by_place()
                     .must()
                     .called("pytorch", "milestones");
    at.set = [this](std::string_view text) {
      at_ = counts_in(text, false);
      text_ = text;
    };
    set.add("factor", factor_, "X", "the rate is multiplied by X at each reduction").called("pytorch", "gamma");
    clock_.options(set);
  }
  void check() const override { check_factor("factor", factor_); }
  double rate(double base, const Moment& now) const override {
    const double t = clock_.now(now);
    const auto cuts =
        std::count_if(at_.begin(), at_.end(), [&](int64_t place) { return static_cast<double>(place) <= t; });
    return base * std::pow(factor_, static_cast<double>(cuts));
  }

 private:
  std::string text_;
  std::vector<int64_t> at_;
  double factor_ = 0.1;
  ScheduleClock clock_;
};

}  // namespace

extern const ScheduleType multistep_schedule;
const ScheduleType multistep_schedule{"multistep",
                                      "multiplied by a factor after given epochs",
                                      [] { return std::unique_ptr<Schedule>(new Multistep); },
                                      {"MultiStepLR", "-", "PyTorch's MultiStepLR"},
                                      "multistep,at=6:8"};

}  // namespace nn
