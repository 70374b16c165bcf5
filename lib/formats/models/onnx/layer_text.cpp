// SPDX-License-Identifier: MIT
#include "formats/models/onnx/layer_text.h"

#include <algorithm>

#include "base/error.h"

namespace nn {
namespace {

/// Each layer behind its inputs, the first of these first. Without recursion: a chain may be long.
std::vector<int> in_order(const std::vector<FoundLayer>& layers, int last) {
  std::vector<int> order;
  std::vector<bool> done(layers.size(), false);
  std::vector<std::pair<int, size_t>> open{{last, 0}};
  while (!open.empty()) {
    auto& [at, next] = open.back();
    const std::vector<int>& inputs = layers[static_cast<size_t>(at)].inputs;
    if (next < inputs.size()) {
      const int input = inputs[next++];
      if (input >= 0 && !done[static_cast<size_t>(input)]) open.emplace_back(input, 0);
      continue;
    }
    if (!done[static_cast<size_t>(at)]) order.push_back(at);
    done[static_cast<size_t>(at)] = true;
    open.pop_back();
  }
  return order;
}

class Writing {
 public:
  explicit Writing(const std::vector<FoundLayer>& layers) : layers_(layers) {}

  void add(int number, int before) {
    const FoundLayer& layer = layers_[static_cast<size_t>(number)];
    std::vector<int> inputs = layer.inputs;
    if (layer.kind == "add")  // a sum does not depend on its order
      if (const auto found = std::ranges::find(inputs, before); found != inputs.end()) std::swap(*found, inputs[0]);
    std::string word = layer.kind;
    const auto argument = [&](const std::string& text) {
      word += (word.size() == layer.kind.size() ? ":" : ",") + text;
    };
    for (size_t i = 1; i < inputs.size(); ++i) argument(name(inputs[i]));
    if (!layer.arguments.empty()) argument(layer.arguments);
    if (layer.takes_bias) argument("bias=false");
    if (inputs.at(0) != before) argument("from=" + name(inputs[0]));
    const std::string own = layer.kind + std::to_string(++counts_[layer.kind]);
    names_[number] = own;
    result_.text += (result_.text.empty() ? "" : " ") + word;
    for (ForeignTensor tensor : layer.weights) {
      tensor.path = own + "/" + tensor.path;
      if (tensor.name.empty()) tensor.name = tensor.path;
      result_.weights.push_back(std::move(tensor));
    }
  }
  WrittenLayers result() { return std::move(result_); }

 private:
  std::string name(int number) const { return number < 0 ? "input" : names_.at(number); }
  const std::vector<FoundLayer>& layers_;
  std::map<std::string, int> counts_;
  std::map<int, std::string> names_;
  WrittenLayers result_;
};

}  // namespace

WrittenLayers written_layers(const std::vector<FoundLayer>& layers, int last) {
  Writing writing(layers);
  int before = -1;
  for (const int number : in_order(layers, last)) {
    const FoundLayer& layer = layers[static_cast<size_t>(number)];
    if (layer.kind == "log_softmax") throw Error(layer.node + ": a logarithm of softmax is read at the end alone");
    writing.add(number, before);
    before = number;
  }
  return writing.result();
}

}  // namespace nn
