// SPDX-License-Identifier: MIT
#include "text/unicode.h"

#include <algorithm>
#include <cstddef>

namespace nn {
namespace {

struct CodeRange {
  char32_t first, last;
};
template <size_t most>
struct Replacement {
  char32_t from;
  int size;
  char32_t to[most];
};
struct CombiningClass {
  char32_t of;
  int order;
};
#include "text/unicode_tables.inc"

template <size_t n>
bool within(const CodeRange (&ranges)[n], char32_t c) {
  const CodeRange* range = std::ranges::lower_bound(ranges, c, {}, &CodeRange::last);
  return range != std::end(ranges) && range->first <= c;
}

template <size_t n, size_t most>
std::span<const char32_t> replaced(const Replacement<most> (&rows)[n], char32_t c, Characters& made) {
  const auto* row = std::ranges::lower_bound(rows, c, {}, &Replacement<most>::from);
  if (row != std::end(rows) && row->from == c) return {row->to, static_cast<size_t>(row->size)};
  made[0] = c;
  return {made.data(), 1};
}

// The Unicode Standard, section 3.12.
constexpr char32_t hangul = 0xAC00, leading = 0x1100, vowel = 0x1161, trailing = 0x11A7;
constexpr char32_t hangul_count = 11172, trailing_count = 28, block = 588;

}  // namespace

bool is_removed(char32_t c) { return within(removed_ranges, c); }
bool is_blank(char32_t c) { return within(space_ranges, c); }
bool is_ideograph(char32_t c) { return within(cjk_ranges, c); }
bool is_mark(char32_t c) { return within(mark_ranges, c); }
bool is_white(char32_t c) { return within(white_ranges, c); }
bool is_punctuation(char32_t c) { return within(punct_ranges, c); }

int combining_class(char32_t c) {
  const CombiningClass* row = std::ranges::lower_bound(order_rows, c, {}, &CombiningClass::of);
  return row != std::end(order_rows) && row->of == c ? row->order : 0;
}

std::span<const char32_t> decomposition(char32_t c, Characters& made) {
  if (c < hangul || c >= hangul + hangul_count) return replaced(nfd_rows, c, made);
  const char32_t i = c - hangul;
  made[0] = leading + i / block;
  made[1] = vowel + i % block / trailing_count;
  made[2] = trailing + i % trailing_count;
  return {made.data(), i % trailing_count ? size_t{3} : size_t{2}};
}

std::span<const char32_t> lower_case(char32_t c, Characters& made) { return replaced(lower_rows, c, made); }

}  // namespace nn
