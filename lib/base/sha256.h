// SPDX-License-Identifier: MIT
// SHA-256 through libcrypto.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace nn {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void add(std::span<const std::byte> bytes);
  void add(std::string_view text) { add(std::as_bytes(std::span(text.data(), text.size()))); }
  std::string hex();  ///< 64 lower-case digits; ends the sum

 private:
  struct Body;
  std::unique_ptr<Body> body_;
};

std::string sha256_hex(std::span<const std::byte> bytes);

}  // namespace nn
