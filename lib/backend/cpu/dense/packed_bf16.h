// SPDX-License-Identifier: MIT
// Arrays of words (bf16.h), of one part or of three.
#pragma once

#include "backend/cpu/kernels/bf16.h"
#include "backend/cpu/plan/step.h"

namespace nn::cpu {

constexpr int64_t words_line = 16;  ///< rows and parts lie so many words further apart: strides of 2 or 4 KB alias

class PackedBf16 {
 public:
  PackedBf16() = default;
  PackedBf16(const StepData& d, int parts, int64_t size)
      : apart_(size + words_line), words_(d.array<uint32_t>(parts * apart_)) {}
  WordMatrix at(int64_t place, int64_t row) const { return {words_.get() + place, row, apart_}; }
  size_t bytes() const { return words_.bytes(); }

 private:
  int64_t apart_ = 0;
  Aligned<uint32_t> words_;
};

/// How a left factor of so many rows and words lies: in tiles, the parts of each side by side, so that a product reads
/// it from one end to the other; or in rows.
struct LeftLayout {
  LeftLayout() = default;
  LeftLayout(int parts, int64_t rows, int64_t words, bool tiled) {
    const int64_t n = round_up(rows, bf16_side), along = round_up(words, bf16_side), tile = bf16_side * bf16_side;
    row = tiled ? bf16_side : along + words_line;
    step = tiled ? parts * tile : bf16_side;
    block = tiled ? along / bf16_side * step + words_line : bf16_side * row;
    apart = tiled ? tile : n * row + words_line;
    size = tiled ? n / bf16_side * block : parts * apart;
  }
  WordMatrix in(uint32_t* words) const { return {words, row, apart, step, block}; }
  int64_t row = 0, step = 0, block = 0, apart = 0;
  int64_t size = 0;  ///< words in all
};

class PackedLhs {
 public:
  PackedLhs() = default;
  /// count: of them, one behind the other.
  PackedLhs(const StepData& d, const LeftLayout& layout, int64_t count = 1)
      : layout_(layout), words_(d.array<uint32_t>(count * layout.size + words_line)) {}
  /// From that row and word on, multiples of bf16_side.
  WordMatrix at(int64_t row, int64_t word, int64_t i = 0) const {
    WordMatrix m = layout_.in(words_.get() + i * layout_.size);
    m.at += m.place(row, word);
    return m;
  }
  size_t bytes() const { return words_.bytes(); }

 private:
  LeftLayout layout_;
  Aligned<uint32_t> words_;
};

inline void set_a(Bf16Gemm& g, int parts, const WordMatrix& a) {
  g.a = a.at, g.a_row = a.row, g.a_step = a.step, g.a_block = a.block, g.a_apart = a.apart, g.a_parts = parts;
}
inline void set_b(Bf16Gemm& g, int parts, const WordMatrix& b) {
  g.b = b.at, g.b_row = b.row, g.b_apart = b.apart, g.b_parts = parts;
}

}  // namespace nn::cpu
