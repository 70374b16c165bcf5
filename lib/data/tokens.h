// SPDX-License-Identifier: MIT
// nn-prep --tokenize: the column "tokens" of the column "text".
#pragma once

#include <cstdint>
#include <string>

#include "base/log.h"
#include "base/options.h"
#include "base/system/budget.h"
#include "data/dataset.h"

namespace nn {

class Tokenizer;  // text/tokenizer.h
struct TokenizerSettings;

struct TokenizeOptions {
  /// tokenizer.json, vocab.txt, a folder that holds one, or a model of ours that takes texts; empty: not asked for
  std::string tokenizer = {};
  int64_t most = 0;             ///< tokens of a text, those at its ends included; 0: as the tokenizer says
  bool special_tokens = false;  ///< found in texts

  void declare(OptionSet& set);
  /// UsageError for options that have no effect. encodes: by a model, which has a tokenizer of its own.
  void check(const OptionSet& given, bool encodes) const;
  /// Gives every split a column "tokens", and says how much was cut off. Error for a split without texts.
  void apply(Dataset& data, const Log& log, const Budget& budget, int threads) const;
};

/// What happened to the texts of a data set.
struct TokenizeReport {
  int64_t texts = 0, longer = 0;  ///< of these, that were cut off
  int64_t tokens = 0, cut = 0;    ///< of all; of these, that were left out
  int64_t unknown = 0, invalid_bytes = 0;
  int64_t special = 0;  ///< texts in which a special token is written, where these are taken for words
  TokenizeReport& operator+=(const TokenizeReport& more);
};
/// The same tokens for any number of threads. most: of a text; 0: all.
TokenizeReport tokenize(Dataset& data, const Tokenizer& tokenizer, int64_t most, bool special_tokens,
                        const Budget& budget, int threads);
/// What was cut off (limit: of tokens; hint: what would keep more) and dropped, a sentence each.
std::vector<std::string> notes_on_texts(const TokenizeReport& report, int64_t limit, const std::string& hint);
/// Says that.
void say_of_texts(const TokenizeReport& report, int64_t limit, const std::string& hint, const Log& log);
/// Of tokenizer.json, vocab.txt, a folder that holds one, or a model of ours that takes texts.
TokenizerSettings read_any_tokenizer(const std::string& file, const Budget& budget);

}  // namespace nn
