// SPDX-License-Identifier: MIT
// gzip in memory through zlib, with a bound on what comes out.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace nn {

bool is_gzip(std::span<const std::byte> bytes);

/// Unpacks what comes piece by piece. Memory does not grow with it.
class Gunzip {
 public:
  /// Gets content; false: no more of it is wanted.
  using Give = std::function<bool(std::span<const std::byte> content)>;
  Gunzip();
  ~Gunzip();
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  /// False when `give` said so. Error: damaged, or followed by bytes that are neither another member nor zeros.
  bool take(std::span<const std::byte> packed, const Give& give);
  void end() const;  ///< Error when the content is cut short

 private:
  struct Body;
  std::unique_ptr<Body> body_;
};

/// Unpacks the members that the bytes must be. Error: damaged, cut short, followed by other bytes, or more than
/// `limit` bytes of content. Memory grows with the content, never with a number that the file states.
std::vector<std::byte> gunzip(std::span<const std::byte> bytes, size_t limit);
/// The first `count` bytes of the content; fewer when it ends before, or is cut short there.
std::vector<std::byte> gunzip_start(std::span<const std::byte> bytes, size_t count);

/// One member without name and time, so that equal content gives equal bytes.
std::vector<std::byte> gzip(std::span<const std::byte> content, int level = 6);

}  // namespace nn
