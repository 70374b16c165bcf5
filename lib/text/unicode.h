// SPDX-License-Identifier: MIT
// What the BERT normalizer and pre-tokenizer of Hugging Face's tokenizers 0.23.3 make of each code point. That library
// mixes three versions of Unicode, so these tables are recorded from it (unicode_tables.py) and agree with no other.
#pragma once

#include <array>
#include <span>

namespace nn {

bool is_removed(char32_t c);      ///< control, format and private characters, but not \t \n \r
bool is_blank(char32_t c);        ///< becomes U+0020 where text is cleaned
bool is_ideograph(char32_t c);    ///< a word of its own
bool is_mark(char32_t c);         ///< category Mn: dropped where accents are stripped
bool is_white(char32_t c);        ///< ends a word
bool is_punctuation(char32_t c);  ///< ends a word and is one; all ASCII symbols are
int combining_class(char32_t c);  ///< of the combining characters that are no marks; 0 for all others

using Characters = std::array<char32_t, 4>;
/// Canonical decomposition, Hangul syllables included; the character alone where there is none. Into `made`.
std::span<const char32_t> decomposition(char32_t c, Characters& made);
/// Lower case of the character by itself.
std::span<const char32_t> lower_case(char32_t c, Characters& made);

}  // namespace nn
