// SPDX-License-Identifier: MIT
#include "backend/unsupported.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace nn {
namespace {

std::string reason_against(const Graph& graph, const Op& op) {
  const auto is_input = [&](ValueId v) {
    return std::any_of(graph.inputs.begin(), graph.inputs.end(), [&](const Input& i) { return i.value == v; });
  };
  for (size_t i = 0; i <= op.inputs.size(); ++i) {
    const bool of_loss = is_loss(op) && i == 1;
    const ValueId id = i < op.inputs.size() ? op.inputs[i] : op.output;
    const char* which = i < op.inputs.size() ? "input" : "output";
    const Value& value = graph.value(id);
    if (value.ragged)
      return fmt::format("its {} is ragged ({} rows or fewer per sample): expected samples of one shape", which,
                         value.shape.text());
    if (of_loss && !is_input(id)) return "what it compares with is computed: expected an input of the graph";
    const ElementType expected =
        of_loss && traits_of(op.what).target == LossTarget::labels ? ElementType::int32 : ElementType::float32;
    if (value.type != expected)
      return fmt::format("its {} is of type {}: expected {}", which, name_of(value.type), name_of(expected));
    if (is_input(id) && !of_loss && id != graph.input())
      return fmt::format("it reads a second input of samples: expected '{}' alone", graph.inputs[0].name);
  }
  return "";
}

}  // namespace

void refuse_unsupported(const Graph& graph, std::string_view device) {
  for (const Op& op : graph.ops) {
    check_inputs(op);
    if (const std::string reason = reason_against(graph, op); !reason.empty())
      throw Error(fmt::format("layer '{}': {} cannot compute {}: {}", op.layer, device, name_of(op), reason));
  }
}

}  // namespace nn
