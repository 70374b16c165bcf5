// SPDX-License-Identifier: MIT
// tile_gemm with tiles made of plain loops, for processors without any: every remainder, panels, tiles, bias, parts,
// sums that are put aside; nothing is written beside c.
#include <cmath>
#include <vector>

#include "backend/bf16_products.h"
#include "backend/cpu/kernels/tile_gemm.h"
#include "catch.h"

using namespace nn;
using namespace nn::test;

namespace {

/// As Intel's manual describes TDPBF16PS, TILELOADD and TILESTORED.
class PlainTiles {
 public:
  template <int i, int j>
  void clear() {
    std::fill_n(c_[2 * i + j], 256, 0.0f);
  }
  template <int i, int j>
  void set(const float* from, int64_t row) {
    for (int64_t r = 0; r < 16; ++r) std::copy_n(from + r * row, 16, c_[2 * i + j] + 16 * r);
  }
  template <int i, int j>
  void store(float* to, int64_t row) {
    for (int64_t r = 0; r < 16; ++r) std::copy_n(c_[2 * i + j] + 16 * r, 16, to + r * row);
  }
  template <int i>
  void load_a(const uint32_t* from, int64_t row) {
    load(a_[i], from, row);
  }
  template <int j>
  void load_b(const uint32_t* from, int64_t row) {
    load(b_[j], from, row);
  }
  template <int i, int j>
  void multiply() {
    for (int64_t r = 0; r < 16; ++r)
      for (int64_t k = 0; k < 16; ++k) {
        float low = 0, high = 0;
        for (int64_t w = 0; w < 16; ++w) {
          low = std::fmaf(lower_of(a_[i][16 * r + w]), lower_of(b_[j][16 * w + k]), low);
          high = std::fmaf(upper_of(a_[i][16 * r + w]), upper_of(b_[j][16 * w + k]), high);
        }
        c_[2 * i + j][16 * r + k] += low + high;
      }
  }

 private:
  static void load(uint32_t (&tile)[256], const uint32_t* from, int64_t row) {
    for (int64_t r = 0; r < 16; ++r) std::copy_n(from + r * row, 16, tile + 16 * r);
  }
  float c_[4][256] = {};
  uint32_t a_[2][256] = {}, b_[2][256] = {};
};

std::vector<uint32_t> words(Random& random, int64_t n) {
  std::vector<uint32_t> v(static_cast<size_t>(n));
  for (uint32_t& w : v) {
    const auto half = [&] { return std::bit_cast<uint32_t>(static_cast<float>(real(random, -2, 2))) & 0xFFFF0000u; };
    w = half() >> 16 | half();
  }
  return v;
}

void check(Random& random, int64_t m, int64_t n, int64_t steps, int a_parts, int b_parts) {
  const bool panels = pick(random, 0, 1) == 1, bias = pick(random, 0, 1) == 1;
  const bool tiled = pick(random, 0, 1) == 1, c_panels = pick(random, 0, 1) == 1;
  const int64_t k = 16 * steps, a_row = tiled ? 16 : k + pick(random, 0, 3), b_row = panels ? 32 : (n + 15) / 16 * 16;
  const int64_t a_step = tiled ? 256 * a_parts : 16, a_block = tiled ? steps * a_step + pick(random, 0, 3) : 16 * a_row;
  const int64_t b_panel = panels ? k * 32 + pick(random, 0, 3) : 0, c_row = (c_panels ? 32 : n) + pick(random, 0, 3);
  const int64_t c_panel = c_panels ? m * c_row + pick(random, 0, 3) : 0,
                c_size = c_panels ? (n + 31) / 32 * c_panel : m * c_row;
  const int64_t a_size = (m + 15) / 16 * a_block, a_apart = tiled ? 256 : a_size + pick(random, 0, 3),
                b_apart = (panels ? (n + 31) / 32 * b_panel : k * b_row) + pick(random, 0, 3);
  const auto a = words(random, (a_parts - 1) * a_apart + a_size), b = words(random, b_parts * b_apart);
  std::vector<float> c(static_cast<size_t>(c_size), 7.0f), row_bias;
  for (int64_t i = 0; i < m; ++i) row_bias.push_back(static_cast<float>(real(random, -1, 1)));
  cpu::tile_gemm<PlainTiles>({.m = m,
                              .n = n,
                              .k = k,
                              .a = a.data(),
                              .a_row = a_row,
                              .a_step = a_step,
                              .a_block = a_block,
                              .b = b.data(),
                              .b_row = b_row,
                              .b_panel = b_panel,
                              .c = c.data(),
                              .c_row = c_row,
                              .c_panel = c_panel,
                              .row_bias = bias ? row_bias.data() : nullptr,
                              .a_parts = a_parts,
                              .b_parts = b_parts,
                              .a_apart = a_apart,
                              .b_apart = b_apart});
  std::vector<float> expected(c.size(), 7.0f);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j)
      expected[static_cast<size_t>(i * c_row + (c_panels ? j / 32 * c_panel + j % 32 : j))] = product_of(
          k, bias ? row_bias[static_cast<size_t>(i)] : 0, true, a_parts, b_parts, [&](int64_t q, int p, int r) {
            return std::pair(
                a[static_cast<size_t>(p * a_apart + i / 16 * a_block + i % 16 * a_row + q / 16 * a_step + q % 16)],
                b[static_cast<size_t>(r * b_apart + (panels ? j / 32 * b_panel + q * 32 + j % 32 : q * b_row + j))]);
          });
  INFO(m << " x " << n << " x " << k << ", panels " << panels << ", tiled " << tiled << ", panels of c " << c_panels
         << ", bias " << bias << ", parts " << a_parts << ", " << b_parts);
  CHECK(c == expected);
}

}  // namespace

TEST_CASE("a product by tiles", "[bf16]") {
  Random random(5);
  for (const int64_t m : {1, 15, 16, 17, 31, 32, 33, 70})
    for (const int64_t n : {1, 16, 17, 32, 47})
      for (const int64_t steps : {1, 2, 5}) check(random, m, n, steps, 1, 1);
  for (const auto& [a_parts, b_parts] : {std::pair(1, 1), {3, 1}, {3, 3}})
    for (int i = 0; i < 50; ++i)
      check(random, pick(random, 1, 80), pick(random, 1, 80), pick(random, 1, 10), a_parts, b_parts);
}
