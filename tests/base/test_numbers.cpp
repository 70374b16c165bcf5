// SPDX-License-Identifier: MIT
// Numbers are read strictly and written so that they read back to the same bits.
#include <clocale>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/log.h"
#include "base/text/number.h"
#include "catch.h"

using namespace nn;

TEST_CASE("whole numbers are read whole and in range") {
  int value = 7;
  parse_value("-42", value);
  CHECK(value == -42);
  for (const char* bad :
       {"", " 1", "1 ", "+1", "1.0", "0x10", "1e3", "--1", "2147483648", "-2147483649", "1\n", "one"}) {
    INFO(bad);
    CHECK_THROWS_AS(parse_value(bad, value), UsageError);
    CHECK(value == -42);
  }
  uint64_t big = 0;
  parse_value("18446744073709551615", big);
  CHECK(big == std::numeric_limits<uint64_t>::max());
  CHECK_THROWS_AS(parse_value("-1", big), UsageError);
  CHECK_THROWS_AS(parse_value("18446744073709551616", big), UsageError);
  int64_t wide = 0;
  parse_value("-9223372036854775808", wide);
  CHECK(wide == std::numeric_limits<int64_t>::min());
}

TEST_CASE("real numbers are finite and independent of the locale") {
  double value = 0;
  for (const char* locale : {"de_DE.UTF-8", "C"}) {
    std::setlocale(LC_ALL, locale);
    parse_value("1.5e-3", value);
    CHECK(value == 1.5e-3);
    CHECK(value_text(0.25) == "0.25");
  }
  for (const char* bad : {"", "nan", "inf", "-inf", "1e999", "1,5", "1.5 ", "0.1f", ".", "e5", "1e"}) {
    INFO(bad);
    CHECK_THROWS_AS(parse_value(bad, value), UsageError);
  }
  for (const double v : {0.1, 1.0 / 3, 1e-300, 5e-324, 1.7976931348623157e308, -0.0, 100.0, 1e22}) {
    double back = 1;
    parse_value(value_text(v), back);
    CHECK(back == v);
    CHECK(std::signbit(back) == std::signbit(v));
  }
}

TEST_CASE("exponents are written as people write them") {
  CHECK(value_text(-std::numeric_limits<double>::quiet_NaN()) == "nan");
  CHECK(value_text(1e-4) == "1e-4");
  CHECK(value_text(1e-10) == "1e-10");
  CHECK(value_text(1e100) == "1e100");
  CHECK(value_text(2e22) == "2e22");
}

TEST_CASE("other values") {
  bool yes = false;
  parse_value("yes", yes);
  CHECK(yes);
  CHECK_THROWS_WITH(parse_value("maybe", yes), Contains("true or false") && Contains("'maybe'"));
  std::vector<std::string> list{"a"};
  parse_value("b", list);
  CHECK(value_text(list) == "a b");
  std::optional<double> maybe;
  CHECK(value_text(maybe).empty());
  parse_value("2", maybe);
  CHECK(maybe == 2.0);
}

TEST_CASE("foreign text cannot drive a terminal") {
  CHECK(printable("caf\xc3\xa9 \xe2\x82\xac") == "caf\xc3\xa9 \xe2\x82\xac");
  CHECK(printable("\x1b[31m\n") == "\\x1b[31m\\x0a");
  CHECK(printable("\xff\xc0\x80") == "\\xff\\xc0\\x80");  // never, and overlong
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // a surrogate
  CHECK(printable("\xc2\x9b") == "\\xc2\\x9b");           // C1 control
  CHECK(printable("\xe2\x80\xae") == "\\xe2\\x80\\xae");  // writes from right to left
  CHECK(printable("\xe2\x82") == "\\xe2\\x82");           // cut
}
