// SPDX-License-Identifier: MIT
// Floats, and bytes, to words (bf16.h): as they lie, turned, or two rows to one.
#pragma once

#include "backend/cpu/isa/bf16.h"
#include "backend/cpu/isa/bytes_turned.h"
#include "backend/cpu/isa/square.h"

namespace nn::cpu::NN_ISA {

/// The first n of p; 0 beyond, also for n <= 0.
inline V load_up_to(const float* p, int64_t n) { return n >= lanes ? load(p) : n > 0 ? load_part(p, n) : V{}; }

inline void bf16_pack(const float* from, int64_t rows, int64_t cols, int64_t from_row, uint32_t* to, int64_t to_row) {
  for (int64_t r = 0; r < rows; ++r, from += from_row, to += to_row) {
    int64_t c = 0;
    for (; c + 2 * lanes <= cols; c += 2 * lanes) store_words(to + c / 2, words_of_row(load(from + c), load(from + c + lanes)));
    if (c == cols) continue;
    const Words w = words_of_row(load_up_to(from + c, cols - c), load_up_to(from + c + lanes, cols - c - lanes));
    store_part(reinterpret_cast<float*>(to + c / 2), reinterpret_cast<V>(w), words_of(cols - c));
  }
}

/// row(r): where it begins.
template <class Row>
inline void pair_rows(Row row, int64_t rows, int64_t cols, uint32_t* to, int64_t to_row) {
  for (int64_t r = 0; r < rows; r += 2, to += to_row) {
    const float *first = row(r), *second = r + 1 < rows ? row(r + 1) : nullptr;
    for (int64_t c = 0; c < cols; c += lanes)
      store_words(to + c, words_of_column(load_up_to(first + c, cols - c), second ? load_up_to(second + c, cols - c) : V{}));
  }
}
inline void bf16_pack_rows(const float* from, int64_t rows, int64_t cols, int64_t from_row, uint32_t* to, int64_t to_row) {
  pair_rows([=](int64_t r) { return from + r * from_row; }, rows, cols, to, to_row);
}
inline void bf16_values_to_panel(const float* const* rows, int64_t samples, int64_t first, int64_t count, uint32_t* to) {
  pair_rows([=](int64_t r) { return rows[r] + first; }, samples, count, to, 2 * lanes);
}

template <class Row>
inline void turn(Row row, int64_t rows, int64_t cols, uint32_t* to, int64_t to_row) {
  for (int64_t r = 0; r < rows; r += lanes) {
    const int64_t n = rows - r < lanes ? rows - r : lanes;
    for (int64_t c = 0; c < cols; c += 2 * lanes) {
      const int64_t left = cols - c;
      V square[lanes];
      if (n == lanes && left >= 2 * lanes)
#pragma GCC unroll 16
        for (int k = 0; k < lanes; ++k) square[k] = reinterpret_cast<V>(words_of_row(load(row(r + k) + c), load(row(r + k) + c + lanes)));
      else
        for (int k = 0; k < lanes; ++k)
          square[k] = k < n ? reinterpret_cast<V>(words_of_row(load_up_to(row(r + k) + c, left), load_up_to(row(r + k) + c + lanes, left - lanes)))
                            : V{};
      transpose_square(square);
      uint32_t* q = to + c / 2 * to_row + r;
      const int64_t m = left < 2 * lanes ? (left + 1) / 2 : lanes;
      if (m == lanes)
#pragma GCC unroll 16
        for (int k = 0; k < lanes; ++k) store_words(q + k * to_row, reinterpret_cast<Words>(square[k]));
      else
        for (int64_t k = 0; k < m; ++k) store_words(q + k * to_row, reinterpret_cast<Words>(square[k]));
    }
  }
}
inline void bf16_pack_turned(const float* from, int64_t rows, int64_t cols, int64_t from_row, uint32_t* to, int64_t to_row) {
  turn([=](int64_t r) { return from + r * from_row; }, rows, cols, to, to_row);
}
inline void bf16_values_to_lanes(const float* const* rows, int64_t samples, int64_t first, int64_t count, uint32_t* to, int64_t to_row) {
  turn([=](int64_t r) { return rows[r] + first; }, samples, count, to, to_row);
}

inline void bf16_round(float* x, int64_t n) {
  const auto nearest = [](V v) { return reinterpret_cast<V>(words_of_column(v, v) & 0xFFFF0000u); };
  each_vector(n, [&](int64_t i) { store(x + i, nearest(load(x + i))); },
              [&](int64_t i, int64_t m) { store_part(x + i, nearest(load_part(x + i, m)), m); });
}

/// Squares of lanes pairs of rows by lanes columns.
inline void bf16_pack_columns(const float* from, int64_t rows, int64_t cols, int64_t from_row, uint32_t* to, int64_t to_row) {
  for (int64_t r = 0; r < rows; r += 2 * lanes)
    for (int64_t c = 0; c < cols; c += lanes) {
      const int64_t left = cols - c;
      V square[lanes];
#pragma GCC unroll 16
      for (int k = 0; k < lanes; ++k) {
        const float* p = from + (r + 2 * k) * from_row + c;
        const V upper = r + 2 * k < rows ? load_up_to(p, left) : V{}, lower = r + 2 * k + 1 < rows ? load_up_to(p + from_row, left) : V{};
        square[k] = reinterpret_cast<V>(words_of_column(upper, lower));
      }
      transpose_square(square);
      uint32_t* q = to + c * to_row + r / 2;
      if (left >= lanes)
#pragma GCC unroll 16
        for (int k = 0; k < lanes; ++k) store_words(q + k * to_row, reinterpret_cast<Words>(square[k]));
      else
        for (int64_t k = 0; k < left; ++k) store_words(q + k * to_row, reinterpret_cast<Words>(square[k]));
    }
}

/// Words of two bytes in each lane, of which the lower one comes first.
template <V (*value)(const ByteMap&, I)>
inline Words words_of_bytes(const ByteMap& map, U bytes) {
  return words_of_column(value(map, reinterpret_cast<I>(bytes & 255)), value(map, reinterpret_cast<I>(bytes >> 8 & 255)));
}
/// n bytes, at most 16, of lanes rows. (map is a copy: what is stored might lie where it does.)
template <V (*value)(const ByteMap&, I)>
inline void store_words_of(const I (&fours)[4], int64_t n, const ByteMap map, uint32_t* to, int64_t to_row) {
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i)
    if (2 * i < n) store_words(to + i * to_row, words_of_bytes<value>(map, reinterpret_cast<U>(fours[i / 2]) >> 16 * (i % 2)));
}
inline void some_to_words(const uint8_t* const* rows, int64_t at, int64_t n, const ByteMap& map, uint32_t* to, int64_t to_row) {
  I fours[4];
  load_fours(rows, at, fours);
  if (map.linear) store_words_of<in_line>(fours, n, map, to, to_row);
  else store_words_of<looked_up>(fours, n, map, to, to_row);
}

