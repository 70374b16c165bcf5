// SPDX-License-Identifier: MIT
// tile_gemm with tiles made of plain loops, for processors without any: every remainder, a turned, pieces, bias; nothing
// is written beside c.
#include <cmath>
#include <stdexcept>
#include <vector>

#include "backend/bf16_products.h"
#include "backend/cpu/tile_gemm.h"
#include "catch.h"

using namespace nn;
using namespace nn::test;

namespace {

/// As Intel's manual describes TDPBF16PS, TILELOADD and TILESTORED.
class PlainTiles {
 public:
  void configure(const cpu::TileShape& shape) {
    shape_ = shape;
    for (auto& tile : c_) std::fill_n(tile, 256, std::nanf(""));
    configured_ = true;
  }
  void release() { configured_ = false; }
  void begin(int i, int j, const float* from, int64_t row) {
    for (int64_t r = 0; r < rows(i); ++r)
      for (int64_t k = 0; k < columns(j); ++k) c_[2 * i + j][16 * r + k] = from[r * row + k];
  }
  void end(int i, int j, float* to, int64_t row) {
    for (int64_t r = 0; r < rows(i); ++r)
      for (int64_t k = 0; k < columns(j); ++k) to[r * row + k] = c_[2 * i + j][16 * r + k];
  }
  void load_a(int i, const uint32_t* from, int64_t row) {
    for (int64_t r = 0; r < rows(i); ++r)
      for (int64_t w = 0; w < 16; ++w) a_[i][16 * r + w] = from[r * row + w];
  }
  void load_b(int j, const uint32_t* from, int64_t row) {
    for (int64_t w = 0; w < 16; ++w)
      for (int64_t k = 0; k < columns(j); ++k) b_[j][16 * w + k] = from[w * row + k];
  }
  void multiply(int i, int j) {
    for (int64_t r = 0; r < rows(i); ++r)
      for (int64_t k = 0; k < columns(j); ++k) {
        float low = 0, high = 0;
        for (int64_t w = 0; w < 16; ++w) {
          low = std::fmaf(lower_of(a_[i][16 * r + w]), lower_of(b_[j][16 * w + k]), low);
          high = std::fmaf(upper_of(a_[i][16 * r + w]), upper_of(b_[j][16 * w + k]), high);
        }
        c_[2 * i + j][16 * r + k] += low + high;
      }
  }

 private:
  int64_t rows(int i) const { return used(shape_.rows[i]); }
  int64_t columns(int j) const { return used(shape_.columns[j]); }
  int64_t used(int64_t n) const {
    if (!configured_ || n < 1 || n > 16) throw std::logic_error("a tile that is not configured");
    return n;
  }
  cpu::TileShape shape_;
  bool configured_ = false;
  float c_[4][256];
  uint32_t a_[2][256], b_[2][256];
};

std::vector<uint32_t> words(Random& random, int64_t n) {
  std::vector<uint32_t> v(static_cast<size_t>(n));
  for (uint32_t& w : v) {
    const auto half = [&] { return std::bit_cast<uint32_t>(static_cast<float>(real(random, -2, 2))) & 0xFFFF0000u; };
    w = half() >> 16 | half();
  }
  return v;
}

void check(Random& random, int64_t m, int64_t n, int64_t k) {
  const int64_t pieces = pick(random, 1, 3), a_piece = m * k, b_row = (n + 15) / 16 * 16, c_row = n + pick(random, 0, 3);
  const bool turned = pick(random, 0, 1) == 1, bias = pick(random, 0, 1) == 1;
  const auto a = words(random, pieces * a_piece), b = words(random, pieces * k * b_row);
  std::vector<float> c(static_cast<size_t>(m * c_row), 7.0f), row_bias;
  for (int64_t i = 0; i < m; ++i) row_bias.push_back(static_cast<float>(real(random, -1, 1)));
  const int64_t a_row = turned ? 1 : k, a_col = turned ? m : 1;
  cpu::tile_gemm<PlainTiles>({.m = m, .n = n, .k = k, .a = a.data(), .a_row = a_row, .a_col = a_col, .b = b.data(), .b_row = b_row,
                              .c = c.data(), .c_row = c_row, .row_bias = bias ? row_bias.data() : nullptr, .pieces = pieces, .a_piece = a_piece});
  int64_t wrong = 0;
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < c_row; ++j) {
      const float sum = j >= n ? 7.0f : product_of(pieces, k, bias ? row_bias[static_cast<size_t>(i)] : 0, true, [&](int64_t p, int64_t q) {
        return std::pair(a[static_cast<size_t>(p * a_piece + i * a_row + q * a_col)], b[static_cast<size_t>((p * k + q) * b_row + j)]);
      });
      wrong += c[static_cast<size_t>(i * c_row + j)] != sum;
    }
  INFO(m << " x " << n << " x " << k << ", pieces " << pieces << ", turned " << turned << ", bias " << bias);
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("a product by tiles", "[bf16]") {
  Random random(5);
  for (const int64_t m : {1, 15, 16, 17, 31, 32, 33, 70})
    for (const int64_t n : {1, 16, 17, 32, 47})
      for (const int64_t k : {1, 8, 16, 17, 40}) check(random, m, n, k);
  for (int i = 0; i < 50; ++i) check(random, pick(random, 1, 80), pick(random, 1, 80), pick(random, 1, 60));
}
