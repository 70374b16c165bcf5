// SPDX-License-Identifier: MIT
#include "base/system/pace.h"

#include <chrono>

#include "catch.h"

using namespace nn;
using namespace std::chrono_literals;

namespace {

constexpr Pace::Clock::time_point start{1h};

}  // namespace

TEST_CASE("a team that is not disturbed stays pinned and together", "[pace]") {
  Pace pace(2);
  CHECK(pace.pinned(start));
  CHECK_FALSE(pace.alone(start));
  pace.judge(start, {20ms, 19ms, 2ms});
  CHECK(pace.pinned(start));
  CHECK_FALSE(pace.alone(start));
}

TEST_CASE("a caller that another program keeps from its CPU lets the threads go for half a second", "[pace]") {
  Pace pace(2);
  pace.judge(start, {20ms, 10ms, 0ms});
  CHECK_FALSE(pace.pinned(start));
  CHECK_FALSE(pace.alone(start));
  CHECK_FALSE(pace.pinned(start + 499ms));
  CHECK(pace.pinned(start + 500ms));
}

TEST_CASE("a caller that waits longer than the others' tiles would take works alone, longer each time", "[pace]") {
  for (const int threads : {2, 8}) {
    Pace pace(threads);
    const auto most = 160ms * (threads - 1) / threads;  // of a window of 160 ms
    pace.judge(start, {160ms, 160ms, most - 1ms});
    CHECK_FALSE(pace.alone(start));
    auto now = start;
    for (const auto expected : {40ms, 80ms, 160ms, 320ms, 320ms}) {
      pace.judge(now, {160ms, 160ms, most + 1ms});
      CHECK(pace.alone(now + expected - 1ms));
      CHECK_FALSE(pace.alone(now + expected));
      now += expected;
    }
    pace.judge(now + 101ms, {160ms, 160ms, 0ms});
    pace.judge(now + 101ms, {160ms, 160ms, most + 1ms});
    CHECK(pace.alone(now + 140ms));
    CHECK_FALSE(pace.alone(now + 141ms));
  }
}
