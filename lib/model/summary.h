// SPDX-License-Identifier: MIT
// What a network is made of: a row per layer with output shape, parameters and multiply-adds of one sample's forward
// pass.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/network.h"

namespace nn {

struct LayerSummary {
  std::string name, text;           ///< "conv1", "conv:6,5"
  std::vector<std::string> inputs;  ///< names of earlier layers, or "input"
  int depth = 0;                    ///< brackets that it stands in
  Shape output;
  std::string output_text;    ///< "rows of 384, 256 a sample at most"
  int64_t parameters = 0;     ///< trainable
  int64_t buffers = 0;        ///< running statistics
  int64_t multiply_adds = 0;  ///< of products and convolutions; other layers count 0
};

struct Summary {
  Shape input;
  std::string input_text;
  std::vector<LayerSummary> layers;
  int64_t parameters = 0, buffers = 0, multiply_adds = 0;
};

Summary summarise(const Network& network);

/// A table for people: a head, a line per layer, indented in brackets, totals; ends with a newline. Where the inputs of
/// a layer are not the one layer above it, they are named.
std::string summary_text(const Summary& summary);

}  // namespace nn
