// SPDX-License-Identifier: MIT
#include "results/compare/digits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace nn {

int decimals_for(std::span<const double> values, std::span<const double> spreads) {
  double spread = 0, largest = 0;
  bool whole = true;
  for (const double one : spreads)
    if (one > 0 && std::isfinite(one)) spread = spread > 0 ? std::min(spread, one) : one;
  for (const double one : values)
    if (std::isfinite(one)) largest = std::max(largest, std::fabs(one)), whole = whole && one == std::floor(one);
  if (largest == 0 || (spread == 0 && whole)) return 0;
  // Of a tiny spread beside large values no more than twelve digits.
  const int first = static_cast<int>(std::floor(std::log10(largest)));
  const int wanted = spread > 0 ? 1 - static_cast<int>(std::floor(std::log10(spread))) : 3 - first;
  return std::clamp(wanted, 0, std::max(0, std::min(11 - first, 12)));
}

int row_decimals(int common, int own) { return own > common + 1 ? own : common; }

std::string fixed_text(double value, int decimals, bool with_sign) {
  if (!std::isfinite(value)) return "-";
  if (std::fabs(value) >= 1e12) return with_sign ? fmt::format("{:+.6g}", value) : fmt::format("{:.6g}", value);
  const std::string text =
      with_sign ? fmt::format("{:+.{}f}", value, decimals) : fmt::format("{:.{}f}", value, decimals);
  // No "-0.00".
  return text.find_first_of("123456789") == std::string::npos && text[0] != '0' ? text.substr(1) : text;
}

std::string interval_text(const stats::Interval& interval, int decimals, bool with_sign) {
  if (!std::isfinite(interval.low) || !std::isfinite(interval.high)) return "-";
  return fixed_text(interval.low, decimals, with_sign) + " to " + fixed_text(interval.high, decimals, with_sign);
}

std::string p_text(double p) {
  if (std::isnan(p)) return "-";
  if (p < 0.001) return "<0.001";
  return p < 0.0995 ? fmt::format("{:.3f}", p) : fmt::format("{:.2f}", p);
}

std::string p_sentence(double p) {
  const std::string text = p_text(p);
  return text.starts_with('<') ? "p < " + text.substr(1) : "p = " + text;
}

}  // namespace nn
