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

struct TokenizeOptions {
  std::string tokenizer;        ///< tokenizer.json, vocab.txt, or a folder that holds one; empty: not asked for
  int64_t most = 512;           ///< tokens of a text, those at its ends included
  bool special_tokens = false;  ///< found in texts

  void declare(OptionSet& set);
  /// UsageError for options that have no effect.
  void check(const OptionSet& given) const;
  /// Gives every split a column "tokens", and says how much was cut off. Error for a split without texts.
  void apply(Dataset& data, const Log& log, const Budget& budget, int threads) const;
};

/// What happened to the texts of a data set.
struct TokenizeReport {
  int64_t texts = 0, longer = 0;  ///< of these, that were cut off
  int64_t tokens = 0, cut = 0;    ///< of all; of these, that were left out
  int64_t unknown = 0, invalid_bytes = 0;
  TokenizeReport& operator+=(const TokenizeReport& more);
};
/// The same tokens for any number of threads.
TokenizeReport tokenize(Dataset& data, const Tokenizer& tokenizer, int64_t most, bool special_tokens,
                        const Budget& budget, int threads);

}  // namespace nn
