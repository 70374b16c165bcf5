// SPDX-License-Identifier: MIT
// Small data sets for the tests of formats.
#pragma once

#include <string>

#include "data/dataset.h"
#include "folder.h"
#include "formats/datasets/labels.h"
#include "formats/format.h"

namespace nn_test {

/// Pixels by a formula; train of 6 and test of 3 samples.
inline nn::Dataset image_data(int64_t channels) {
  nn::Dataset data;
  data.classes = {"ant", "T-shirt/top", "Zebra, \"big\""};
  for (const auto& [name, n] : {std::pair{"train", 6}, {"test", 3}}) {
    nn::Split split;
    split.name = name;
    split.set_samples(nn::h5::Array(nn::h5::Type::u8, {n, channels, 4, 5}));
    uint32_t state = n == 6 ? 1 : 2;
    for (uint8_t& v : split.samples()->values.as<uint8_t>())
      v = static_cast<uint8_t>((state = state * 1664525u + 1013904223u) >> 24);
    std::vector<int32_t> labels;
    for (int i = 0; i < n; ++i) labels.push_back((i + 1) % 3);
    split.set("labels", labels);
    split.number_rows();
    data.splits.push_back(std::move(split));
  }
  return data;
}

inline nn::Dataset feature_data() {
  nn::Dataset data;
  data.classes = {"a", "b"};
  nn::Split split;
  split.name = "train";
  split.set_samples(nn::h5::Array::of<float>({3, 2}, std::vector<float>{0.1f, -2e-30f, 3, 4, 16777216, 1.0f / 3}));
  split.set("labels", std::vector<int32_t>{1, 0, 1});
  split.number_rows();
  data.splits.push_back(std::move(split));
  return data;
}

/// Name of each sample's class, its number where classes have no names.
inline std::vector<std::string> words_of(const nn::Dataset& data, const nn::Split& split) {
  std::vector<std::string> out;
  for (const int32_t label : split.labels()) out.push_back(nn::class_name(data, label));
  return out;
}

}  // namespace nn_test
