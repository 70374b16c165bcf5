// SPDX-License-Identifier: MIT
// Floats, and bytes, to words (bf16.h), of one part or of three: as they lie, turned, or two rows to one.
#pragma once

#include "backend/cpu/kernels/isa/bf16.h"
#include "backend/cpu/kernels/isa/bytes_turned.h"
#include "backend/cpu/kernels/isa/square.h"

namespace nn::cpu::NN_ISA {

/// The first n of p; 0 beyond, also for n <= 0.
inline V load_up_to(const float* p, int64_t n) { return n >= lanes ? load(p) : n > 0 ? load_part(p, n) : V{}; }

template <int parts>
void bf16_pack(const float* from, int64_t rows, int64_t cols, int64_t from_row, float scale, const WordMatrix& to) {
  const V factor = all(scale);
  for (int64_t r = 0; r < rows; ++r, from += from_row) {
    uint32_t* q = to.at + to.place(r, 0);
    int64_t c = 0;
    for (; c + 2 * lanes <= cols; c += 2 * lanes)
      Parts<parts>::of_row(load(from + c) * factor, load(from + c + lanes) * factor,
                           [&](int k, PackedBf16 w) { store_words(q + k * to.apart + to.place(0, c / 2), w); });
    if (c == cols) continue;
    Parts<parts>::of_row(load_up_to(from + c, cols - c) * factor,
                         load_up_to(from + c + lanes, cols - c - lanes) * factor, [&](int k, PackedBf16 w) {
                           store_part(reinterpret_cast<float*>(q + k * to.apart + to.place(0, c / 2)),
                                      reinterpret_cast<V>(w), words_of(cols - c));
                         });
  }
}

/// row(r): where it begins.
template <int parts, class Row>
inline void pair_rows(Row row, int64_t rows, int64_t cols, const WordMatrix& to) {
  for (int64_t r = 0; r < rows; r += 2) {
    const float *first = row(r), *second = r + 1 < rows ? row(r + 1) : nullptr;
    uint32_t* q = to.at + r / 2 * to.row;
    for (int64_t c = 0; c < cols; c += lanes)
      Parts<parts>::of_column(load_up_to(first + c, cols - c), second ? load_up_to(second + c, cols - c) : V{},
                              [&](int k, PackedBf16 w) { store_words(q + k * to.apart + c, w); });
  }
}
template <int parts>
void bf16_pack_rows(const float* from, int64_t rows, int64_t cols, int64_t from_row, const WordMatrix& to) {
  pair_rows<parts>([=](int64_t r) { return from + r * from_row; }, rows, cols, to);
}
template <int parts>
void bf16_values_to_panel(const float* const* rows, int64_t samples, int64_t first, int64_t count,
                          const WordMatrix& to) {
  pair_rows<parts>([=](int64_t r) { return rows[r] + first; }, samples, count, to);
}

/// A square of each part, turned, and its first n vectors stored.
template <int parts>
inline void store_turned(V (&squares)[parts][lanes], int64_t n, uint32_t* q, const WordMatrix& to) {
#pragma GCC unroll 3
  for (int p = 0; p < parts; ++p) {
    transpose_square(squares[p]);
    uint32_t* part = q + p * to.apart;
    if (n == lanes)
#pragma GCC unroll 16
      for (int k = 0; k < lanes; ++k) store_words(part + k * to.row, reinterpret_cast<PackedBf16>(squares[p][k]));
    else
      for (int64_t k = 0; k < n; ++k) store_words(part + k * to.row, reinterpret_cast<PackedBf16>(squares[p][k]));
  }
}

/// Of one part: words are turned, half as many as floats.
template <class Row>
inline void turn_words(Row row, int64_t rows, int64_t cols, const WordMatrix& to) {
  for (int64_t r = 0; r < rows; r += lanes) {
    const int64_t n = rows - r < lanes ? rows - r : lanes;
    for (int64_t c = 0; c < cols; c += 2 * lanes) {
      const int64_t left = cols - c;
      V square[1][lanes];
      if (n == lanes && left >= 2 * lanes)
#pragma GCC unroll 16
        for (int k = 0; k < lanes; ++k)
          square[0][k] = reinterpret_cast<V>(words_of_row(load(row(r + k) + c), load(row(r + k) + c + lanes)));
      else
        for (int k = 0; k < lanes; ++k)
          square[0][k] = k < n ? reinterpret_cast<V>(words_of_row(load_up_to(row(r + k) + c, left),
                                                                  load_up_to(row(r + k) + c + lanes, left - lanes)))
                               : V{};
      store_turned<1>(square, left < 2 * lanes ? (left + 1) / 2 : lanes, to.at + c / 2 * to.row + r, to);
    }
  }
}
/// Of several: floats are turned, once for all parts.
template <int parts, class Row>
inline void turn_floats(Row row, int64_t rows, int64_t cols, const WordMatrix& to) {
  for (int64_t r = 0; r < rows; r += lanes) {
    const int64_t n = rows - r < lanes ? rows - r : lanes;
    for (int64_t c = 0; c < cols; c += lanes) {
      const int64_t left = cols - c;
      V square[lanes];
      if (n == lanes && left >= lanes)
#pragma GCC unroll 16
        for (int k = 0; k < lanes; ++k) square[k] = load(row(r + k) + c);
      else
        for (int k = 0; k < lanes; ++k) square[k] = k < n ? load_up_to(row(r + k) + c, left) : V{};
      transpose_square(square);
#pragma GCC unroll 8
      for (int k = 0; k < lanes / 2; ++k)
        if (2 * k < left)
          Parts<parts>::of_column(square[2 * k], square[2 * k + 1], [&](int part, PackedBf16 w) {
            store_words(to.at + (c / 2 + k) * to.row + r + part * to.apart, w);
          });
    }
  }
}
template <int parts, class Row>
inline void turn(Row row, int64_t rows, int64_t cols, const WordMatrix& to) {
  if constexpr (parts == 1)
    turn_words(row, rows, cols, to);
  else
    turn_floats<parts>(row, rows, cols, to);
}
template <int parts>
void bf16_pack_turned(const float* from, int64_t rows, int64_t cols, int64_t from_row, const WordMatrix& to) {
  turn<parts>([=](int64_t r) { return from + r * from_row; }, rows, cols, to);
}
template <int parts>
void bf16_values_to_lanes(const float* const* rows, int64_t samples, int64_t first, int64_t count,
                          const WordMatrix& to) {
  turn<parts>([=](int64_t r) { return rows[r] + first; }, samples, count, to);
}

/// Squares of lanes pairs of rows by lanes columns.
template <int parts>
void bf16_pack_columns(const float* from, int64_t rows, int64_t cols, int64_t from_row, const WordMatrix& to) {
  for (int64_t r = 0; r < rows; r += 2 * lanes)
    for (int64_t c = 0; c < cols; c += lanes) {
      const int64_t left = cols - c;
      V squares[parts][lanes];
#pragma GCC unroll 16
      for (int k = 0; k < lanes; ++k) {
        const float* p = from + (r + 2 * k) * from_row + c;
        const V upper = r + 2 * k < rows ? load_up_to(p, left) : V{},
                lower = r + 2 * k + 1 < rows ? load_up_to(p + from_row, left) : V{};
        Parts<parts>::of_column(upper, lower,
                                [&squares, k](int part, PackedBf16 w) { squares[part][k] = reinterpret_cast<V>(w); });
      }
      store_turned<parts>(squares, left < lanes ? left : lanes, to.at + to.place(c, r / 2), to);
    }
}

/// What makes words of bytes: their values' parts, found in line or looked up, or whole numbers as they are, exact in
/// bf16.
template <int parts, V (*value)(const ByteMap&, I)>
struct ByValue {
  template <class Take>
  static void of_column(const ByteMap& map, I upper, I lower, Take take) {
    Parts<parts>::of_column(value(map, upper), value(map, lower), take);
  }
};
struct AsTheyAre {
  template <class Take>
  static void of_column(const ByteMap&, I upper, I lower, Take take) {
    take(0, (floats(upper) >> 16) | floats(lower));
  }
  static PackedBf16 floats(I bytes) { return reinterpret_cast<PackedBf16>(__builtin_convertvector(bytes, V)); }
};
template <int parts, class Work>
inline void by_map(const ByteMap& map, Work work) {
  if (!map.linear) return work(ByValue<parts, looked_up>{});
  if constexpr (parts == 1)
    if (map.as_it_is()) return work(AsTheyAre{});
  work(ByValue<parts, in_line>{});
}

/// n bytes, at most 16, of lanes rows. (map is a copy: what is stored might lie where it does.)
template <class By>
inline void some_to_words(By, const uint8_t* const* rows, int64_t at, int64_t n, const ByteMap map,
                          const WordMatrix to) {
  I fours[4];
  load_fours(rows, at, fours);
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) {
    if (2 * i >= n) return;
    const U bytes = reinterpret_cast<U>(fours[i / 2]) >> 16 * (i % 2);
    By::of_column(map, reinterpret_cast<I>(bytes & 255), reinterpret_cast<I>(bytes >> 8 & 255),
                  [&](int k, PackedBf16 w) { store_words(to.at + i * to.row + k * to.apart, w); });
  }
}
template <int parts>
void bf16_bytes_to_lanes(const uint8_t* const* rows, int64_t samples, int64_t first, int64_t count, const ByteMap& map,
                         const WordMatrix& to) {
  by_map<parts>(map, [&](auto by) {
    for (int64_t r = 0; r < samples; r += lanes) {
      const uint8_t* some[lanes];
      for (int k = 0; k < lanes; ++k) some[k] = rows[r + k < samples ? r + k : samples - 1] + first;
      const auto from = [&](int64_t e) { return WordMatrix{to.at + e / 2 * to.row + r, to.row, to.apart}; };
      int64_t e = 0;
      for (; e + 16 <= count; e += 16) some_to_words(by, some, e, 16, map, from(e));
      if (e == count) continue;
      uint8_t copies[lanes][16] = {};
      for (int k = 0; k < lanes; ++k) {
        std::memcpy(copies[k], some[k] + e, static_cast<size_t>(count - e));
        some[k] = copies[k];
      }
      some_to_words(by, some, 0, count - e, map, from(e));
    }
  });
}

