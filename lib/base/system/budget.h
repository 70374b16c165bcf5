// SPDX-License-Identifier: MIT
// One limit for memory that foreign sizes ask for (--max-memory): whoever is about to allocate what a file, a stream or
// a plan declares asks first. Made by cli::run_tool and handed down; there is no global one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nn {

class Budget {
 public:
  /// The default: half of what this process may use, the least of the machine's memory, its cgroup's limit and
  /// RLIMIT_AS.
  Budget();
  explicit Budget(uint64_t bytes) : bytes_(bytes) {}

  uint64_t bytes() const { return bytes_; }
  /// Error when these bytes, with what the process has resident now, are more than the limit: "WHAT needs 3.2 GB, which
  /// exceeds --max-memory 2 GB". what: who asks, as "model.h5: /weights/dense1/weight".
  void ask(uint64_t bytes, std::string_view what) const;
  /// The same for rows * columns * width..., with overflow taken for too many.
  void ask_product(std::initializer_list<uint64_t> factors, std::string_view what) const;

 private:
  uint64_t bytes_;
};

/// "512M", "2G", "1.5GB", "100000": bytes, powers of 1024. UsageError when malformed or 0.
uint64_t parse_size(std::string_view text);
/// "3.2 GB", "640 MB", "17 bytes", in powers of 1024.
std::string size_text(uint64_t bytes);

}  // namespace nn
