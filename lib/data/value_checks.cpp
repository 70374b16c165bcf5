// SPDX-License-Identifier: MIT
#include "data/value_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace nn {

void check_finite(const h5::Array& rows, const std::string& path, int64_t first_row) {
  if (rows.type != h5::Type::f32) return;
  const auto v = rows.as<float>();
  const size_t columns = static_cast<size_t>(rows.shape.without_first().count());
  for (size_t i = 0; i < v.size(); ++i)
    if (!std::isfinite(v[i]))
      throw Error(fmt::format("{}: {} in row {}, column {}; remove the row or fill the value in first", path,
                              std::isnan(v[i]) ? "NaN" : "infinity", static_cast<size_t>(first_row) + i / columns,
                              i % columns));
}

void check_pixels(const h5::Array& rows, const std::string& path, double valid_min, double valid_max) {
  if (rows.type != h5::Type::u8) return;
  const auto x = rows.as<uint8_t>();
  uint8_t least = 255, greatest = 0;
  for (const uint8_t v : x) least = std::min(least, v), greatest = std::max(greatest, v);
  if (x.empty() || (least >= valid_min && greatest <= valid_max)) return;
  throw Error(fmt::format(
      "{}: values from {} to {}, but the valid range (valid_min, valid_max) is {} to {}; nn-convert --range "
      "MIN:MAX gives foreign files another",
      path, least, greatest, valid_min, valid_max));
}

}  // namespace nn
