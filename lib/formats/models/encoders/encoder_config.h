// SPDX-License-Identifier: MIT
// Sentence encoders as Hugging Face's transformers and sentence-transformers keep them: a folder, or an archive of one,
// with config.json, weights, a tokenizer, and what follows the encoder in modules.json and 1_Pooling/config.json.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/text/json.h"

namespace nn {

/// Files of such a folder, by their names in it.
using EncoderFiles = std::map<std::string, std::vector<std::byte>>;

struct EncoderConfig {
  std::string type;  ///< "bert" or "mpnet"
  int64_t vocabulary = 0, width = 0, layers = 0, heads = 0, inner = 0;
  int64_t positions = 0, first = 0;  ///< rows of the table of positions, and the first that is used
  int64_t types = 0;                 ///< of tokens; 0: none
  int64_t buckets = 0;               ///< of relative positions; 0: none
  double epsilon = 0;                ///< of layer norm
  int64_t most_tokens = 0;           ///< of a text
  std::string pool = "mean";         ///< "mean", "cls" or "max"
  bool unit_length = false;
  std::vector<std::string> notes;  ///< what was guessed, a sentence each

  std::string text() const;  ///< in the layer language
};

/// Error, with file and member, for what is not there or not supported: expected and found.
EncoderConfig read_encoder_config(const EncoderFiles& files);

}  // namespace nn
