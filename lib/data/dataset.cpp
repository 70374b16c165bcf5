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

void check_labels(const Split& split, size_t classes) {
  if (split.labels.empty()) return;
  if (static_cast<int64_t>(split.labels.size()) != split.size())
    throw Error(fmt::format("/{}/labels: expected {} labels, one per sample, found {}", split.name, split.size(),
                            split.labels.size()));
  for (size_t i = 0; i < split.labels.size(); ++i) {
    const int32_t label = split.labels[i];
    if (label < 0) throw Error(fmt::format("/{}/labels: label {} in row {} is negative", split.name, label, i));
    if (classes > 0 && static_cast<size_t>(label) >= classes)
      throw Error(fmt::format("/{}/labels: label {} in row {} is out of range: there are {} classes, 0 to {}",
                              split.name, label, i, classes, classes - 1));
  }
}

void check_samples(const Split& split, const Dataset& data) {
  const std::string path = fmt::format("/{}/{}", split.name, split.is_images() ? "images" : "features");
  if (split.x.shape.rank() != 4 && split.x.shape.rank() != 2)
    throw Error(fmt::format("{}: expected axes {{N,C,H,W}} or {{N,D}}, found {}", path, split.x.shape.text()));
  if (split.x.type != h5::Type::u8 && split.x.type != h5::Type::f32)
    throw Error(fmt::format("{}: expected uint8 or float32, found {}", path, h5::name_of(split.x.type)));
  if (split.x.shape.without_first().count() == 0)
    throw Error(fmt::format("{}: samples of shape {} are empty", path, split.x.shape.without_first().text()));
  if (split.x.shape.without_first() != data.sample_shape())
    throw Error(fmt::format("{}: samples of shape {}, but /{} has {}", path, split.x.shape.without_first().text(),
                            data.splits.front().name, data.sample_shape().text()));
  if (split.x.type != data.splits.front().x.type)
    throw Error(fmt::format("{}: {}, but /{} has {}", path, h5::name_of(split.x.type), data.splits.front().name,
                            h5::name_of(data.splits.front().x.type)));
  check_finite(split.x, path);
}

void check_split(const Split& split, const Dataset& data) {
  if (split.has_samples() != data.splits.front().has_samples())
    throw Error(fmt::format("/{}: {} images or features, unlike /{}; a dataset has the same in all its splits",
                            split.name, split.has_samples() ? "has" : "has no", data.splits.front().name));
  if (split.has_samples()) check_samples(split, data);
  std::vector<std::string> names;
  for (const Column& column : split.columns) {
    names.push_back(column.name);
    check_column(column, split.size(), split.name);
  }
  check_distinct(names, "column");
  check_labels(split, data.classes.size());
  if (split.targets.shape.rank() != 0) {
    if (split.targets.shape.rank() != 2 || split.targets.shape[0] != split.size() ||
        split.targets.type != h5::Type::f32)
      throw Error(fmt::format("/{}/targets: expected float32 {{{},K}}, found {} {}", split.name, split.size(),
                              h5::name_of(split.targets.type), split.targets.shape.text()));
    check_finite(split.targets, fmt::format("/{}/targets", split.name));
  }
  if (!split.sample.empty() && static_cast<int64_t>(split.sample.size()) != split.size())
    throw Error(fmt::format("/{}/sample: expected {} rows, found {}", split.name, split.size(), split.sample.size()));
}

void check_range(const Dataset& data) {
  if (!(data.valid_min < data.valid_max))
    throw Error(fmt::format("valid_min {} is not below valid_max {}", data.valid_min, data.valid_max));
  const auto is_byte = [](double v) { return v >= 0 && v <= 255 && v == std::floor(v); };
  const bool bytes = data.splits.front().x.type == h5::Type::u8;
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
    if (split.targets.shape.rank() != 0) agree(data.target_names, split.targets.shape[1], "target");
}

}  // namespace

std::vector<std::string> column_names(const Split& split) {
  std::vector<std::string> names;
  for (const Column& column : split.columns) names.push_back(column.name);
  return names;
}

const Column* Split::column(std::string_view wanted) const {
  for (const Column& column : columns)
    if (column.name == wanted) return &column;
  return nullptr;
}

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
  if (!splits.front().has_samples())
    throw Error(fmt::format("/{}: no images or features, only {}", splits.front().name,
                            fmt::join(column_names(splits.front()), ", ")));
  return splits.front().x.shape.without_first();
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
      check_pixels(split.x, fmt::format("/{}/{}", split.name, split.is_images() ? "images" : "features"),
                   data.valid_min, data.valid_max);
    check_names(data);
    const auto has_targets = [](const Split& s) { return s.targets.shape.rank() != 0; };
    for (const Split& split : data.splits)
      if (has_targets(split) && has_targets(data.splits.front()) &&
          split.targets.shape[1] != data.splits.front().targets.shape[1])
        throw Error(fmt::format("/{}/targets: {} columns, but /{} has {}", split.name, split.targets.shape[1],
                                data.splits.front().name, data.splits.front().targets.shape[1]));
  });
}

}  // namespace nn
