// SPDX-License-Identifier: MIT
#include "data/row_range.h"

#include "base/error.h"
#include "catch.h"

using namespace nn;

TEST_CASE("rows of a split by number and range") {
  CHECK(parse_rows("0:3", 10) == std::vector<int64_t>{0, 1, 2});
  CHECK(parse_rows("8:", 10) == std::vector<int64_t>{8, 9});
  CHECK(parse_rows(":2,7", 10) == std::vector<int64_t>{0, 1, 7});
  for (const char* bad : {"", "a", "3:3", "5:2", "-1", "10", "0:11", "1,", ":x", "99999999999999999999"})
    CHECK_THROWS_AS(parse_rows(bad, 10), UsageError);
}
