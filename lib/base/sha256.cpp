// SPDX-License-Identifier: MIT
#include "base/sha256.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>

#include "base/error.h"

namespace nn {

struct Sha256::Body {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~Body() { EVP_MD_CTX_free(context); }
};

namespace {

void check(bool ok) {
  if (!ok) throw Error("libcrypto cannot compute SHA-256");
}

/// From a library context of our own, whose creation can fail: the default one, where it gets no memory, leads to a
/// null pointer within libcrypto 3.0.
const EVP_MD* algorithm() {
  static const EVP_MD* const sha256 = [] {
    OSSL_LIB_CTX* const library = OSSL_LIB_CTX_new();
    check(library);
    const EVP_MD* const fetched = EVP_MD_fetch(library, "SHA256", nullptr);
    if (!fetched) OSSL_LIB_CTX_free(library);
    check(fetched);
    return fetched;
  }();
  return sha256;
}

}  // namespace

Sha256::Sha256() : body_(std::make_unique<Body>()) {
  check(body_->context && EVP_DigestInit_ex(body_->context, algorithm(), nullptr) == 1);
}

Sha256::~Sha256() = default;

void Sha256::add(std::span<const std::byte> bytes) {
  check(EVP_DigestUpdate(body_->context, bytes.data(), bytes.size()) == 1);
}

std::string Sha256::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
  unsigned length = 0;
  check(EVP_DigestFinal_ex(body_->context, sum.data(), &length) == 1);
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < length; ++i) {
    text += digits[sum[i] >> 4];
    text += digits[sum[i] & 15];
  }
  return text;
}

std::string sha256_hex(std::span<const std::byte> bytes) {
  Sha256 sum;
  sum.add(bytes);
  return sum.hex();
}

}  // namespace nn
