// SPDX-License-Identifier: MIT
#include "formats/npy_dataset.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "base/log.h"
#include "formats/labels.h"

namespace nn {
namespace {

struct Role {
  std::string split;
  bool is_y = false;
};

std::optional<Role> role_of(std::string name) {
  std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const size_t bar = name.find('_');
  std::vector<std::string> parts{name.substr(0, bar)};
  if (bar != std::string::npos) parts.push_back(name.substr(bar + 1));
  Role role;
  bool found = false;
  for (const std::string& part : parts) {
    const bool x = part == "x" || part == "images" || part == "features" || part == "data";
    const bool y = part == "y" || part == "labels" || part == "targets" || part == "label" || part == "target";
    if (x || y) role.is_y = y, found = true;
    else if (part == "valid" || part == "validation" || part == "dev") role.split = "val";
    else if (part == "train" || part == "val" || part == "test") role.split = part;
    else return std::nullopt;
  }
  if (!found) return std::nullopt;
  return role;
}

/// Channels-last pixels to channels-first.
h5::Array images_of(const NpyArray& a) {
  const Shape& s = a.shape;
  const bool first = s.rank() == 4 && (s[1] == 1 || s[1] == 3);
  const bool last = s.rank() == 4 && !first && (s[3] == 1 || s[3] == 3);
  if (s.rank() == 4 && !first && !last)
    throw Error("images of shape " + s.text() + ": expected {N,H,W}, or {N,C,H,W} or {N,H,W,C} with 1 or 3 channels");
  const int64_t n = s[0], c = s.rank() == 3 ? 1 : first ? s[1] : s[3];
  const int64_t h = first ? s[2] : s[1], w = first ? s[3] : s[2];
  h5::Array images(h5::Type::u8, {n, c, h, w});
  const auto out = images.as<uint8_t>();
  if (!last) {
    std::ranges::copy(a.pixels, out.begin());
    return images;
  }
  size_t at = 0;
  for (int64_t i = 0; i < n; ++i)
    for (int64_t k = 0; k < c; ++k)
      for (int64_t p = 0; p < h * w; ++p) out[at++] = a.pixels[static_cast<size_t>((i * h * w + p) * c + k)];
  return images;
}

h5::Array features_of(const NpyArray& a) {
  const int64_t n = a.shape[0], width = n ? a.shape.count() / n : 0;
  h5::Array features(h5::Type::f32, {n, width});
  const auto out = features.as<float>();
  for (size_t i = 0; i < out.size(); ++i) {
    const double value = a.bytes_only ? a.pixels[i] : a.numbers[i];
    if (!std::isfinite(value) || std::fabs(value) > std::numeric_limits<float>::max())
      throw Error("row " + std::to_string(i / static_cast<size_t>(width)) + ", column " + std::to_string(i % static_cast<size_t>(width)) + ": " +
                  value_text(value) + ", expected finite float32 values");
    out[i] = static_cast<float>(value);
  }
  return features;
}

h5::Array x_of(const std::string& name, NpyArray& a, const FormatOptions& options) {
  return in_context(name, [&] {
    if (a.kind == NpyArray::Kind::text) throw Error("text, expected numbers");
    if (a.shape.rank() < 2) throw Error("shape " + a.shape.text() + ", expected one row a sample: {N,D} features or {N,H,W} images");
    if (a.shape.count() == 0) throw Error("shape " + a.shape.text() + " holds nothing");
    const bool image_rank = a.shape.rank() == 3 || a.shape.rank() == 4;
    if (image_rank && !a.bytes_only && std::ranges::all_of(a.numbers, [](double v) { return v >= 0 && v <= 255 && v == std::floor(v); }) &&
        std::ranges::any_of(a.numbers, [](double v) { return v > 1; })) {
      a.pixels.assign(a.numbers.size(), 0);
      std::ranges::transform(a.numbers, a.pixels.begin(), [](double v) { return static_cast<uint8_t>(v); });
      a.bytes_only = true;
    }
    if (image_rank && a.bytes_only) return images_of(a);
    if (image_rank)
      options.warning(name + ": " + a.type + " values of shape " + a.shape.text() + " become " +
                      std::to_string(a.shape.without_first().count()) + " features a sample; images are uint8 (save the raw pixels, scale with nn-prep)");
    return features_of(a);
  });
}

/// Labels as words or numbers, or targets.
struct Truth {
  std::vector<int64_t> numbers;
  std::vector<std::string> words;
  h5::Array targets;
};

Truth truth_of(const std::string& name, const NpyArray& a) {
  return in_context(name, [&] {
    Truth truth;
    const auto count = static_cast<size_t>(a.shape.count());
    const bool single = a.shape.rank() == 1 || (a.shape.rank() == 2 && a.shape[1] == 1);
    if (a.shape.rank() < 1 || a.shape.rank() > 2) throw Error("shape " + a.shape.text() + ", expected {N} labels or {N,K} targets");
    if (a.kind == NpyArray::Kind::text) {
      if (!single) throw Error("text of shape " + a.shape.text() + ", expected {N}");
      truth.words = a.texts;
    } else if (single && a.kind == NpyArray::Kind::integer) {
      for (size_t i = 0; i < count; ++i) truth.numbers.push_back(a.bytes_only ? a.pixels[i] : static_cast<int64_t>(a.numbers[i]));
    } else {
      NpyArray flat = a;
      if (flat.shape.rank() == 1) flat.shape = {flat.shape[0], 1};
      truth.targets = features_of(flat);
    }
    return truth;
  });
}
}  // namespace

Dataset dataset_from(const std::vector<std::pair<std::string, NpyArray>>& arrays, const FormatOptions& options) {
  Dataset data;
  std::map<std::string, std::pair<const std::string*, NpyArray>> xs, ys;
  std::vector<std::string> classes, unused;
  for (const auto& [name, array] : arrays) {
    const auto role = role_of(name);
    if (name == "class_names" || name == "classes") {
      if (array.kind != NpyArray::Kind::text) throw Error(name + ": expected text, found " + array.type);
      classes = array.texts;
    } else if (!role) {
      unused.push_back(name);
    } else {
      const std::string split = !role->split.empty() ? role->split : options.split.empty() ? "train" : options.split;
      if (!(role->is_y ? ys : xs).emplace(split, std::pair(&name, array)).second) throw Error(name + ": a second array for split " + split);
    }
  }
  if (xs.empty()) {
    std::string found;
    for (const auto& entry : arrays) found += (found.empty() ? "" : ", ") + printable(entry.first);
    throw Error("no samples: expected arrays named x_train, y_train, x_test, y_test (or x and y), found " + (found.empty() ? "none" : found));
  }
  for (const std::string& name : unused) options.warning("array " + printable(name) + " is not used");
  std::vector<std::vector<int64_t>> numbers;
  std::vector<std::vector<std::string>> words;
  bool any_words = false, any_numbers = false;
  for (const char* order : {"train", "val", "test", ""})
    for (auto& [split_name, entry] : xs) {
      const bool usual = split_name == "train" || split_name == "val" || split_name == "test";
      if (*order ? split_name != order : usual) continue;
      Split split;
      split.name = split_name;
      split.x = x_of(*entry.first, entry.second, options);
      for (int64_t i = 0; i < split.size(); ++i) split.sample.push_back(i);
      Truth truth;
      if (const auto y = ys.find(split_name); y != ys.end()) {
        truth = truth_of(*y->second.first, y->second.second);
        if (y->second.second.shape[0] != split.size())
          throw Error(*y->second.first + ": " + std::to_string(y->second.second.shape[0]) + " rows, " + *entry.first + " has " + std::to_string(split.size()));
        ys.erase(y);
      }
      split.targets = truth.targets;
      any_words = any_words || !truth.words.empty();
      any_numbers = any_numbers || !truth.numbers.empty();
      numbers.push_back(std::move(truth.numbers));
      words.push_back(std::move(truth.words));
      data.splits.push_back(std::move(split));
    }
  if (!ys.empty()) throw Error(*ys.begin()->second.first + ": labels without samples");
  if (any_words && any_numbers) throw Error("labels are text in one split and numbers in another");
  if (any_words) encode_labels(words, data);
  if (any_numbers) encode_labels(numbers, classes, data);
  return data;
}

std::vector<ForeignFile> arrays_of(const Dataset& data) {
  std::vector<ForeignFile> files;
  for (const Split& split : data.splits) {
    h5::Array x = split.x;
    if (x.shape.rank() == 4 && x.shape[1] == 1) x.shape = {x.shape[0], x.shape[2], x.shape[3]};  // as Keras' mnist.npz
    files.push_back({"x_" + split.name + ".npy", write_npy(x)});
    if (!split.labels.empty()) files.push_back({"y_" + split.name + ".npy", write_npy(h5::Array::of(split.labels))});
    else if (split.targets.shape.rank()) files.push_back({"y_" + split.name + ".npy", write_npy(split.targets)});
  }
  if (!data.classes.empty()) files.push_back({"class_names.npy", write_npy(data.classes)});
  return files;
}

}  // namespace nn
