// SPDX-License-Identifier: MIT
// The table of losses, written out so that the linker keeps every entry.
#include "losses/loss.h"

namespace nn {

#define PLUGIN_TYPE LossType
#define PLUGIN_TABLE loss_types
#define PLUGIN_OBJECT(name) name##_loss
#define PLUGIN_LIST "losses/losses.def"
#include "base/plugin_table.inc"

Configured<Loss> make_loss(std::string_view text, const FrameworkRules& like) {
  static const std::vector<Saying> sayings{
      {"mae l1 L1Loss mean_absolute_error MeanAbsoluteError absolute_error",
       "there is no loss of the mean absolute error, nn-eval measures it as mae; known: cross_entropy, mse, bce"}};
  return make_from_spec(loss_types(), parse_spec(text, ','), "loss", like.name, sayings);
}

std::string canonical_loss(std::string_view text, const FrameworkRules& like) {
  const Configured<Loss> loss = make_loss(text, like);
  return spec_text(loss.name, loss.options, ',');
}

void append_loss(Graph& graph, const Loss& loss, int64_t classes) {
  if (graph.inputs.empty() || graph.outputs.empty()) throw Error("a loss needs a network with at least its input");
  if (graph.has_loss()) throw Error("the network has a loss already");
  graph.add_loss(loss.lower(graph.value(graph.output()).shape, classes));
}

}  // namespace nn
