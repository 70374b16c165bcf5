// SPDX-License-Identifier: MIT
#include "plot/text_chart.h"

#include <cmath>

#include "catch.h"

using namespace nn;

TEST_CASE("a chart of characters has marks, axes and a legend") {
  const std::string chart = text_chart("t", "epoch", {{"a", {1, 2, 3}, {3, 2, NAN}}}, 60, 8);
  CHECK_THAT(chart, Contains("*") && Contains("epoch") && Contains("a"));
}
