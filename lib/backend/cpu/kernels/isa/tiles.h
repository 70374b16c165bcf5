// SPDX-License-Identifier: MIT
// The tile unit (AMX) behind tile_gemm.h: tiles 0 to 3 hold a block of c, 4 and 5 rows of a, 6 and 7 columns of b. A
// thread has tiles of its own, which must be made ready once before products are made.
#pragma once

#include <immintrin.h>

#include "backend/cpu/kernels/tile_gemm.h"

namespace nn::cpu::NN_ISA {

class Tiles {
 public:
  /// Tiles of full width; c and a have so many rows, in the first row of tiles and in the second.
  static void repack(int64_t first = tile_side, int64_t second = tile_side) {
    alignas(64) Configuration c{};
    c.palette = 1;
    for (int i = 0; i < 8; ++i) {
      const bool is_second = i == 2 || i == 3 || i == 5;
      c.rows[i] = static_cast<uint8_t>(i >= 6 ? tile_side : is_second ? second : first);
      c.row_bytes[i] = 64;
    }
    written(&c);
    _tile_loadconfig(&c);
  }
  static void release() { _tile_release(); }

  template <int i, int j>
  void clear() {
    switch (2 * i + j) {
      case 0:
        _tile_zero(0);
        break;
      case 1:
        _tile_zero(1);
        break;
      case 2:
        _tile_zero(2);
        break;
      default:
        _tile_zero(3);
    }
  }
  template <int i, int j>
  void set(const float* from, int64_t row) {
    written(from);
    switch (2 * i + j) {
      case 0:
        _tile_loadd(0, from, 4 * row);
        break;
      case 1:
        _tile_loadd(1, from, 4 * row);
        break;
      case 2:
        _tile_loadd(2, from, 4 * row);
        break;
      default:
        _tile_loadd(3, from, 4 * row);
    }
  }
  template <int i, int j>
  void store(float* to, int64_t row) {
    switch (2 * i + j) {
      case 0:
        _tile_stored(0, to, 4 * row);
        break;
      case 1:
        _tile_stored(1, to, 4 * row);
        break;
      case 2:
        _tile_stored(2, to, 4 * row);
        break;
      default:
        _tile_stored(3, to, 4 * row);
    }
    written(to);
  }
  template <int i>
  void load_a(const uint32_t* from, int64_t row) {
    written(from);
    if (i == 0)
      _tile_loadd(4, from, 4 * row);
    else
      _tile_loadd(5, from, 4 * row);
  }
  template <int j>
  void load_b(const uint32_t* from, int64_t row) {
    written(from);
    if (j == 0)
      _tile_loadd(6, from, 4 * row);
    else
      _tile_loadd(7, from, 4 * row);
  }
  template <int i, int j>
  void multiply() {
    switch (2 * i + j) {
      case 0:
        _tile_dpbf16ps(0, 4, 6);
        break;
      case 1:
        _tile_dpbf16ps(1, 4, 7);
        break;
      case 2:
        _tile_dpbf16ps(2, 5, 6);
        break;
      default:
        _tile_dpbf16ps(3, 5, 7);
    }
  }

 private:
  /// As the instruction reads it, 64 bytes.
  struct Configuration {
    uint8_t palette, first_row, unused[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
  };
  static_assert(sizeof(Configuration) == 64);

  /// What p points to is in memory, or was written there: the compiler does not know what tiles read and write.
  static void written(const void* p) { asm volatile("" : : "r"(p) : "memory"); }
};

}  // namespace nn::cpu::NN_ISA
