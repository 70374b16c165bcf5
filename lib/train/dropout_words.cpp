// SPDX-License-Identifier: MIT
#include "train/dropout_words.h"

#include <string>

namespace nn {

DropoutWords::DropoutWords(const Graph& graph, uint64_t seed) {
  for (size_t op = 0; op < graph.ops.size(); ++op) streams_.emplace_back(seed, "dropout." + std::to_string(op));
}

void DropoutWords::words(int op, std::span<uint32_t> out) {
  // 2^32 words a step are more than any op of a batch can want.
  streams_[static_cast<size_t>(op)].at(step_ << 32, out);
}

}  // namespace nn
