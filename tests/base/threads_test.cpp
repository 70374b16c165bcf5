// SPDX-License-Identifier: MIT
#include "base/system/threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/error.h"
#include "catch.h"

using namespace nn;

TEST_CASE("every tile runs once, and no worker does two at once", "[threads]") {
  for (int threads : {1, 2, 3, 4, 7}) {
    Team team(threads);
    REQUIRE(team.size() == threads);
    for (int tiles : {0, 1, 2, 4, 13, 1000}) {
      std::vector<int> count(static_cast<size_t>(tiles));
      std::vector<std::atomic<int>> inside(static_cast<size_t>(threads));
      std::atomic<int> bad{0};
      for (int again = 0; again < 50; ++again)
        team.run(tiles, [&](int tile, int worker) {
          if (worker < 0 || worker >= threads || inside[static_cast<size_t>(worker)]++ != 0) ++bad;
          ++count[static_cast<size_t>(tile)];
          --inside[static_cast<size_t>(worker)];
        });
      CHECK(bad == 0);
      for (int t = 0; t < tiles; ++t) CHECK(count[static_cast<size_t>(t)] == 50);
    }
  }
}

namespace {
std::atomic<bool> released{false};
std::atomic<int> held{0};
/// Keeps the thread that gets the signal, as a busy machine does.
void hold(int) {
  ++held;
  while (!released) ::sched_yield();
}
}  // namespace

TEST_CASE("a worker that does not come is not waited for", "[threads]") {
  const pthread_t caller = ::pthread_self();
  pthread_t worker{};
  Team team(2, [&] {
    if (!::pthread_equal(::pthread_self(), caller)) worker = ::pthread_self();
  });
  struct sigaction action {
  }, before{};
  action.sa_handler = hold;
  REQUIRE(::sigaction(SIGUSR2, &action, &before) == 0);
  REQUIRE(::pthread_kill(worker, SIGUSR2) == 0);
  while (held == 0) std::this_thread::yield();
  int done = 0;
  for (int again = 0; again < 10; ++again) team.run(8, [&](int, int by) { done += by == 0; });
  CHECK(done == 80);
  released = true;
  ::sigaction(SIGUSR2, &before, nullptr);
}

TEST_CASE("the caller works alone for a while where the others keep it waiting", "[threads]") {
  Team team(2);
  std::atomic<int> done{0};
  int runs = 0, most = 0;
  for (int alone = 0; runs < 500 && most < 5; ++runs) {
    std::atomic<bool> other{false};
    team.run(2, [&](int tile, int worker) {
      ++done;
      if (worker == 1) {
        other = true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      } else if (tile == 0) {  // leaves the other one time to take its tile
        const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(2);
        while (!other && std::chrono::steady_clock::now() < end) std::this_thread::yield();
      }
    });
    alone = other ? 0 : alone + 1;
    most = std::max(most, alone);
  }
  CHECK(most == 5);
  CHECK(done == 2 * runs);
}

TEST_CASE("teams come and go, and every worker hears of it", "[threads]") {
  for (int again = 0; again < 2000; ++again) {
    Team team(2 + again % 3);
    std::atomic<int> done{0};
    for (int runs = 0; runs < again % 4; ++runs) team.run(4, [&](int, int) { ++done; });
    REQUIRE(done == 4 * (again % 4));
  }
}

TEST_CASE("workers that come late never take tiles of a run that is over", "[threads]") {
  Team team(4);
  for (int again = 0; again < 5000; ++again) {
    const int tiles = 2 + again % 5;
    std::vector<std::atomic<int>> count(static_cast<size_t>(tiles));  // gone when the run is over
    team.run(tiles, [&](int tile, int) { ++count[static_cast<size_t>(tile)]; });
    for (const auto& c : count) REQUIRE(c == 1);
  }
}

TEST_CASE("start runs in the caller and in every worker", "[threads]") {
  std::atomic<int> starts{0};
  {
    Team team(3, [&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      ++starts;
    });
    CHECK(starts == 3);  // all have, when the team is there
  }
  CHECK(starts == 3);
}

TEST_CASE("an exception of a tile reaches the caller and the team goes on", "[threads]") {
  Team team(2);
  for (int bad : {0, 1, 2, 3})
    CHECK_THROWS_AS(team.run(4,
                             [&](int tile, int) {
                               if (tile == bad) throw std::out_of_range("tile");
                             }),
                    std::out_of_range);
  std::atomic<int> done{0};
  team.run(4, [&](int, int) { ++done; });
  CHECK(done == 4);
}

TEST_CASE("a team inside its own tile is refused", "[threads]") {
  Team team(2);
  CHECK_THROWS_AS(team.run(1, [&](int, int) { team.run(1, [](int, int) {}); }), std::logic_error);
}

TEST_CASE("NN_THREADS overrides the number of CPUs", "[threads]") {
  const char* before = getenv("NN_THREADS");
  const std::string kept = before ? before : "";
  unsetenv("NN_THREADS");
  CHECK(usable_cpus() >= 1);
  setenv("NN_THREADS", "3", 1);
  CHECK(usable_cpus() == 3);
  for (const char* bad : {"0", "-1", "two", "3x", "99999"}) {
    setenv("NN_THREADS", bad, 1);
    CHECK_THROWS_AS(usable_cpus(), UsageError);
  }
  if (before)
    setenv("NN_THREADS", kept.c_str(), 1);
  else
    unsetenv("NN_THREADS");
}

TEST_CASE("a team of an absurd size is refused", "[threads]") {
  CHECK_THROWS_AS(Team(0), UsageError);
  CHECK_THROWS_AS(Team(1 << 20), UsageError);
}
