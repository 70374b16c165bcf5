// SPDX-License-Identifier: MIT
// What a test makes a Log say.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>

namespace nn_test {

/// Standard error into a file while it lives.
class Said {
 public:
  explicit Said(const std::string& file) : kept_(::dup(STDERR_FILENO)), file_(file) {
    const int to = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(to, STDERR_FILENO);
    ::close(to);
  }
  std::string text() {
    if (kept_ >= 0) ::dup2(kept_, STDERR_FILENO), ::close(kept_), kept_ = -1;
    std::ifstream in(file_);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  ~Said() { (void)text(); }
  Said(const Said&) = delete;
  Said& operator=(const Said&) = delete;

 private:
  int kept_;
  std::string file_;
};

}  // namespace nn_test
