// SPDX-License-Identifier: MIT
// The table of losses, written out so that the linker keeps every entry.
#include "base/plugin.h"
#include "losses/loss.h"

namespace nn {

#define LOSS(name) extern const LossType name##_loss;
#include "losses/losses.def"
#undef LOSS

Table<LossType> loss_types() {
  static const LossType* const all[] = {
#define LOSS(name) &name##_loss,
#include "losses/losses.def"
#undef LOSS
  };
  return all;
}

std::unique_ptr<Loss> make_loss(std::string_view text, const FrameworkRules& like) {
  return make_from_spec(loss_types(), parse_spec(text, ','), "loss", [&](Loss& made) { made.like(like); });
}

std::string canonical_loss(std::string_view text, const FrameworkRules& like) {
  const Spec spec = parse_spec(text, ',');
  const LossType& type = find_in(loss_types(), spec.name, "loss");
  const auto made = make_loss(text, like), plain = type.make();
  OptionSet set, defaults;
  made->options(set);
  plain->options(defaults);
  take_defaults(set, defaults);
  return spec_text(type.name, set, ',');
}

void append_loss(Graph& graph, const Loss& loss, int64_t classes) {
  if (graph.inputs.empty() || graph.outputs.empty()) throw Error("a loss needs a network with at least its input");
  if (graph.has_loss()) throw Error("the network has a loss already");
  graph.add_loss(loss.lower(graph.value(graph.output()).shape, classes));
}

}  // namespace nn
