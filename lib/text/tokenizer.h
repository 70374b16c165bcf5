// SPDX-License-Identifier: MIT
// Text to token ids, exactly as Hugging Face's tokenizers 0.23.3 does it for models of the BERT family: BertNormalizer,
// BertPreTokenizer, WordPiece, the tokens at both ends. No padding.
//
//   const Tokenizer tokenizer(read_tokenizer_json(text));
//   TextEncoder encoder(tokenizer, {.most = 256});              // one for each thread
//   std::vector<int32_t> ids;
//   const TextCount count = encoder.encode("A text.", ids);     // appends 101 1037 3793 1012 102
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/normalizer.h"
#include "text/vocabulary.h"

namespace nn {

/// A token that is found in a text as it is written, before the text is cut into words.
struct AddedToken {
  std::string text;
  int32_t id = 0;
  bool takes_blanks_before = false, takes_blanks_behind = false;
  bool normalized = false;  ///< it is looked for in the normalized text
};

struct TokenizerSettings {
  std::vector<std::string> vocabulary;  ///< pieces by id
  std::string continuing = "##";        ///< what pieces begin with that do not begin a word
  NormalizerRules rules;
  int64_t longest_word = 100;  ///< characters; a longer word is `unknown`. 1 to 1000
  std::string unknown = "[UNK]", first = "[CLS]", last = "[SEP]", padding = "[PAD]";
  std::vector<AddedToken> added;
  int64_t most = 512;  ///< tokens of a text that its model takes, those at the ends included
};

class Tokenizer {
 public:
  /// Error for settings that make no sense together: an unknown, first or last token that the vocabulary lacks, a piece
  /// that is there twice.
  explicit Tokenizer(TokenizerSettings settings);

  const TokenizerSettings& settings() const { return settings_; }
  const Vocabulary& vocabulary() const { return vocabulary_; }
  int32_t unknown() const { return unknown_; }
  int32_t first() const { return first_; }
  int32_t last() const { return last_; }

 private:
  TokenizerSettings settings_;  ///< without its vocabulary, which stands in vocabulary_
  Vocabulary vocabulary_;
  int32_t unknown_ = 0, first_ = 0, last_ = 0;
};

struct TextCount {
  int64_t tokens = 0;         ///< of the whole text, with those at the ends
  int64_t cut = 0;            ///< of these, that were left out
  int64_t unknown = 0;        ///< words that the vocabulary cannot spell
  int64_t invalid_bytes = 0;  ///< that are not UTF-8: they are dropped, as if they were not there
};

/// Encodes texts one after the other and remembers the words that it has seen; a text's ids depend on nothing but the
/// text. One for each thread.
class TextEncoder {
 public:
  struct Options {
    int64_t most = 0;  ///< tokens of a text, with those at the ends; the rest is cut off. 0: no limit. 2 or more
    bool ends = true;  ///< put first and last around the text
    bool added_tokens = false;  ///< find added tokens in the text; else "[SEP]" is a word in brackets like any other
  };
  TextEncoder(const Tokenizer& tokenizer, const Options& options);
  ~TextEncoder();
  TextEncoder(TextEncoder&&) noexcept;
  /// Appends the ids of the text.
  TextCount encode(std::string_view text, std::vector<int32_t>& ids);

 private:
  struct Body;
  std::unique_ptr<Body> body_;
};

}  // namespace nn
