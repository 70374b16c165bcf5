// SPDX-License-Identifier: MIT
// BertNormalizer of Hugging Face's tokenizers (normalizers/bert.rs), a code point at a time, so that a text of any
// length takes no memory: characters are cleaned, ideographs set apart, accents stripped, letters made small.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "text/unicode.h"

namespace nn {

struct NormalizerRules {
  bool clean = true;          ///< drop what is_removed(), make what is_blank() a blank
  bool ideographs = true;     ///< a blank before and behind each
  bool strip_accents = true;  ///< decompose, drop marks
  bool lowercase = true;
};

/// Gives each character of the normalized text to out(char32_t).
template <class Out>
class Normalizer {
 public:
  Normalizer(const NormalizerRules& rules, Out out) : rules_(rules), out_(std::move(out)) {}

  void feed(char32_t c) {
    if (rules_.clean) {
      if (is_removed(c)) return;
      if (is_blank(c)) c = U' ';
    }
    const bool apart = rules_.ideographs && is_ideograph(c);
    if (apart) decompose(U' ');
    decompose(c);
    if (apart) decompose(U' ');
  }
  /// Behind the last character, and before one that goes another way to the same place.
  void flush() {
    if (combining_.empty()) return;
    std::ranges::stable_sort(combining_, {}, &std::pair<int, char32_t>::first);
    for (const auto& [order, c] : combining_) lower(c);
    combining_.clear();
  }

 private:
  /// Of characters that combine with one letter so many are put into their canonical order. A word with more of them
  /// is too long for any vocabulary, whatever their order.
  static constexpr size_t most_combining = 1024;

  void decompose(char32_t c) {
    if (!rules_.strip_accents) return lower(c);
    Characters made;
    for (const char32_t d : decomposition(c, made)) {
      if (is_mark(d)) continue;
      const int order = combining_class(d);
      if (!order || combining_.size() == most_combining) flush();
      if (order)
        combining_.emplace_back(order, d);
      else
        lower(d);
    }
  }
  void lower(char32_t c) {
    if (!rules_.lowercase) return out_(c);
    Characters made;
    for (const char32_t d : lower_case(c, made)) out_(d);
  }

  NormalizerRules rules_;
  Out out_;
  std::vector<std::pair<int, char32_t>> combining_;  ///< class and character, as they came
};

}  // namespace nn
