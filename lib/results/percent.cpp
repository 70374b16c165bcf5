// SPDX-License-Identifier: MIT
#include "results/percent.h"

#include <fmt/format.h>

#include <cmath>

namespace nn {

std::string percent_text(double share, int digits) {
  const double unit = std::pow(10.0, -digits), percent = 100 * share;
  if (share < 1 && percent >= 100 - unit / 2) return fmt::format(">{:.{}f} %", 100 - unit, digits);
  if (share > 0 && percent < unit / 2) return fmt::format("<{:.{}f} %", unit, digits);
  return fmt::format("{:.{}f} %", percent, digits);
}

}  // namespace nn
