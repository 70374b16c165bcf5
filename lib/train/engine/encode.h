// SPDX-License-Identifier: MIT
// nn-prep --encode: what a sentence encoder makes of the texts of a data set, as features.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/log.h"
#include "base/options.h"
#include "base/system/budget.h"
#include "data/dataset.h"
#include "data/tokens.h"
#include "model/model_file.h"

namespace nn {

class Backend;

struct EncodeOptions {
  std::string model = {};   ///< that takes texts, of ours or as another program has it; empty: not asked for
  std::string pool = {};    ///< mean, cls or max; empty: as the model does
  std::string window = {};  ///< "mean" or "mean,overlap=N"; empty: texts are cut
  std::string reuse = {};   ///< features that were made before of some of the texts; empty: none
  bool unit_length = false, raw = false;  ///< with l2norm at the end, or without; neither: as the model has it

  void declare(OptionSet& set);
  /// UsageError for options that have no effect or exclude each other.
  void check(const OptionSet& given) const;
  /// Gives every split a column "features" {N,D}. texts: which tokenizer, when it is not the model's, and how many
  /// tokens of a text. What is cut off is said. Error for a split without texts, and for a model that does not take
  /// them.
  void apply(Dataset& data, const TokenizeOptions& texts, const Log& log, const Budget& budget, int threads,
             const std::function<void(int64_t done, int64_t all)>& progress = {}) const;
};

/// The layers of an encoder that takes `most` tokens a text (0: as many as it says), with another pooling at its end
/// (empty: as it has), and with or without l2norm behind it.
enum class UnitLength { as_it_is, yes, no };
std::string encoder_layers(const std::string& layers, int64_t most, const std::string& pool, UnitLength unit);

/// Texts as windows of `most` tokens, the first and last token of the text around each; neighbours share `overlap`
/// tokens, and the last may be shorter. of: tokens of whole texts, with those at the ends. count: windows of each text.
Column windows_of(const Column& of, int64_t most, int64_t overlap, std::vector<int64_t>& count);

/// Outputs of the model for each sample of a column of tokens {N,D}. A text's do not depend on the other texts.
h5::Array encode(const Column& tokens, const Model& model, Backend& backend, const Budget& budget,
                 const std::function<void(int64_t done, int64_t all)>& progress = {});

}  // namespace nn
