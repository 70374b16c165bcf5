// SPDX-License-Identifier: MIT
// Models of other programs where a tool reads a model of ours: such a file becomes the bytes of one.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/text/json.h"
#include "formats/models/model_of.h"

namespace nn {

/// The model file of ours that a file of another program becomes; empty where it is no model of another program.
/// UsageError for options of reading that have no effect on one of ours.
std::vector<std::byte> as_model_file(const std::string& file, const ModelReading& reading, const Log& log,
                                     const Budget& budget);

/// Name, shape and element type of each tensor of a foreign file that holds weights without layers; null for any other
/// file.
Json tensors_of_file(const std::string& file, const Log& log, const Budget& budget);
/// The same as lines, with the name of the file above them.
std::string tensors_text(const std::string& file, const Json& tensors);

/// The options of a tool that reads models, with those of foreign ones.
template <class Options>
struct WithForeignModels : Options {
  ModelReading foreign;
  void declare(OptionSet& set) {
    Options::declare(set);
    foreign.declare(set);
  }
  /// For cli::ToolInfo::foreign_model.
  auto reader() const {
    return [this](const std::string& file, const Log& log, const Budget& budget) {
      return as_model_file(file, foreign, log, budget);
    };
  }
};

}  // namespace nn
