// SPDX-License-Identifier: MIT
// The tile unit (AMX) behind tile_gemm.h: tiles 0 to 3 hold a block of c, 4 and 5 rows of a, 6 and 7 columns of b. A thread
// has tiles of its own; they hold nothing between two products.
#pragma once

#include <immintrin.h>

#include "backend/cpu/tile_gemm.h"

namespace nn::cpu::NN_ISA {

class Tiles {
 public:
  void configure(const TileShape& shape) {
    alignas(64) Configuration c{};
    c.palette = 1;
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 2; ++j)
        if (shape.rows[i] && shape.columns[j]) set(c, 2 * i + j, shape.rows[i], shape.columns[j]);
    for (int i = 0; i < 2; ++i) {
      if (shape.rows[i]) set(c, 4 + i, shape.rows[i], tile_side);
      if (shape.columns[i]) set(c, 6 + i, tile_side, shape.columns[i]);
    }
    written(&c);
    _tile_loadconfig(&c);
  }
  void release() { _tile_release(); }

  void begin(int i, int j, const float* from, int64_t row) {
    written(from);
    switch (2 * i + j) {
      case 0: _tile_loadd(0, from, 4 * row); break;
      case 1: _tile_loadd(1, from, 4 * row); break;
      case 2: _tile_loadd(2, from, 4 * row); break;
      default: _tile_loadd(3, from, 4 * row);
    }
  }
  void end(int i, int j, float* to, int64_t row) {
    switch (2 * i + j) {
      case 0: _tile_stored(0, to, 4 * row); break;
      case 1: _tile_stored(1, to, 4 * row); break;
      case 2: _tile_stored(2, to, 4 * row); break;
      default: _tile_stored(3, to, 4 * row);
    }
  }
  void load_a(int i, const uint32_t* from, int64_t row) {
    written(from);
    if (i == 0) _tile_loadd(4, from, 4 * row);
    else _tile_loadd(5, from, 4 * row);
  }
  void load_b(int j, const uint32_t* from, int64_t row) {
    written(from);
    if (j == 0) _tile_loadd(6, from, 4 * row);
    else _tile_loadd(7, from, 4 * row);
  }
  void multiply(int i, int j) {
    switch (2 * i + j) {
      case 0: _tile_dpbf16ps(0, 4, 6); break;
      case 1: _tile_dpbf16ps(1, 4, 7); break;
      case 2: _tile_dpbf16ps(2, 5, 6); break;
      default: _tile_dpbf16ps(3, 5, 7);
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

  static void set(Configuration& c, int tile, int64_t rows, int64_t words) {
    c.rows[tile] = static_cast<uint8_t>(rows);
    c.row_bytes[tile] = static_cast<uint16_t>(4 * words);
  }
  /// What p points to is in memory: the compiler does not know what a load of a tile reads.
  static void written(const void* p) { asm volatile("" : : "r"(p) : "memory"); }
};

}  // namespace nn::cpu::NN_ISA
