// SPDX-License-Identifier: MIT
#include "backend/backend.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/system/processor.h"

namespace nn {

std::string Backend::processor() const { return processor_name(); }
Peak Backend::peak() { return measure_peak(team()); }

void ask_for_memory(const Budget& budget, const Graph& graph, int slots, size_t element) {
  for (const Param& p : graph.params)
    budget.ask_product(
        {static_cast<uint64_t>(p.shape.count()), p.trainable ? 2 + static_cast<uint64_t>(slots) : 1, element},
        fmt::format("{} of shape {}, with {} optimizer slots", p.path(), p.shape.text(), slots));
  const ArenaLayout layout = layout_of(graph);
  budget.ask_product({static_cast<uint64_t>(layout.trainable), 2 + static_cast<uint64_t>(slots), element},
                     "the weights of all layers together");
}

void ask_for_values(const Budget& budget, const Graph& graph, int64_t batch, const std::vector<int64_t>& elements,
                    int64_t arrays, size_t element, int64_t rows) {
  uint64_t sum = 0;
  for (size_t v = 0; v < elements.size(); ++v) {
    const auto maker = std::find_if(graph.ops.begin(), graph.ops.end(),
                                    [&](const Op& op) { return op.output == static_cast<ValueId>(v); });
    const std::string layer = maker == graph.ops.end() || maker->layer.empty() ? "the input" : "layer " + maker->layer;
    const bool ragged = graph.values[v].ragged;
    const int64_t samples = ragged ? rows : batch;
    const std::string what = fmt::format("{}, {} for each of {} {} a batch,", layer, graph.values[v].shape.text(),
                                         samples, ragged ? "rows" : "samples");
    const std::initializer_list<uint64_t> factors{static_cast<uint64_t>(elements[v]), static_cast<uint64_t>(samples),
                                                  static_cast<uint64_t>(arrays), element};
    budget.ask_product(factors, what);
    uint64_t bytes = 1;  // within the budget, hence no overflow
    for (const uint64_t factor : factors) bytes *= factor;
    sum += bytes;
    budget.ask(sum, fmt::format("a batch of {} samples, up to {},", batch, layer));
  }
}

}  // namespace nn
