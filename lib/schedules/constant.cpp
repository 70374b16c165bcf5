// SPDX-License-Identifier: MIT
#include "schedules/schedule.h"

namespace nn {
namespace {

class Constant final : public Schedule {
 public:
  double rate(double base, const Moment&) const override { return base; }
};

}  // namespace

extern const ScheduleType constant_schedule;
const ScheduleType constant_schedule{"constant",
                                     "a constant learning rate",
                                     [] { return std::unique_ptr<Schedule>(new Constant); },
                                     {"a number", "a number", "", "none fixed"}};

}  // namespace nn
