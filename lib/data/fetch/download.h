// SPDX-License-Identifier: MIT
// One file from one URL through libcurl. https and file; http to loopback alone. Redirects go to https, or from
// loopback to loopback, never to a file. At most the size expected is read, whatever the other side sends.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace nn {

struct DownloadOptions {
  bool offline = false;  ///< file:// only
  std::function<void(int64_t done)> progress;
  std::function<bool()> interrupted;
};

/// Bytes, or why not, whether another try may help and how long the server asks to wait before it.
struct Answer {
  std::vector<std::byte> bytes;
  std::string fault;  ///< empty: all is well
  bool passing = false;
  int64_t retry_after = 0;  ///< seconds
};

/// Error only when interrupted, or when libcurl does not start.
Answer download(const std::string& url, int64_t size, const std::string& sha256, const DownloadOptions& options);

}  // namespace nn
