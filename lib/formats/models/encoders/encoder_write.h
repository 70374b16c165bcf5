// SPDX-License-Identifier: MIT
// A model of ours as the folder of a sentence encoder.
#pragma once

#include <vector>

#include "formats/format.h"
#include "model/model_file.h"

namespace nn {

/// config.json, model.safetensors, tokenizer.json, vocab.txt and what follows the encoder, as sentence-transformers
/// keeps them. UsageError when the layers are not those of a BERT or MPNet with a pooling behind it, and nothing else,
/// or when the model has no tokenizer.
std::vector<ForeignFile> encoder_files(const Model& model);

}  // namespace nn
