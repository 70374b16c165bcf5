// SPDX-License-Identifier: MIT
#include "model/network.h"

#include <fmt/format.h>

#include "base/error.h"

namespace nn {
namespace {

/// The shapes that arrived where these did not fit, for a message.
std::string arrived(const Network& network, const Network::Node& node) {
  const auto shape = [&](size_t i) {
    const int input = node.inputs[i];
    return text_of(input == Network::sample ? network.input_value()
                                            : network.nodes()[static_cast<size_t>(input)].value);
  };
  const std::string of_network = ", input of the network: " + text_of(network.input_value());
  if (node.inputs.size() == 1) return "shape here: " + shape(0) + of_network;
  std::string text = "shapes here:";
  for (size_t i = 0; i < node.inputs.size(); ++i)
    text += fmt::format("{} {} of {}", i ? "," : "", shape(i), network.name_of(node.inputs[i]));
  return text + of_network;
}

}  // namespace

Network::Network(std::string_view text, Shape input, const FrameworkRules& like) {
  if (input.rank() == 0 || input.count() < 1)
    throw Error("a network needs samples with at least one value, found shape " + input.text());
  ReadLayers layers = read_layers(text, like);
  text_ = std::move(layers.text);
  nodes_ = std::move(layers.nodes);
  take_input(std::move(input));
  for (Node& node : nodes_)
    in_context(place_of(node.word), [&] {
      std::vector<Value> values;
      for (const int i : node.inputs) {
        values.push_back(i == sample ? input_value_ : nodes_[static_cast<size_t>(i)].value);
        node.input_shapes.push_back(values.back().shape);
      }
      try {
        node.value = output_of(*node.layer, values);
        node.output = node.value.shape;
        node.output.count();
      } catch (const Error& e) {
        throw Error(fmt::format("{} [{}]", e.what(), arrived(*this, node)), e.status());
      }
    });
}

bool takes_tokens(const std::vector<Network::Node>& nodes) { return !nodes.empty() && nodes.front().type == "tokens"; }

void Network::take_input(Shape input) {
  input_value_ = {input};
  if (nn::takes_tokens(nodes_)) {
    const Node& first = nodes_.front();
    in_context(place_of(first.word), [&] {
      if (input.rank() != 1) throw Error("expected samples of token ids, found " + input.text());
      input_value_ = {Shape{}, ElementType::int32, true, input[0]};
    });
    input = {first.layer->most_rows()};
  }
  input_ = std::move(input);
}

Shape Network::output() const { return nodes_.back().output; }

std::string Network::name_of(int input) const {
  return input == sample ? "input" : nodes_.at(static_cast<size_t>(input)).name;
}

Graph Network::lower(const std::string& default_init) const {
  Graph graph;
  Value input = input_value_;
  if (input.ragged) input.most = nodes_.front().value.most;
  const ValueId x = graph.add_input("input", std::move(input));
  std::vector<ValueId> values;
  for (const Node& node : nodes_) {
    Lowering to(graph, node.name, default_init);
    std::vector<ValueId> inputs;
    for (const int i : node.inputs) inputs.push_back(i == sample ? x : values[static_cast<size_t>(i)]);
    values.push_back(node.layer->lower(to, inputs));
  }
  graph.outputs = {values.back()};
  return graph;
}

void check_loss_fits(const Network& network, const std::string& loss) {
  const std::string name = loss.substr(0, loss.find(','));
  const auto& nodes = network.nodes();
  const auto moves_only = [](const Network::Node& n) {
    return n.type == "flatten" || n.type == "reshape" || n.type == "dropout";
  };
  const Network::Node* last = &nodes.back();
  while (moves_only(*last)) {
    if (last->inputs[0] == Network::sample) return;
    last = &nodes[static_cast<size_t>(last->inputs[0])];
  }
  if (name == "cross_entropy" && last->type == "softmax")
    throw UsageError(place_of(last->word) +
                     ": softmax belongs to the loss: cross_entropy takes the values before it (logits), and "
                     "nn-predict gives probabilities all the same; leave out 'softmax'");
  if (name == "bce" && last->type == "sigmoid")
    throw UsageError(place_of(last->word) +
                     ": sigmoid belongs to the loss: bce takes the values before it (logits); leave out 'sigmoid'");
}

}  // namespace nn
