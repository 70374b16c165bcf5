// SPDX-License-Identifier: MIT
#include "base/text/columns.h"

#include "catch.h"

using namespace nn;

TEST_CASE("names fit their columns, UTF-8 whole") {
  CHECK(fit("abc", 5) == "abc  ");
  CHECK(fit("abc", 5, true) == "  abc");
  CHECK(fit("abcdef", 4) == "abc.");
  CHECK(columns_of("gr\xc3\xbcn") == 4);
  CHECK(fit("gr\xc3\xbcn!", 4) == "gr\xc3\xbc.");
}
