// SPDX-License-Identifier: MIT
#include "data/fetch_progress.h"

#include <fmt/format.h>

#include <cstdio>

namespace nn {

FetchProgress::~FetchProgress() {
  if (open_) std::fputc('\n', stderr);
}

void FetchProgress::show(const std::string& file, int64_t done, int64_t total) {
  const auto now = std::chrono::steady_clock::now();
  if (done < total && now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  fmt::print(stderr, "\r{}  {:.1f} of {:.1f} MB  {:3.0f} %", file, static_cast<double>(done) * 1e-6, static_cast<double>(total) * 1e-6,
             100.0 * static_cast<double>(done) / static_cast<double>(total));
  open_ = done < total;
  if (!open_) std::fputc('\n', stderr);
  std::fflush(stderr);
}

}  // namespace nn
