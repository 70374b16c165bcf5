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
  void show(const std::string& file, int64_t done, int64_t total);

 private:
  std::chrono::steady_clock::time_point last_{};
  bool open_ = false;  ///< the cursor stands in a drawn line
};

}  // namespace nn
