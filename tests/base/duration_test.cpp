// SPDX-License-Identifier: MIT
#include "base/text/duration.h"

#include "base/error.h"
#include "catch.h"

using namespace nn;

TEST_CASE("a length of time is read in days, hours, minutes and seconds", "[base]") {
  CHECK(parse_duration("90s") == 90);
  CHECK(parse_duration("45m") == 45 * 60);
  CHECK(parse_duration("3h50m") == 3 * 3600 + 50 * 60);
  CHECK(parse_duration("1d") == 86400);
  CHECK(parse_duration("1d2h3m4s") == 86400 + 2 * 3600 + 3 * 60 + 4);
  CHECK(parse_duration("1.5h") == 5400);
  CHECK(parse_duration("0.25s") == 0.25);
  CHECK(parse_duration("0s") == 0);
}

TEST_CASE("what is no length of time is refused with what was found", "[base]") {
  for (const char* text : {"", "90", "h", "3h50", "50m3h", "1h1h", "-1s", "+1s", "1 h", "1.2.3s", ".s", "3x", "1hm",
                           "1e3s", "nan", "infs"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_duration(text), UsageError);
  }
  CHECK_THROWS_WITH(parse_duration("90"), Contains("3h50m") && Contains("'90'"));
}
