// SPDX-License-Identifier: MIT
// The table of nn-train --profile: laps, the plan's steps in their places, shares of a known peak.
#include "train/engine/profile.h"

#include "catch.h"

using namespace nn;

namespace {

StepTime step(const char* name, const char* pass, int64_t calls, double seconds, double flops, double bytes) {
  return {name, pass, "loops", calls, seconds, flops, bytes};
}

}  // namespace

TEST_CASE("times of the same step are summed, others follow") {
  std::vector<StepTime> all{step("dense1", "forward", 2, 0.5, 10, 4)};
  const std::vector<StepTime> more{step("dense1", "forward", 1, 0.25, 5, 2), step("dense1", "backward", 1, 1, 7, 3)};
  merge_times(all, more);
  REQUIRE(all.size() == 2);
  CHECK(all[0].calls == 3);
  CHECK(all[0].seconds == 0.75);
  CHECK(all[0].flops == 15);
  CHECK(all[0].bytes == 6);
  CHECK(all[1].pass == "backward");
}

TEST_CASE("a lap is off until it is wanted, and forgets when it is set again") {
  StepTimer laps;
  laps.begin();
  laps.end("gather");
  CHECK(laps.laps().empty());
  laps.set(true);
  for (int i = 0; i < 3; ++i) {
    laps.begin();
    laps.end("gather");
    laps.end("update", {8, 4});
  }
  REQUIRE(laps.laps().size() == 2);
  CHECK(laps.laps()[0].name == "gather");
  CHECK(laps.laps()[0].calls == 3);
  CHECK(laps.laps()[1].flops == 24);
  CHECK(laps.laps()[1].bytes == 12);
  laps.set(true);
  CHECK(laps.laps().empty());
}

TEST_CASE("the plan's steps take the place of their pass, and what is left of it follows them") {
  const std::vector<StepTime> laps{step("gather", "", 4, 1, 0, 0), step("forward", "", 4, 5, 0, 0),
                                   step("backward", "", 4, 6, 0, 0), step("accuracy", "", 4, 1, 0, 0)};
  const std::vector<StepTime> steps{step("dense1", "forward", 4, 3, 1e9, 1e9), step("loss", "forward", 4, 1, 0, 0),
                                    step("dense1", "backward", 4, 4, 2e9, 0), step("dense1", "update", 4, 1, 0, 0)};
  const std::vector<StepTime> all = with_plan_steps(laps, steps);
  std::string names;
  double sum = 0;
  for (const StepTime& t : all) names += t.pass + ":" + t.name + " ", sum += t.seconds;
  CHECK(names ==
        ":gather forward:dense1 forward:loss :rest of forward backward:dense1 update:dense1 :rest of backward "
        ":accuracy ");
  CHECK(all[3].seconds == 1);
  CHECK(sum == 13);  // nothing is counted twice
  // without steps of the plan, the laps stay as they are
  CHECK(with_plan_steps(laps, {}).size() == 4);
  CHECK(with_plan_steps(laps, {})[1].name == "forward");
}

TEST_CASE("the table gives rates, and shares of the peak and of the whole") {
  const std::vector<StepTime> times{step("gather", "", 10, 0.25, 0, 0), step("dense1", "forward", 10, 0.75, 15e9, 3e9)};
  const std::string text = profile_text(times, {"avx2", 100, 40, size_t{64} << 20});
  CHECK_THAT(text, Contains("100 GF/s of float32 (avx2), 40 GB/s (triad over 64 MiB)"));
  CHECK_THAT(text, Contains("75000.0  75.0 %      20.0  20 %       4.0  10 %"));
  CHECK_THAT(text, Contains("25000.0  25.0 %"));
  CHECK_THAT(text, Contains("100000.0 100.0 %      15.0  15 %       3.0   8 %"));
  CHECK_THAT(profile_text({}, {}), Contains("no step was run"));
}

TEST_CASE("peaks are measured by the threads of the team") {
  Team team(2);
  const Peak peak = measure_peak(team);
  CHECK(peak.gflops > 0.1);
  CHECK(peak.gbytes > 0.01);
  CHECK(peak.isa == multiply_add_isa());
  CHECK(measure_triad(team, 1 << 10, 0.004) > 0.001);
}
