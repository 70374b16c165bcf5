// SPDX-License-Identifier: MIT
#include "model/optimizer_state.h"

#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/text/number.h"

namespace nn {
namespace {

const std::string group = "/state/optimizer";

std::vector<NamedTensor> read_slot(const h5::Reader& file, const std::string& slot,
                                   const std::vector<NamedTensor>& weights) {
  std::vector<NamedTensor> tensors;
  for (const NamedTensor& weight : weights) {
    const std::string path = group + "/" + slot + "/" + weight.path;
    if (!file.has(path)) continue;  // a running statistic, or frozen
    const h5::Type type = file.type(path);
    if (file.shape(path).count() != weight.shape.count() || (type != h5::Type::f32 && type != h5::Type::f64))
      throw Error(file.name() + ": " + path + ": expected the " + std::to_string(weight.shape.count()) +
                  " floats of the parameter, found " + h5::name_of(type) + " " + file.shape(path).text());
    const std::vector<double> values = file.read(path).to_double();
    tensors.push_back({weight.path, weight.shape, {values.begin(), values.end()}});
  }
  return tensors;
}

double number_at(const h5::Reader& file, const std::string& path) {
  const std::vector<double> values = file.has(path) ? file.read(path).to_double() : std::vector<double>{0};
  if (values.size() != 1 || !(values[0] >= 0) || !std::isfinite(values[0]))
    throw Error(file.name() + ": " + path + ": expected one number of 0 or more");
  return values[0];
}

}  // namespace

std::optional<OptimizerState> read_optimizer_state(const h5::Reader& file, const std::vector<NamedTensor>& weights,
                                                   const std::vector<std::pair<std::string, std::string>>& settings) {
  if (!file.has(group)) return {};
  OptimizerState state;
  for (const std::string& slot : file.children(group))
    if (file.is_group(group + "/" + slot)) state.slots[slot] = read_slot(file, slot, weights);
  if (state.slots.empty()) return {};
  for (const auto& [name, value] : settings) {
    if (name == "optimizer") state.optimizer = value;
    if (name == "like") state.like = value;
  }
  state.rate = number_at(file, "/state/last_rate");
  state.steps = static_cast<int64_t>(number_at(file, "/state/updates") + number_at(file, group + "/steps_before"));
  return state;
}

}  // namespace nn
