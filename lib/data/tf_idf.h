// SPDX-License-Identifier: MIT
// nn-prep --tf-idf: how often each word stands in a text, as features. Source: scikit-learn's TfidfVectorizer, whose
// values with its usual settings these are.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/options.h"
#include "base/system/budget.h"
#include "data/dataset.h"

namespace nn {

struct TfIdfOptions {
  int64_t words = 0;  ///< columns at most: those of the words that stand in most texts of train; 0: not asked for

  void declare(OptionSet& set);
  /// Gives every split a column "features" {N,D}, named by words: count * (ln((1+n)/(1+texts with it)) + 1), n texts in
  /// train, each row of unit length (zeros where it has none of the words). Words and their weights are those of the
  /// split train. Error for a split without texts, and without a split train.
  void apply(Dataset& data, const Log& log, const Budget& budget) const;
};

/// Gives words of two characters or more: letters, digits and '_', in lower case; all else, bytes that are not UTF-8
/// included, ends a word. Those of more than 1000 characters are left out.
void each_word(std::string_view text, const std::function<void(const std::string&)>& word);

}  // namespace nn