inline void bf16_bytes_to_lanes(const uint8_t* const* rows, int64_t samples, int64_t first, int64_t count, const ByteMap& map, uint32_t* to,
                                int64_t to_row) {
  for (int64_t r = 0; r < samples; r += lanes) {
    const uint8_t* some[lanes];
    for (int k = 0; k < lanes; ++k) some[k] = rows[r + k < samples ? r + k : samples - 1] + first;
    int64_t e = 0;
    for (; e + 16 <= count; e += 16) some_to_words(some, e, 16, map, to + e / 2 * to_row + r, to_row);
    if (e == count) continue;
    uint8_t copies[lanes][16] = {};
    for (int k = 0; k < lanes; ++k) {
      std::memcpy(copies[k], some[k] + e, static_cast<size_t>(count - e));
      some[k] = copies[k];
    }
    some_to_words(some, 0, count - e, map, to + e / 2 * to_row + r, to_row);
  }
}

inline void bf16_bytes_to_panel(const uint8_t* const* rows, int64_t samples, int64_t first, int64_t count, const ByteMap& map, uint32_t* to) {
  for (int64_t r = 0; r < samples; r += 2, to += 2 * lanes)
    for (int64_t c = 0; c < count; c += lanes) {
      const int64_t left = count - c < lanes ? count - c : lanes;
      store_words(to + c, words_of_column(values_of(map, rows[r] + first + c, left), r + 1 < samples ? values_of(map, rows[r + 1] + first + c, left) : V{}));
    }
}

}  // namespace nn::cpu::NN_ISA
