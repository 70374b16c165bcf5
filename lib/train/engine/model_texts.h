// SPDX-License-Identifier: MIT
// Texts that reach a model which has a tokenizer: cut into tokens as they are read.
#pragma once

#include <string>
#include <vector>

#include "base/system/budget.h"
#include "data/dataset.h"
#include "text/tokenizer.h"

namespace nn {

/// Whether the samples are texts, and nothing has been made of them: neither features nor tokens.
bool holds_only_texts(const Dataset& data);

/// Tokens take the place of the texts, `most` of each at most; the same for any number of threads. Returns what was cut
/// off and dropped, a sentence each.
std::vector<std::string> take_tokens(Dataset& data, const TokenizerSettings& tokenizer, int64_t most,
                                     const Budget& budget = {});

/// A dataset of one split "texts" with these texts, then those of `lines`, a text on each line (empty: none, -:
/// standard input), then the files whole.
Dataset dataset_of_texts(const std::vector<std::string>& texts, const std::string& lines,
                         const std::vector<std::string>& files, const Budget& budget);

}  // namespace nn
