// SPDX-License-Identifier: MIT
#include "train/tensorboard/record.h"

#include <array>
#include <bit>

namespace nn::tensorboard {
namespace {

constexpr std::array<uint32_t, 256> sums_of_bytes() {
  std::array<uint32_t, 256> sums{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t sum = byte;
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ ((sum & 1) ? 0x82F63B78u : 0u);
    sums[byte] = sum;
  }
  return sums;
}
constexpr std::array<uint32_t, 256> table = sums_of_bytes();

template <class Number>
void put(std::string& to, Number number) {
  for (size_t i = 0; i < sizeof(Number); ++i) to.push_back(static_cast<char>((number >> (8 * i)) & 0xFF));
}

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  uint32_t sum = 0xFFFFFFFFu;
  for (const char c : bytes) sum = (sum >> 8) ^ table[(sum ^ static_cast<unsigned char>(c)) & 0xFF];
  return ~sum;
}

uint32_t masked_crc32c(std::string_view bytes) { return std::rotr(crc32c(bytes), 15) + 0xA282EAD8u; }

std::string framed(std::string_view bytes) {
  std::string record;
  put(record, static_cast<uint64_t>(bytes.size()));
  put(record, masked_crc32c(record));
  record += bytes;
  put(record, masked_crc32c(bytes));
  return record;
}

}  // namespace nn::tensorboard
