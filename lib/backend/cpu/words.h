// SPDX-License-Identifier: MIT
// Arrays of words (bf16.h), of one part or of three.
#pragma once

#include "backend/cpu/bf16.h"
#include "backend/cpu/floats.h"

namespace nn::cpu {

class Words {
 public:
  static constexpr int64_t line = 16;  ///< rows and parts lie so many words further apart: strides of 2 or 4 KB alias

  Words() = default;
  Words(int parts, int64_t size) : parts_(parts), apart_(size + line), words_(parts * apart_) {}
  WordMatrix at(int64_t place, int64_t row) const { return {words_.get() + place, row, apart_}; }
  int parts() const { return parts_; }
  size_t bytes() const { return words_.bytes(); }

 private:
  int parts_ = 1;
  int64_t apart_ = 0;
  Aligned<uint32_t> words_;
};

inline void set_a(Bf16Gemm& g, int parts, const WordMatrix& a) { g.a = a.at, g.a_row = a.row, g.a_apart = a.apart, g.a_parts = parts; }
inline void set_b(Bf16Gemm& g, int parts, const WordMatrix& b) { g.b = b.at, g.b_row = b.row, g.b_apart = b.apart, g.b_parts = parts; }

}  // namespace nn::cpu
