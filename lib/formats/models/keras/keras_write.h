// SPDX-License-Identifier: MIT
// A model of ours as Keras writes it.
#pragma once

#include <string>
#include <vector>

#include "formats/models/model_format.h"

namespace nn {

struct KerasOptions : FormatOptions {
  bool logits = false;  ///< leave out the softmax or sigmoid that the loss does here
  void declare_reading(OptionSet&) {}
  void declare_writing(OptionSet& set);
};

std::vector<ForeignFile> write_keras(const Model& model, const KerasOptions& options);
std::vector<ForeignFile> write_keras_weights(const Model& model, const KerasOptions& options);
std::vector<ForeignFile> write_keras_h5(const Model& model, const KerasOptions& options);

}  // namespace nn
