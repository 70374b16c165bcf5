// SPDX-License-Identifier: MIT
#include "layers/parts.h"

namespace nn {

std::vector<Shape> parts_behind(const Graph& graph, ValueId value) {
  constexpr size_t most = 100'000;
  const Shape& whole = graph.value(value).shape;
  if (whole.rank() != 1) return {whole};
  std::vector<const Op*> maker(graph.values.size(), nullptr);
  for (const Op& op : graph.ops) maker[static_cast<size_t>(op.output)] = &op;
  std::vector<Shape> parts;
  std::vector<ValueId> open{value};  // the next part last
  for (size_t steps = 0; !open.empty(); ++steps) {
    if (steps > most) return {whole};  // a value joined with itself again and again
    const ValueId v = open.back();
    open.pop_back();
    const Op* op = maker[static_cast<size_t>(v)];
    if (op && std::holds_alternative<Reshape>(op->what) && graph.value(op->inputs[0]).shape.rank() == 3)
      parts.push_back(graph.value(op->inputs[0]).shape);
    else if (op && std::holds_alternative<Concat>(op->what))
      open.insert(open.end(), op->inputs.rbegin(), op->inputs.rend());
    else if (op && traits_of(op->what).keeps_places)
      open.push_back(op->inputs[0]);
    else
      parts.push_back(graph.value(v).shape);
  }
  return parts;
}

}  // namespace nn
