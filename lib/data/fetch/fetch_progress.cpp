// SPDX-License-Identifier: MIT
#include "data/fetch/fetch_progress.h"

#include <fmt/format.h>

#include <cstdio>

namespace nn {

FetchProgress::~FetchProgress() {
  if (open_) std::fputc('\n', stderr);
}

void FetchProgress::show_bytes(const std::string& file, int64_t done, int64_t total) {
  draw(
      fmt::format("{}  {:.1f} of {:.1f} MB", file, static_cast<double>(done) * 1e-6, static_cast<double>(total) * 1e-6),
      done, total);
}

void FetchProgress::show_images(const std::string& name, int64_t done, int64_t total) {
  draw(fmt::format("{}  {} of {} images", name, done, total), done, total);
}

void FetchProgress::draw(const std::string& text, int64_t done, int64_t total) {
  const auto now = std::chrono::steady_clock::now();
  if (done < total && now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  fmt::print(stderr, "\r{}  {:3.0f} %", text, 100.0 * static_cast<double>(done) / static_cast<double>(total));
  open_ = done < total;
  if (!open_) std::fputc('\n', stderr);
  std::fflush(stderr);
}

}  // namespace nn
