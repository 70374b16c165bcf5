// SPDX-License-Identifier: MIT
#include "train/engine/pixel_range.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text/number.h"

namespace nn {
namespace {

using Interval = std::pair<double, double>;

std::string shown(const Interval& range) {
  return value_text(static_cast<double>(static_cast<float>(range.first))) + " to " +
         value_text(static_cast<double>(static_cast<float>(range.second)));
}

/// Values that were seen need not reach the ends of their scale: half of it is near enough, and no values below 0 are
/// like none.
bool of_one_scale(const Interval& a, const Interval& b) {
  const auto size = [](const Interval& r) { return std::max(std::fabs(r.first), std::fabs(r.second)); };
  if (size(a) == 0 || size(b) == 0) return true;
  const auto below_zero = [&](const Interval& r) { return r.first < -0.05 * size(r); };
  return size(a) <= 2 * size(b) && size(b) <= 2 * size(a) && below_zero(a) == below_zero(b);
}

}  // namespace

std::optional<Interval> values_of_float_images(const Dataset& data) {
  std::optional<Interval> range;
  for (const Split& split : data.splits) {
    if (!split.is_images() || split.x().type != h5::Type::f32 || split.size() == 0 || split.stored()) continue;
    float least = split.x().as<float>().front(), greatest = least;
    for (const float v : split.x().as<float>()) least = std::min(least, v), greatest = std::max(greatest, v);
    range = range ? Interval{std::min<double>(range->first, least), std::max<double>(range->second, greatest)}
                  : Interval{least, greatest};
  }
  return range;
}

std::string other_range(const Model& model, const Dataset& data) {
  if (data.splits.empty() || !data.splits.front().is_images()) return "";
  const bool whole = data.splits.front().x().type == h5::Type::u8;
  const bool trained_on_whole = model.valid_min && model.valid_max, trained_on_floats = model.least && model.greatest;
  if (whole && trained_on_whole) {
    if (*model.valid_min == data.valid_min && *model.valid_max == data.valid_max) return "";
    const std::string low = value_text(*model.valid_min), high = value_text(*model.valid_max);
    return fmt::format(
        "the dataset says that its pixels range from {} to {}, the model was trained on pixels from {} to {}: where "
        "these are the same "
        "pixels, their range was lost in a conversion and the results are wrong; convert them again with nn-convert "
        "--range {}:{}",
        value_text(data.valid_min), value_text(data.valid_max), low, high, low, high);
  }
  if (!trained_on_whole && !trained_on_floats) return "";
  const std::optional<Interval> now =
      whole ? std::optional(Interval{data.valid_min, data.valid_max}) : values_of_float_images(data);
  const Interval then =
      trained_on_whole ? Interval{*model.valid_min, *model.valid_max} : Interval{*model.least, *model.greatest};
  if (!now || of_one_scale(*now, then)) return "";
  return fmt::format(
      "the images hold {} from {}, the model was trained on {} from {}: where these are the same pictures, the results "
      "are wrong; give both one scale",
      whole ? "whole pixels" : "floats", shown(*now), trained_on_whole ? "whole pixels" : "floats", shown(then));
}

}  // namespace nn
