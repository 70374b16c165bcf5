// SPDX-License-Identifier: MIT
#include "formats/models/torch_names.h"

#include <map>
#include <stdexcept>

namespace nn {

std::vector<StateTensor> state_dict_of(const Model& model, bool plain) {
  const Network network(model.layers, model.input);
  std::map<std::string, ForeignName> by_path;
  for (ForeignName& name : plain ? plain_names(network) : foreign_names(network))
    by_path.emplace(name.path, std::move(name));
  std::vector<StateTensor> tensors;
  for (const NamedTensor& t : model.weights) {
    const auto found = by_path.find(t.path);
    if (found == by_path.end()) throw std::logic_error("no layer has the parameter " + t.path);
    tensors.push_back({found->second.name, found->second.shape, &t});
  }
  return tensors;
}

}  // namespace nn
