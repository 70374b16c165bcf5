// SPDX-License-Identifier: MIT
#include "graph/graph.h"

#include <fmt/format.h>

#include <array>
#include <limits>

#include "base/error.h"

namespace nn {

namespace {
constexpr int64_t alignment = 16;  // floats in 64 bytes
constexpr std::array<const char*, std::variant_size_v<OpParams>> kinds{
    "input",   "matmul",  "conv",    "pool", "batch_norm",   "layer_norm", "map",
    "softmax", "dropout", "reshape", "add",  "softmax_loss", "mse_loss",   "bce_loss"};
int64_t round_up(int64_t n) { return (n + alignment - 1) / alignment * alignment; }
}  // namespace

int64_t checked_label(const int32_t* labels, int64_t sample, int64_t classes) {
  if (labels[sample] < 0 || labels[sample] >= classes)
    throw Error(
        fmt::format("label {} of sample {} of the batch is outside 0..{}", labels[sample], sample, classes - 1));
  return labels[sample];
}

std::vector<const Op*> Graph::only_readers() const {
  std::vector<const Op*> readers(values.size());
  std::vector<bool> read(values.size());
  for (const Op& op : ops)
    for (const ValueId v : op.inputs) {
      const auto i = static_cast<size_t>(v);
      readers[i] = read[i] ? nullptr : &op;
      read[i] = true;
    }
  if (output >= 0) readers[static_cast<size_t>(output)] = nullptr;
  return readers;
}

bool Graph::has_loss() const {
  if (ops.empty()) return false;
  const OpParams& last = ops.back().what;
  return std::holds_alternative<SoftmaxLoss>(last) || std::holds_alternative<MseLoss>(last) ||
         std::holds_alternative<BceLoss>(last);
}

const char* Graph::kind_of(const Op& op) { return kinds[op.what.index()]; }

ArenaLayout layout_of(const Graph& graph) {
  ArenaLayout layout;
  for (const Param& p : graph.params) {
    int64_t& end = p.trainable ? layout.trainable : layout.buffers;
    layout.offset.push_back(end);
    const int64_t count = p.shape.count();
    if (count > std::numeric_limits<int64_t>::max() / 64 - end)
      throw Error("the layers have more weights than any memory holds");
    end += round_up(count);
  }
  return layout;
}

}  // namespace nn
