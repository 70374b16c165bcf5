// SPDX-License-Identifier: MIT
// Text that a tool prints part by part: at once, or into the file of -o, which is written at the end.
#pragma once

#include <string>

#include "cli/tool.h"

namespace nn::cli {

class Printer {
 public:
  explicit Printer(Run& run) : run_(run) {}
  void print(const std::string& text) { to_file() ? static_cast<void>(all_ += text) : run_.print(text); }
  void end() const {
    if (to_file()) run_.output(h5::OutFile::Content::text).commit(all_);
  }

 private:
  bool to_file() const { return !run_.common().output.empty(); }
  Run& run_;
  std::string all_;
};

}  // namespace nn::cli
