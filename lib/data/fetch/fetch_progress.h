// SPDX-License-Identifier: MIT
// One line on standard error that is drawn again as bytes arrive.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace nn {

class FetchProgress {
 public:
  ~FetchProgress();
  /// Drawn ten times a second at most, and at the end of each file.
  void show_bytes(const std::string& file, int64_t done, int64_t total);
  /// The same for things that are made: "glyphs  4096 of 70000 images".
  void show_images(const std::string& name, int64_t done, int64_t total);

 private:
  void draw(const std::string& text, int64_t done, int64_t total);
  std::chrono::steady_clock::time_point last_{};
  bool open_ = false;  ///< the cursor stands in a drawn line
};

}  // namespace nn
