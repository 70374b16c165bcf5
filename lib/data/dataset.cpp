// SPDX-License-Identifier: MIT
#include "data/dataset.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "base/text/names.h"
#include "data/split_names.h"
#include "data/value_checks.h"

namespace nn {
namespace {

std::string path_of(const Split& split, const Column& column) { return fmt::format("/{}/{}", split.name, column.name); }

void check_samples(const Column& column, const Split& split, const Dataset& data) {
  const std::string path = path_of(split, column);
  const h5::Array& x = column.values;
  const Split& first = data.splits.front();
  if (x.shape.rank() != 4 && x.shape.rank() != 2)
    throw Error(fmt::format("{}: expected axes {{N,C,H,W}} or {{N,D}}, found {}", path, x.shape.text()));
  if (x.type != h5::Type::u8 && x.type != h5::Type::f32)
    throw Error(fmt::format("{}: expected uint8 or float32, found {}", path, h5::name_of(x.type)));
  const Shape sample = x.shape.without_first();
  if (sample.count() == 0) throw Error(fmt::format("{}: samples of shape {} are empty", path, sample.text()));
  if (sample != data.sample_shape())
    throw Error(fmt::format("{}: samples of shape {}, but /{} has {}", path, sample.text(), first.name,
                            data.sample_shape().text()));
  if (x.type != first.x().type)
    throw Error(
        fmt::format("{}: {}, but /{} has {}", path, h5::name_of(x.type), first.name, h5::name_of(first.x().type)));
  check_finite(x, path);
}

void check_labels(const Column& column, const Split& split, const Dataset& data) {
  const std::string path = path_of(split, column);
  const auto labels = column.values.as<int32_t>();
  const size_t classes = data.classes.size();
  if (column.size() != split.size())
    throw Error(fmt::format("{}: expected {} labels, one per sample, found {}", path, split.size(), column.size()));
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0) throw Error(fmt::format("{}: label {} in row {} is negative", path, labels[i], i));
    if (classes > 0 && static_cast<size_t>(labels[i]) >= classes)
      throw Error(fmt::format("{}: label {} in row {} is out of range: there are {} classes, 0 to {}", path, labels[i],
                              i, classes, classes - 1));
  }
}

void check_targets(const Column& column, const Split& split, const Dataset& data) {
  const std::string path = path_of(split, column);
  const h5::Array& targets = column.values;
  if (targets.shape.rank() != 2 || targets.shape[0] != split.size() || targets.type != h5::Type::f32)
    throw Error(fmt::format("{}: expected float32 {{{},K}}, found {} {}", path, split.size(), h5::name_of(targets.type),
                            targets.shape.text()));
  check_finite(targets, path);
  const h5::Array& first = data.splits.front().targets();
  if (first.shape.rank() != 0 && targets.shape[1] != first.shape[1])
    throw Error(fmt::format("{}: {} columns, but /{} has {}", path, targets.shape[1], data.splits.front().name,
                            first.shape[1]));
}

void check_sample(const Column& column, const Split& split, const Dataset&) {
  (void)column.values.as<int64_t>();
  if (column.size() != split.size())
    throw Error(fmt::format("{}: expected {} rows, found {}", path_of(split, column), split.size(), column.size()));
}

/// What the basic columns must be.
constexpr std::pair<std::string_view, void (*)(const Column&, const Split&, const Dataset&)> checks[] = {
    {"images", check_samples},  {"features", check_samples}, {"labels", check_labels},
    {"targets", check_targets}, {"sample", check_sample},
};

void check_split(const Split& split, const Dataset& data) {
  if (split.has_samples() != data.splits.front().has_samples())
    throw Error(fmt::format("/{}: {} images or features, unlike /{}; a dataset has the same in all its splits",
                            split.name, split.has_samples() ? "has" : "has no", data.splits.front().name));
  std::vector<std::string> names;
  for (const Column& column : split.columns) {
    names.push_back(column.name);
    const auto own = std::ranges::find(checks, column.name, [](const auto& check) { return check.first; });
    if (own == std::end(checks)) {
      check_column(column, split.size(), split.name);
      continue;
    }
    if (column.is_ragged())
      throw Error(path_of(split, column) + ": expected one row per sample, found a ragged column");
    own->second(column, split, data);
  }
  check_distinct(names, "column");
}

void check_range(const Dataset& data) {
  if (!(data.valid_min < data.valid_max))
    throw Error(fmt::format("valid_min {} is not below valid_max {}", data.valid_min, data.valid_max));
  const auto is_byte = [](double v) { return v >= 0 && v <= 255 && v == std::floor(v); };
  const bool bytes = data.splits.front().x().type == h5::Type::u8;
  if (!std::isfinite(data.valid_min) || !std::isfinite(data.valid_max) ||
      (bytes && !(is_byte(data.valid_min) && is_byte(data.valid_max))))
    throw Error(
        fmt::format("valid range {} to {}: expected whole numbers from 0 to 255", data.valid_min, data.valid_max));
}

void check_names(const Dataset& data) {
  const auto agree = [](const std::vector<std::string>& names, int64_t count, const char* axis) {
    if (!names.empty() && static_cast<int64_t>(names.size()) != count)
      throw Error(fmt::format("/{}: {} names for {} columns", axis, names.size(), count));
  };
  if (data.splits.front().has_samples()) agree(data.feature_names, data.sample_shape().count(), "feature");
  for (const Split& split : data.splits)
    if (split.targets().shape.rank() != 0) agree(data.target_names, split.targets().shape[1], "target");
}

}  // namespace

const Split* Dataset::find(const std::string& name) const {
  for (const Split& split : splits)
    if (split.name == name) return &split;
  return nullptr;
}

const Split& Dataset::at(const std::string& name) const {
  if (const Split* split = find(name)) return *split;
  std::vector<std::string> names;
  for (const Split& split : splits) names.push_back(split.name);
  throw Error(fmt::format("there is no split '{}'; the data has {}{}", printable(name),
                          names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")), split_hint(name)));
}

Shape Dataset::sample_shape() const {
  if (splits.empty()) throw Error("the data has no split");
  const Split& first = splits.front();
  if (first.has_samples()) return first.x().shape.without_first();
  std::vector<std::string> names;
  for (const Column* column : first.others()) names.push_back(column->name);
  throw Error(fmt::format("/{}: no images or features, only {}", first.name, fmt::join(names, ", ")));
}

bool Dataset::has_tokens() const {
  return !splits.empty() && !splits.front().has_samples() && splits.front().column("tokens");
}

Shape Dataset::input_shape() const {
  if (!has_tokens()) return sample_shape();
  int64_t most = 1;
  for (const Split& split : splits)
    if (const Column* tokens = split.column("tokens"))
      for (int64_t i = 0; i < tokens->size(); ++i) most = std::max(most, tokens->length(i));
  return {most};
}

void check(const Dataset& data, const std::string& name) {
  in_context(printable(name), [&] {
    if (data.splits.empty()) throw Error("the data has no split: expected /train, /val or /test");
    check_range(data);
    std::vector<std::string> split_names;
    for (const Split& split : data.splits) {
      check_split_name(split.name);
      split_names.push_back(split.name);
    }
    check_distinct(split_names, "split");
    check_distinct(data.classes, "class");
    for (const Split& split : data.splits) check_split(split, data);
    for (const Split& split : data.splits)
      if (const Column* samples = split.samples())
        check_pixels(samples->values, path_of(split, *samples), data.valid_min, data.valid_max);
    check_names(data);
  });
}

}  // namespace nn
