// SPDX-License-Identifier: MIT
// A small file with everything that ours have.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "folder.h"
#include "h5/schema.h"
#include "h5/writing/writer.h"

/// A sanitizer makes fork expensive: there, tests that change byte after byte try one of so many of their places.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr size_t one_of = 16;
#else
constexpr size_t one_of = 1;
#endif

namespace files {

namespace fs = std::filesystem;

using nn_test::Folder;

inline void put(const std::string& name, std::span<const std::byte> bytes) {
  std::ofstream(name, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

inline void put(const std::string& name, std::string_view text) {
  put(name, std::as_bytes(std::span(text.data(), text.size())));
}

inline std::string get(const std::string& name) {
  std::ifstream in(name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline nn::h5::Array images(int64_t n) {
  std::vector<uint8_t> pixels(static_cast<size_t>(n * 64));
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(i * i / 7 + i);
  return nn::h5::Array::of<uint8_t>(nn::Shape{n, 1, 8, 8}, pixels);
}

/// A data set of n rows with scales, classes, a recipe, a scalar, attributes and a volatile column.
inline nn::h5::Writer dataset(int64_t n, bool compress) {
  using namespace nn::h5;
  Writer w("dataset", "test", compress);
  write_classes(w, {"T-shirt/top", "Caf\xc3\xa9", "Boot"});
  w.axis("/channel", 1);
  w.axis("/y", 8);
  w.axis("/x", 8);
  w.axis("/train/sample", n);
  w.dataset("/train/images", images(n), {{"/train/sample", "/channel", "/y", "/x"}, false, false});
  w.integer("/train/images", "valid_max", 255);
  w.number("/train/images", "scale", 0.5);
  w.text("/train/images", "units", "1");
  std::vector<uint8_t> labels(static_cast<size_t>(n));
  for (size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<uint8_t>(i % 3);
  w.dataset("/train/labels", Array::of(labels), {{"/train/sample"}, false, false});
  w.values("/train/labels", "flag_values", Array::of(std::vector<uint8_t>{0, 1, 2}));
  PrepRecord prep;
  prep.recipe = "scale 0:1\nstandardize";
  prep.mean = {0.25F};
  prep.std = {0.5F};
  write_prep(w, prep);
  const double loss = 0.125;
  w.dataset("/loss", Array::of<double>(nn::Shape{}, std::span(&loss, 1)));
  w.dataset("/history/seconds", Array::of(std::vector<double>{1.5, 2.5}), {{}, false, true});
  w.dataset("/history/epoch", Array::of(std::vector<int64_t>{}));
  return w;
}

}  // namespace files
