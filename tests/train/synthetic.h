// SPDX-License-Identifier: MIT
// Small made-up datasets for the tests of training.
#pragma once

#include <cmath>

#include "base/log.h"
#include "base/rng.h"
#include "data/dataset.h"
#include "train/run/trainer.h"

namespace nn {

/// Points around `classes` centres on a circle in {width} features; a fresh stream for each split.
inline Split blobs(const std::string& name, int64_t n, int64_t width, int classes, uint64_t seed) {
  Philox stream(seed, "test." + name);
  Split split;
  split.name = name;
  std::vector<float> x;
  std::vector<int32_t> labels;
  for (int64_t i = 0; i < n; ++i) {
    const int label = static_cast<int>(stream.below(static_cast<uint64_t>(classes)));
    for (int64_t j = 0; j < width; ++j)
      x.push_back(static_cast<float>(2 * std::cos(label * 2.1 + static_cast<double>(j)) + 0.5 * stream.normal()));
    labels.push_back(label);
  }
  split.set_samples(h5::Array::of<float>(Shape{n, width}, x));
  split.set("labels", labels);
  split.number_rows();
  return split;
}

inline Dataset blob_data(int64_t n = 150, int64_t width = 4, int classes = 3) {
  Dataset data;
  data.title = "blobs";
  for (int c = 0; c < classes; ++c) data.classes.push_back("c" + std::to_string(c));
  data.splits.push_back(blobs("train", n, width, classes, 1));
  data.splits.push_back(blobs("val", n / 3, width, classes, 2));
  data.splits.push_back(blobs("test", n / 3, width, classes, 3));
  return data;
}

/// 8x8 images, a bright bar at a place that tells the class, with noise.
inline Dataset bar_images(int64_t n = 96) {
  Dataset data;
  data.title = "bars";
  data.classes = {"left", "middle", "right"};
  data.prep.recipe = "scale 0:1";
  for (const char* name : {"train", "test"}) {
    Philox stream(7, std::string("test.") + name);
    Split split;
    split.name = name;
    std::vector<uint8_t> pixels;
    std::vector<int32_t> labels;
    for (int64_t i = 0; i < n; ++i) {
      const int label = static_cast<int>(stream.below(3));
      for (int y = 0; y < 8; ++y)
        for (int x = 0; x < 8; ++x)
          pixels.push_back(static_cast<uint8_t>(stream.below(60) + (x / 3 == label ? 150 : 0)));
      labels.push_back(label);
    }
    split.set_samples(h5::Array::of<uint8_t>(Shape{n, 1, 8, 8}, pixels));
    split.set("labels", labels);
    split.number_rows();
    data.splits.push_back(std::move(split));
  }
  return data;
}

inline Model train_quietly(const TrainOptions& options, const Dataset& data, const std::string& device = "ref",
                           int threads = 1) {
  const auto backend = make_backend(device, threads);
  return train(options, data, *backend, Log("test", -2), {});
}

inline const std::vector<double>& column(const h5::Columns& columns, std::string_view name) {
  for (const auto& [key, values] : columns)
    if (key == name) return values;
  throw Error("no column " + std::string(name));
}

inline bool same_weights(const Model& a, const Model& b) {
  if (a.weights.size() != b.weights.size()) return false;
  for (size_t i = 0; i < a.weights.size(); ++i)
    if (a.weights[i].path != b.weights[i].path || a.weights[i].values != b.weights[i].values) return false;
  return true;
}

}  // namespace nn
