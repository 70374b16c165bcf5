// SPDX-License-Identifier: MIT
// Schedules against values worked out by hand.
#include <cmath>

#include "base/error.h"
#include "catch.h"
#include "schedules/schedule.h"

using namespace nn;

namespace {

/// Rate at the first step of an epoch, of 10 epochs of 5 steps.
double at_epoch(const std::string& text, int64_t epoch, double base = 1.0) {
  return make_schedule(text)->rate(base, {epoch * 5, 50, epoch, 10});
}
double at_step(const std::string& text, int64_t step, int64_t steps = 50, double base = 1.0) {
  return make_schedule(text)->rate(base, {step, steps, step / 5, steps / 5});
}

}  // namespace

TEST_CASE("schedules by epoch", "[schedules]") {
  CHECK(at_epoch("constant", 7, 0.3) == 0.3);
  CHECK(at_epoch("step,size=3", 0, 0.5) == 0.5);
  CHECK(at_epoch("step,size=3", 2, 0.5) == 0.5);
  CHECK(at_epoch("step,size=3", 3, 0.5) == Approx(0.05));
  CHECK(at_epoch("step,3,0.5", 9) == Approx(0.125));
  CHECK(at_epoch("exponential,factor=0.9", 2) == Approx(0.81));
  CHECK(at_epoch("cosine", 0) == 1.0);
  CHECK(at_epoch("cosine", 5) == Approx(0.5));
  CHECK(at_epoch("cosine", 9) == Approx(0.5 * (1 + std::cos(0.9 * std::acos(-1.0)))));
  CHECK(at_epoch("cosine,min=0.2,epochs=4", 2) == Approx(0.6));
  CHECK(at_epoch("cosine,min=0.2,epochs=4", 4) == Approx(0.2));
  CHECK(at_epoch("cosine,min=0.2,epochs=4", 8) == Approx(0.2));
}

TEST_CASE("onecycle goes up to the rate and down to a 250,000th", "[schedules]") {
  // torch: phases end at steps 0.3*100 - 1 = 29 and 99
  CHECK(at_step("onecycle", 0, 100) == Approx(1.0 / 25));
  CHECK(at_step("onecycle", 29, 100) == Approx(1.0));
  CHECK(at_step("onecycle", 99, 100) == Approx(1.0 / 25 / 1e4));
  CHECK(at_step("onecycle", 64, 100) == Approx((1 + 1.0 / 25 / 1e4) / 2));  // half of the way down
  CHECK(at_step("onecycle", 14, 100) == Approx(1 + (0.04 - 1) / 2 * (1 + std::cos(std::acos(-1.0) * 14 / 29))));
  CHECK(at_step("onecycle,rise=0.5,div=10,final-div=100", 0, 100) == Approx(0.1));
  CHECK(at_step("onecycle,rise=0.5,div=10,final-div=100", 99, 100) == Approx(0.001));
}

TEST_CASE("every schedule takes a warm-up and stays positive and finite", "[schedules]") {
  for (const ScheduleType* type : schedule_types()) {
    INFO(type->name);
    const std::string plain = type->name;
    for (int64_t step = 0; step < 50; ++step) {
      const double rate = at_step(plain, step), warm = at_step(plain + ",warmup=2", step);
      CHECK(std::isfinite(rate));
      CHECK(rate > 0);
      CHECK(rate <= 1.0);
      if (step < 10)
        CHECK(warm == Approx(rate * static_cast<double>(step + 1) / 11));  // 2 epochs are 10 steps
      else
        CHECK(warm == rate);
    }
    for (int64_t steps : {0, 1, 2, 3}) CHECK(std::isfinite(make_schedule(plain)->rate(1, {0, steps, 0, 1})));
  }
}

TEST_CASE("warm-up of a part of an epoch", "[schedules]") {
  CHECK(at_step("constant,warmup=0.4", 0) == Approx(1.0 / 3));  // 2 steps
  CHECK(at_step("constant,warmup=0.4", 1) == Approx(2.0 / 3));
  CHECK(at_step("constant,warmup=0.4", 2) == 1.0);
}

TEST_CASE("wrong schedules are refused", "[schedules]") {
  CHECK_THROWS_WITH(make_schedule("cosin"), Contains("did you mean cosine"));
  CHECK_THROWS_WITH(make_schedule("step,size=0"), Contains("size must be at least 1"));
  CHECK_THROWS_AS(make_schedule("step,factor=2"), Error);
  CHECK_THROWS_AS(make_schedule("exponential,factor=nan"), Error);
  CHECK_THROWS_AS(make_schedule("onecycle,rise=1"), Error);
  CHECK_THROWS_AS(make_schedule("constant,warmup=-1"), Error);
}
