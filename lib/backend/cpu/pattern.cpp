// SPDX-License-Identifier: MIT
#include "backend/cpu/pattern.h"

namespace nn::cpu {

#define PATTERN(name) extern const Pattern name##_pattern;
#include "backend/cpu/patterns.def"
#undef PATTERN

Table<Pattern> patterns() {
  static const Pattern* const all[] = {
#define PATTERN(name) &name##_pattern,
#include "backend/cpu/patterns.def"
#undef PATTERN
  };
  return all;
}

Chain::Chain(const Graph& g, size_t first, const PlanOptions& o, const Kernels& k) : graph(g), options(o), kernels(k) {
  ops_.push_back(&g.ops.at(first));
  while (o.fuse && ops_.back()->output != g.output) {
    const Op* next = nullptr;
    int readers = 0;
    for (const Op& op : g.ops)
      for (const ValueId v : op.inputs)
        if (v == ops_.back()->output) next = &op, ++readers;
    if (readers != 1 || next->inputs.size() != 1 || next != ops_.back() + 1) return;
    ops_.push_back(next);
  }
}

bool Chain::is_map(size_t k, std::string_view function) const {
  const Map* map = as<Map>(k);
  return map && map->function == function;
}

}  // namespace nn::cpu
