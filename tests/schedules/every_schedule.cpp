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
  CHECK(at_epoch("cosine,min=0.2,epochs=4,rise-again=no", 8) == Approx(0.2));
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
    const std::string plain = type->example ? type->example : type->name;
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

TEST_CASE("schedules by step and by epoch", "[schedules]") {
  // 10 epochs of 5 steps; an end in epochs is one of 5 times as many steps
  CHECK(at_step("step,size=3,per=step", 7) == Approx(0.01));
  CHECK(at_step("cosine,per=step", 25) == Approx(0.5));
  CHECK(at_step("cosine,per=step,epochs=4", 10) == Approx(0.5));
  CHECK(at_step("cosine,steps=20", 10) == Approx(0.5));
  CHECK(at_step("cosine", 27) == at_step("cosine", 25));
  CHECK(at_epoch("cosine,rise-again,epochs=4", 8) == Approx(1.0));
  CHECK(at_epoch("cosine,warmup-target=2,warmup-length=2", 1) == Approx(1.5));
  CHECK(at_epoch("cosine,warmup-target=2,warmup-length=2", 6) == Approx(1.0));  // half of the 8 that are left
  CHECK(at_epoch("cosine,warmup-target=2,warmup-length=2,alpha=0.1,epochs=3,rise-again=no", 9) == Approx(0.2));
  CHECK(at_epoch("multistep,2:4,factor=0.5", 1) == 1.0);
  CHECK(at_epoch("multistep,2:4,factor=0.5", 2) == 0.5);
  CHECK(at_epoch("multistep,2:4,factor=0.5", 9) == 0.25);
  CHECK(at_epoch("piecewise,at=2,rates=0.25", 2) == 1.0);  // the boundary belongs to the left
  CHECK(at_epoch("piecewise,at=2,rates=0.25", 3) == 0.25);
  CHECK(at_epoch("inverse-time,decay=1,every=2,staircase", 5) == Approx(1.0 / 3));
  CHECK(at_epoch("polynomial", 9) == Approx(0.1));
  CHECK(at_epoch("linear,0.5,epochs=2", 1) == Approx(0.75));
  CHECK(at_step("onecycle,epochs=4", 49) == at_step("onecycle", 19, 20));
  CHECK(at_epoch("cosine-restarts,3,2", 9) == 1.0);
  CHECK(at_epoch("cosine-restarts,3,2,lower=0.5", 3) == 0.5);
}

TEST_CASE("what Keras' schedules count", "[schedules]") {
  // 10 epochs of 5 steps: epochs, by fractions at each step; ends, restarts and last rates of its own.
  const FrameworkRules keras = like_named("keras");
  const auto at = [&](const std::string& text, int64_t step) {
    return make_schedule(text, keras)->rate(1, {step, 50, step / 5, 10});
  };
  CHECK(at("exponential,factor=0.5", 12) == Approx(std::pow(0.5, 2.4)));
  CHECK(at("exponential,factor=0.5,per=epoch", 12) == 0.25);
  CHECK(at("inverse-time,decay=1", 3) == Approx(1 / 1.6));
  CHECK(at("cosine", 25) == Approx(0.5));
  CHECK(at("cosine", 26) < at("cosine", 25));
  CHECK(at("cosine,epochs=4", 45) == Approx(0).margin(1e-12));
  CHECK(at("polynomial", 50) == Approx(1e-4));
  CHECK(at("cosine-restarts,first=2", 10) == 1.0);
  CHECK(at("cosine-restarts,first=2", 20) == Approx(0.5));  // half of the second, which is twice as long
  CHECK(at("step,size=3", 12) == 1.0);                      // not Keras': it counts epochs
}

TEST_CASE("a schedule says whether the length of the run matters", "[schedules]") {
  for (const char* text :
       {"cosine", "cosine,per=step,min=0.1", "polynomial", "onecycle", "linear,epochs=0", "cosine,warmup=2"})
    CHECK(make_schedule(text)->depends_on_length());
  for (const ScheduleType* type : schedule_types()) {
    const std::string text = type->example ? type->example : type->name;
    INFO(text);
    const auto schedule = make_schedule(text);
    bool differs = false;
    for (int64_t step = 0; step < 50; ++step)
      differs = differs || schedule->rate(1, {step, 50, step / 5, 10}) != schedule->rate(1, {step, 75, step / 5, 15});
    CHECK(differs == schedule->depends_on_length());
  }
  for (const char* text :
       {"cosine,epochs=3", "cosine,epochs=3,per=step", "onecycle,steps=30", "polynomial,epochs=2,warmup=0.5"}) {
    INFO(text);
    const auto schedule = make_schedule(text);
    CHECK_FALSE(schedule->depends_on_length());
    for (int64_t step = 0; step < 50; ++step)
      CHECK(schedule->rate(1, {step, 50, step / 5, 10}) == schedule->rate(1, {step, 75, step / 5, 15}));
  }
}

TEST_CASE("onecycle moves the momentum unless told not to", "[schedules]") {
  CHECK(make_schedule("onecycle")->momentum({0, 50, 0, 10}).value() == Approx(0.95));
  CHECK(make_schedule("onecycle,warmup=1")->momentum({14, 50, 2, 10}).value() == Approx(0.85));
  CHECK(make_schedule("onecycle,base-momentum=0.5,max-momentum=0.6")->momentum({14, 50, 2, 10}).value() == Approx(0.5));
  CHECK_FALSE(make_schedule("onecycle,cycle-momentum=false")->momentum({0, 50, 0, 10}));
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
  CHECK_THROWS_WITH(make_schedule("multistep"), Contains("needs at"));
  CHECK_THROWS_WITH(make_schedule("multistep,5:3"), Contains("expected rising"));
  CHECK_THROWS_WITH(make_schedule("multistep,5:"), Contains("found nothing"));
  CHECK_THROWS_WITH(make_schedule("piecewise,at=3:6,rates=0.1"), Contains("2 places, rates 1"));
  CHECK_THROWS_WITH(make_schedule("piecewise,at=3:3,rates=0.1:0.2"), Contains("expected rising"));
  CHECK_THROWS_WITH(make_schedule("cosine,min=0.1,alpha=0.1"), Contains("one of them"));
  CHECK_THROWS_WITH(make_schedule("cosine,warmup-target=0.1"), Contains("go together"));
  CHECK_THROWS_WITH(make_schedule("cosine,per=batch"), Contains("per"));
  CHECK_THROWS_AS(make_schedule("cosine,steps=-1"), Error);
  CHECK_THROWS_AS(make_schedule("cosine-restarts,longer=0.5"), Error);
  CHECK_THROWS_AS(make_schedule("onecycle,three-phase,rise=0.7"), Error);
  CHECK_THROWS_AS(make_schedule("onecycle,max-momentum=1"), Error);
}
