// SPDX-License-Identifier: MIT
// The cut of a phase beside something else: all workers end at the same time, whatever disturbed one step.
#include "backend/cpu/plan/balance.h"

#include "catch.h"

using nn::cpu::Balance;

TEST_CASE("parts are equal as long as nothing is known") {
  const Balance balance;
  CHECK(balance.share(32, 2) == 16);
  CHECK(balance.share(16, 1) == 16);
  CHECK(balance.share(48, 3) == 16);
}

TEST_CASE("the first worker's part is smaller by what it does before") {
  Balance balance;
  balance.took(8, 1);
  CHECK(balance.share(32, 2) == 12);  // 8 + 12 = 20 = 32 - 12
  CHECK(balance.share(64, 4) == 10);  // 8 + 10 = 18 = (64 - 10) / 3
  CHECK(balance.share(16, 1) == 16);
}

TEST_CASE("some of it is left to the first worker, however long the other work takes") {
  Balance balance;
  balance.took(1000, 1);
  CHECK(balance.share(32, 2) == 1);
  Balance idle;
  idle.took(0, 1);
  CHECK(idle.share(32, 2) == 16);
}

TEST_CASE("one disturbed step moves the cut a little, a lasting change moves it whole") {
  Balance balance;
  balance.took(8, 1);
  balance.took(8000, 1);
  CHECK(balance.share(32, 2) >= 11);
  for (int step = 0; step < 50; ++step) balance.took(16, 1);
  CHECK(balance.share(32, 2) == 8);
}
