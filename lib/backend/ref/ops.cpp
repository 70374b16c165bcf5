// SPDX-License-Identifier: MIT
#include "backend/ref/ops.h"

#include "backend/ref/runners.h"

namespace nn::ref {

template <class T>
std::unique_ptr<OpRunner<T>> make_runner(const Graph& graph, const Op& op, int64_t batch, bool training) {
  const Setup setup{graph, op, batch, training};
  return std::visit([&](const auto& what) { return make<T>(what, setup); }, op.what);
}
template std::unique_ptr<OpRunner<double>> make_runner<double>(const Graph&, const Op&, int64_t, bool);
template std::unique_ptr<OpRunner<float>> make_runner<float>(const Graph&, const Op&, int64_t, bool);

int64_t words_wanted(const Graph& graph, const Op& op, int64_t batch) {
  const auto* dropout = std::get_if<Dropout>(&op.what);
  if (!dropout) return 0;
  return dropout->whole_samples ? batch : batch * graph.value(op.output).shape.count();
}

}  // namespace nn::ref
