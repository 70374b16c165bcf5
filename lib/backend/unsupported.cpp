// SPDX-License-Identifier: MIT
#include "backend/unsupported.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace nn {
namespace {

/// What ragged values it has that it cannot, or lacks.
std::string reason_against_rows(const Graph& graph, const Op& op) {
  const Rows rows = traits_of(op.what).rows;
  const bool ragged = graph.value(op.inputs.at(0)).ragged;
  for (size_t i = 0; i <= op.inputs.size(); ++i) {
    const bool input = i < op.inputs.size();
    const Value& value = graph.value(input ? op.inputs[i] : op.output);
    const char* which = input ? "input" : "output";
    if (value.ragged && rows == Rows::refused)
      return fmt::format("its {} is ragged (a sample is any number of rows of {}): expected samples of one shape",
                         which, value.shape.text());
    if (input && !value.ragged && (rows == Rows::joined || rows == Rows::ended))
      return fmt::format("its input is a sample of {}: expected rows, any number a sample", value.shape.text());
    const bool wanted = ragged && !(rows == Rows::ended && !input);
    if (value.ragged != wanted) return fmt::format("its first input and its {} are not both ragged", which);
  }
  const Dropout* dropout = std::get_if<Dropout>(&op.what);
  if (ragged && dropout && dropout->whole_samples) return "its samples are ragged, and it drops whole ones";
  const Mul* mul = std::get_if<Mul>(&op.what);
  if (ragged && mul && mul->by != Mul::By::element)
    return "its inputs are ragged: expected factors of one shape with them";
  return "";
}

std::string reason_against(const Graph& graph, const Op& op) {
  const auto is_input = [&](ValueId v) {
    return std::any_of(graph.inputs.begin(), graph.inputs.end(), [&](const Input& i) { return i.value == v; });
  };
  if (const std::string reason = reason_against_rows(graph, op); !reason.empty()) return reason;
  for (size_t i = 0; i <= op.inputs.size(); ++i) {
    const bool of_loss = is_loss(op) && i == 1;
    const ValueId id = i < op.inputs.size() ? op.inputs[i] : op.output;
    const char* which = i < op.inputs.size() ? "input" : "output";
    const Value& value = graph.value(id);
    if (of_loss && !is_input(id)) return "what it compares with is computed: expected an input of the graph";
    const bool of_ids = std::holds_alternative<Embed>(op.what) && i < op.inputs.size(),
               of_labels = of_loss && traits_of(op.what).target == LossTarget::labels;
    const ElementType expected = of_ids || of_labels ? ElementType::int32 : ElementType::float32;
    if (value.type != expected)
      return fmt::format("its {} is of type {}: expected {}", which, name_of(value.type), name_of(expected));
    if (is_input(id) && !of_loss && id != graph.input())
      return fmt::format("it reads a second input of samples: expected '{}' alone", graph.inputs[0].name);
  }
  return "";
}

}  // namespace

void refuse_ragged(const Graph& graph, std::string_view device) {
  if (graph.is_ragged())
    throw Error(fmt::format("layer '{}': {} takes no samples of any number of rows, as texts are; use --device cpu",
                            graph.ops.empty() ? "" : graph.ops.front().layer, device));
}

void refuse_unsupported(const Graph& graph, std::string_view device) {
  for (const Op& op : graph.ops) {
    check_inputs(op);
    if (const std::string reason = reason_against(graph, op); !reason.empty())
      throw Error(fmt::format("layer '{}': {} cannot compute {}: {}", op.layer, device, name_of(op), reason));
  }
}

}  // namespace nn
