// SPDX-License-Identifier: MIT
// What an example graph of the tests of backends is made of.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "graph/graph_builder.h"

namespace nn::test {

struct Example {
  std::string name;
  Graph graph;
  int64_t batch;
  bool large = false;  ///< too many elements for finite differences
  /// Of ragged samples: room for this many rows, some more than a batch has.
  int64_t rows() const { return graph.is_ragged() ? batch * graph.value(graph.input()).most : 0; }
};

using Random = std::mt19937_64;
inline int64_t pick(Random& random, int64_t low, int64_t high) {
  return low + static_cast<int64_t>(random() % static_cast<uint64_t>(high - low + 1));
}
/// In [low, high), a multiple of 2^-20 in range: the same number in float and double when |v| < 8.
inline double real(Random& random, double low, double high) {
  const double u = static_cast<double>(random() >> 11) * 0x1p-53;
  return std::round((low + u * (high - low)) * 0x1p20) * 0x1p-20;
}

}  // namespace nn::test
