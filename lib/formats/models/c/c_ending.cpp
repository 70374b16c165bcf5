// SPDX-License-Identifier: MIT
#include "formats/models/c/c_ending.h"

#include "losses/loss.h"

namespace nn {

CEnding c_ending(const Model& model, const Graph& graph) {
  const Shape& shape = graph.value(graph.output()).shape;
  const auto outputs = shape.count(), named = static_cast<int64_t>(model.classes.size());
  const auto loss = make_loss(model.loss);
  const bool labels = loss->target_kind() == TargetKind::labels;
  const OpParams what = loss->lower(shape, labels ? outputs : static_cast<int64_t>(model.target_names.size()));
  if (std::holds_alternative<SoftmaxLoss>(what)) return CEnding::softmax;
  // Unnamed targets, one for each class, are one-hot.
  const bool one_hot = model.target_names.empty() && named > 1 && named == outputs;
  if (std::holds_alternative<BceLoss>(what)) return one_hot ? CEnding::sigmoid_classes : CEnding::sigmoid;
  return one_hot ? CEnding::classes : CEnding::none;
}

std::vector<std::string> c_output_names(const Model& model, CEnding ending, int64_t outputs) {
  std::vector<std::string> names = decides(ending) ? model.classes : model.target_names;
  for (auto i = static_cast<int64_t>(names.size()); i < outputs; ++i) names.push_back(std::to_string(i));
  names.resize(static_cast<size_t>(outputs));
  return names;
}

}  // namespace nn