template <int parts>
void bf16_bytes_to_panel(const uint8_t* const* rows, int64_t samples, int64_t first, int64_t count, const ByteMap& map,
                         const WordMatrix& to) {
  by_map<parts>(map, [&, map, to](auto by) {
    for (int64_t r = 0; r < samples; r += 2) {
      const bool both = r + 1 < samples;
      const uint8_t *upper = rows[r] + first, *lower = rows[both ? r + 1 : r] + first;
      uint32_t* q = to.at + r / 2 * to.row;
      for (int64_t c = 0; c < count; c += lanes) {
        const int64_t n = count - c < lanes ? count - c : lanes;
        by.of_column(map, some_bytes(upper + c, n), some_bytes(lower + c, n),
                     [&](int k, PackedBf16 w) { store_words(q + k * to.apart + c, both ? w : w & 0xFFFFu); });
      }
    }
  });
}

inline void bf16_round(float* x, int64_t n) {
  const auto nearest = [](V v) { return reinterpret_cast<V>(words_of_column(v, v) & 0xFFFF0000u); };
  each_vector(
      n, [&](int64_t i) { store(x + i, nearest(load(x + i))); },
      [&](int64_t i, int64_t m) { store_part(x + i, nearest(load_part(x + i, m)), m); });
}

template <int parts>
constexpr Bf16Packs bf16_packs{
    .parts = parts,
    .pack = &bf16_pack<parts>,
    .pack_turned = &bf16_pack_turned<parts>,
    .pack_rows = &bf16_pack_rows<parts>,
    .pack_columns = &bf16_pack_columns<parts>,
    .values_to_lanes = &bf16_values_to_lanes<parts>,
    .values_to_panel = &bf16_values_to_panel<parts>,
    .bytes_to_lanes = &bf16_bytes_to_lanes<parts>,
    .bytes_to_panel = &bf16_bytes_to_panel<parts>,
};

}  // namespace nn::cpu::NN_ISA
