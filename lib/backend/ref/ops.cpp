// SPDX-License-Identifier: MIT
#include "backend/ref/ops.h"

#include "backend/ref/runners.h"

namespace nn::ref {

template <class T>
std::unique_ptr<OpRunner<T>> make_runner(const Graph& graph, const Op& op, const RunSizes& sizes, bool training) {
  const Setup setup{graph, op, sizes.of(graph, op.inputs.at(0)), sizes.batch, training};
  return std::visit([&](const auto& what) { return make<T>(what, setup); }, op.what);
}
template std::unique_ptr<OpRunner<double>> make_runner<double>(const Graph&, const Op&, const RunSizes&, bool);
template std::unique_ptr<OpRunner<float>> make_runner<float>(const Graph&, const Op&, const RunSizes&, bool);

int64_t words_wanted(const Graph& graph, const Op& op, const RunSizes& sizes) {
  const auto* dropout = std::get_if<Dropout>(&op.what);
  if (!dropout) return 0;
  const int64_t samples = sizes.of(graph, op.output);
  return dropout->whole_samples ? samples : samples * graph.value(op.output).shape.count();
}

}  // namespace nn::ref
