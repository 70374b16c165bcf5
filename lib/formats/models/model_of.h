// SPDX-License-Identifier: MIT
// A foreign model as one of ours: its architecture, or the layers that the user names, with its tensors in place.
#pragma once

#include <string>

#include "base/log.h"
#include "formats/models/model_format.h"

namespace nn {

/// What may be said of a model in whatever format it comes.
struct ModelReading {
  std::string layers;  ///< --layers: text, file or name; empty: the file's own
  std::string input;   ///< --input: "1x28x28"; empty: as the file says, or as the weights allow
  std::string recipe;  ///< --recipe: lines of a recipe between ';', or a file of ours with one
  void declare(OptionSet& set);
};

/// Reads with the reader of the format and makes it a model of ours. classes: as --classes says; empty: the file's.
Model read_foreign_model(const std::string& input, ModelReader& reader, const ModelReading& reading,
                         const std::string& classes, FormatOptions options);

/// Error that lists what is missing where not every parameter has a tensor, and for a file without an architecture when
/// there are no layers either. What was guessed, and what was left over, is said on options.log. shown: the file.
Model model_of(ForeignModel from, const ModelReading& reading, const FormatOptions& options, const std::string& shown);

/// The input that layers and tensors allow: images of one size, or features. Error when several sizes do, or none.
Shape guessed_input(const std::string& layers, const ForeignModel& from, const FormatOptions& options);

}  // namespace nn
