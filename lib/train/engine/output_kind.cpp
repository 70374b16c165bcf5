// SPDX-License-Identifier: MIT
#include "train/engine/output_kind.h"

namespace nn {
namespace {

int64_t outputs_of(const Graph& graph) { return graph.value(graph.output()).shape.count(); }

}  // namespace

OutputKind output_kind_of(const Graph& graph, int64_t classes) {
  const OpParams& last = graph.ops.back().what;
  if (std::holds_alternative<SoftmaxLoss>(last)) return OutputKind::softmax;
  if (std::holds_alternative<BceLoss>(last)) {
    const int64_t outputs = outputs_of(graph);
    return classes > 1 && (classes == outputs || (outputs == 1 && classes == 2)) ? OutputKind::logistic
                                                                                 : OutputKind::independent;
  }
  return classes > 1 && classes == outputs_of(graph) ? OutputKind::largest : OutputKind::none;
}

int64_t classes_of_outputs(const Graph& graph, int64_t classes) {
  const int64_t outputs = outputs_of(graph);
  const OutputKind kind = output_kind_of(graph, classes);
  if (kind == OutputKind::none || kind == OutputKind::independent) return 0;
  if (kind == OutputKind::softmax) return outputs;
  return outputs == classes || (kind == OutputKind::logistic && outputs == 1 && classes == 2) ? classes : 0;
}

HitRule hit_rule_of(const Graph& graph, int64_t classes) {
  const OutputKind kind = output_kind_of(graph, classes);
  if (kind == OutputKind::none) return HitRule::none;
  if (kind == OutputKind::independent) return HitRule::targets;
  return kind == OutputKind::logistic && outputs_of(graph) == 1 ? HitRule::threshold : HitRule::first_maximum;
}

}  // namespace nn
