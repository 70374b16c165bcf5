// SPDX-License-Identifier: MIT
#include "base/hits.h"

#include <cmath>
#include <vector>

#include "catch.h"

using namespace nn;

TEST_CASE("hits are counted by each rule, and what is not a number is never a hit of a label") {
  const float nan = std::nanf("");
  const std::vector<float> outputs{1, 3, 3, 2, 1, 0, nan, 0, 0, -1, -2, -1};
  CHECK(count_hits(HitRule::first_maximum, outputs, std::vector<int32_t>{1, 0, 1, 0}, {}) == 3);
  CHECK(count_hits(HitRule::first_maximum, outputs, std::vector<int32_t>{2, 0, 0, 2}, {}) == 1);
  const std::vector<float> one{0.5F, -0.5F, 0, nan, 2};
  CHECK(count_hits(HitRule::threshold, one, std::vector<int32_t>{1, 0, 0, 0, 0}, {}) == 3);
  CHECK(count_hits(HitRule::targets, one, {}, std::vector<float>{1, 1, 0, 0.5F, 0.6F}) == 4);
  CHECK(count_hits(HitRule::none, one, {}, {}) == 0);
}
