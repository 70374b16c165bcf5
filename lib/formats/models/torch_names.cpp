// SPDX-License-Identifier: MIT
#include "formats/models/torch_names.h"

#include <algorithm>
#include <stdexcept>

namespace nn {

bool is_chain(const Network& network) {
  for (size_t i = 0; i < network.nodes().size(); ++i)
    if (network.nodes()[i].inputs != std::vector<int>{static_cast<int>(i) - 1}) return false;
  return true;
}

std::vector<std::string> torch_modules(const Network& network) {
  const bool numbered = is_chain(network);
  std::vector<std::string> names;
  for (const Network::Node& node : network.nodes())
    names.push_back(numbered ? std::to_string(names.size()) : node.name);
  if (!numbered)  // a module's name is a Python name
    for (std::string& name : names) std::ranges::replace(name, '-', '_');
  return names;
}

std::string torch_name(const Network& network, const std::string& path) {
  const size_t cut = path.find('/');
  const std::vector<std::string> modules = torch_modules(network);
  for (size_t i = 0; i < modules.size(); ++i)
    if (network.nodes()[i].name == path.substr(0, cut)) return modules[i] + "." + path.substr(cut + 1);
  throw std::logic_error("no layer has the parameter " + path);
}

}  // namespace nn
