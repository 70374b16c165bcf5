// SPDX-License-Identifier: MIT
// Weights between host memory, a backend's memory and their initialisers.
#include <map>

#include "base/error.h"
#include "layers/initializer.h"
#include "model/model_file.h"

namespace nn {
namespace {
size_t count_of(const Param& p) { return static_cast<size_t>(p.shape.count()); }
}  // namespace

std::vector<NamedTensor> weights_of(const Memory& memory) {
  std::vector<NamedTensor> all;
  const auto& params = memory.graph().params;
  for (size_t id = 0; id < params.size(); ++id) {
    std::vector<double> values(count_of(params[id]));
    memory.read(Part::weights, static_cast<ParamId>(id), values);
    all.push_back({params[id].path(), params[id].shape, {values.begin(), values.end()}});
  }
  return all;
}

void put_weights(const std::vector<NamedTensor>& weights, Memory& memory) {
  std::map<std::string, const NamedTensor*> by_path;
  for (const NamedTensor& t : weights) by_path[t.path] = &t;
  const auto& params = memory.graph().params;
  for (size_t id = 0; id < params.size(); ++id) {
    const Param& p = params[id];
    const auto found = by_path.find(p.path());
    if (found == by_path.end()) throw Error("weights: '" + p.path() + "' of shape " + p.shape.text() + " is missing");
    const NamedTensor& t = *found->second;
    if (t.shape != p.shape || t.values.size() != count_of(p))
      throw Error("weights: '" + p.path() + "': expected shape " + p.shape.text() + ", found " + t.shape.text());
    const std::vector<double> values(t.values.begin(), t.values.end());
    memory.write(Part::weights, static_cast<ParamId>(id), values);
  }
}

void initialise(Memory& memory, ParamId param, const std::string& init, Draws& draws) {
  const Param& p = memory.graph().params[static_cast<size_t>(param)];
  std::vector<double> values(count_of(p));
  in_context(p.path(), [&] { make_initializer(init)->fill(p, draws, values); });
  memory.write(Part::weights, param, values);
}

void initialise(Memory& memory, Draws& draws) {
  const auto& params = memory.graph().params;
  for (size_t id = 0; id < params.size(); ++id) initialise(memory, static_cast<ParamId>(id), params[id].init, draws);
}

}  // namespace nn
