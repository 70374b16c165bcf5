// SPDX-License-Identifier: MIT
// A network as a table: layer, kind, output shape, parameters, multiply-adds a sample.
#pragma once

#include <string>
#include <vector>

#include "model/network.h"

namespace nn {

struct LayerSummary {
  std::string name, text;
  Shape output;
  int64_t parameters = 0;      ///< trainable
  int64_t buffers = 0;         ///< running statistics
  int64_t multiply_adds = 0;   ///< of one sample, matmul and conv only
};

std::vector<LayerSummary> summarise(const Network& network);
/// Aligned text with a last line of totals.
std::string summary_table(const Network& network);
/// "1,234,567"
std::string grouped(int64_t value);

}  // namespace nn
