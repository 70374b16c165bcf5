// SPDX-License-Identifier: MIT
#include "formats/models/assign.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>

#include "base/log.h"
#include "formats/models/axes.h"
#include "model/foreign_names.h"

namespace nn {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> roles{{{"kernel", "weight"},
                                                                              {"depthwise_kernel", "weight"},
                                                                              {"pointwise_kernel", "weight"},
                                                                              {"gamma", "weight"},
                                                                              {"alpha", "weight"},
                                                                              {"embeddings", "weight"},
                                                                              {"beta", "bias"},
                                                                              {"moving_mean", "running_mean"},
                                                                              {"moving_variance", "running_var"}}};

/// Counters that no layer here has.
bool counts_only(std::string_view name) { return name.ends_with("num_batches_tracked"); }

TensorName cut(std::string_view name) {
  const size_t at = name.find_last_of("./");
  TensorName parts{at == std::string_view::npos ? "" : std::string(name.substr(0, at)),
                   std::string(at == std::string_view::npos ? name : name.substr(at + 1))};
  for (const auto& [theirs, ours] : roles)
    if (parts.role == theirs) parts.role = ours;
  return parts;
}

/// The part in front of the first separator that all prefixes have, with it; empty when they differ, or when nothing
/// but a number would remain in front of the roles.
std::string common_front(const std::vector<TensorName>& names) {
  std::string front;
  for (const TensorName& name : names) {
    const size_t at = name.prefix.find_first_of("./");
    const std::string mine = at == std::string::npos ? "" : name.prefix.substr(0, at + 1);
    if (mine.empty() || (!front.empty() && mine != front)) return "";
    front = mine;
  }
  return front;
}

/// The tensors of one layer of theirs.
struct Group {
  std::string prefix;
  std::map<std::string, const ForeignTensor*> tensors;  ///< by role
};

/// The parameters of one of our layers.
struct LayerParams {
  std::string name;
  size_t place = 0;  ///< among the words
  std::vector<ParamId> params;
};

class Matching {
 public:
  Matching(const ForeignModel& from, const Graph& graph, const LayerNames& known) : from_(from), graph_(graph) {
    const std::vector<std::string>& layers = known.layers;
    if (!known.modules.empty())
      for (const ForeignName& name : names_by_modules(graph, known.modules)) torch_.emplace(name.path, cut(name.name));
    const std::vector<TensorName> names = tensor_names(from.tensors);
    for (size_t i = 0; i < names.size(); ++i) {
      if (counts_only(from.tensors[i].name)) continue;
      const auto [place, is_new] = by_prefix_.try_emplace(names[i].prefix, groups_.size());
      if (is_new) groups_.push_back({names[i].prefix, {}});
      groups_[place->second].tensors.try_emplace(names[i].role, &from.tensors[i]);
    }
    for (size_t id = 0; id < graph.params.size(); ++id) {
      const Param& p = graph.params[id];
      if (layers_.empty() || layers_.back().name != p.layer) {
        const auto at = std::ranges::find(layers, p.layer);
        layers_.push_back({p.layer, static_cast<size_t>(at - layers.begin()), {}});
      }
      layers_.back().params.push_back(static_cast<ParamId>(id));
    }
  }

  Assigned best() const {
    Assigned result;
    size_t most = 0;
    const auto consider = [&](Assigned found, const char* how) {
      if (!result.how.empty() && found.from.size() <= most) return;
      most = found.from.size();
      result = std::move(found);
      result.how = how;
    };
    if (std::ranges::any_of(from_.tensors, [](const ForeignTensor& t) { return !t.path.empty(); })) {
      consider(by_path(), "as the file says");
    } else {
      consider(by_prefix([](const LayerParams& l) { return l.name; }), "by name");
      if (!torch_.empty()) consider(by_torch_name(), "by name");
      consider(by_prefix([](const LayerParams& l) { return std::to_string(l.place); }), "by number");
      consider(by_order(), "by order and shape");
    }
    return result;
  }

 private:
  const Param& param(ParamId id) const { return graph_.params[static_cast<size_t>(id)]; }

  Assigned by_path() const {
    std::map<std::string, const ForeignTensor*> by_path;
    for (const ForeignTensor& tensor : from_.tensors) by_path.emplace(tensor.path, &tensor);
    return taken([&](const LayerParams&, ParamId id) -> const ForeignTensor* {
      const auto found = by_path.find(param(id).path());
      return found == by_path.end() ? nullptr : found->second;
    });
  }

  Assigned by_prefix(const std::function<std::string(const LayerParams&)>& prefix) const {
    return taken([&](const LayerParams& layer, ParamId id) -> const ForeignTensor* {
      const auto group = by_prefix_.find(prefix(layer));
      return group == by_prefix_.end() ? nullptr : in_group(groups_[group->second], id);
    });
  }

  Assigned by_torch_name() const {
    return taken([&](const LayerParams&, ParamId id) -> const ForeignTensor* {
      const auto& [prefix, role] = torch_.at(param(id).path());
      const auto group = by_prefix_.find(prefix);
      return group == by_prefix_.end() ? nullptr : in_group(groups_[group->second], role);
    });
  }

  const ForeignTensor* in_group(const Group& group, ParamId id) const { return in_group(group, param(id).name); }
  static const ForeignTensor* in_group(const Group& group, const std::string& role) {
    const auto found = group.tensors.find(role);
    return found == group.tensors.end() ? nullptr : found->second;
  }

  /// Whether a group has what a layer needs, and no more, in shapes that fit; exact: with their extents of 1.
  bool serves(const Group& group, const LayerParams& layer, bool exact) const {
    return group.tensors.size() == layer.params.size() && std::ranges::all_of(layer.params, [&](ParamId id) {
             const ForeignTensor* tensor = in_group(group, id);
             if (!tensor) return false;
             const auto map = fitting_map(graph_, id, from_.axes, tensor->shape);
             return map && (!exact || map->theirs == tensor->shape);
           });
  }

  /// Each layer takes the first group left that serves it, exactly where one does.
  Assigned by_order() const {
    std::vector<bool> used(groups_.size(), false);
    std::map<std::string, const Group*> of_layer;
    const auto choose = [&](const LayerParams& layer, bool exact) {
      for (size_t g = 0; g < groups_.size(); ++g) {
        if (used[g] || !serves(groups_[g], layer, exact)) continue;
        used[g] = true;
        of_layer[layer.name] = &groups_[g];
        return true;
      }
      return false;
    };
    for (const LayerParams& layer : layers_)
      if (!choose(layer, true)) choose(layer, false);
    return taken([&](const LayerParams& layer, ParamId id) -> const ForeignTensor* {
      const auto group = of_layer.find(layer.name);
      return group == of_layer.end() ? nullptr : in_group(*group->second, id);
    });
  }

  Assigned taken(const std::function<const ForeignTensor*(const LayerParams&, ParamId)>& find) const {
    Assigned result;
    std::set<const ForeignTensor*> used;
    for (const LayerParams& layer : layers_)
      for (const ParamId id : layer.params) take(find(layer, id), id, used, result);
    for (const ForeignTensor& tensor : from_.tensors)
      if (!used.contains(&tensor) && !counts_only(tensor.name)) result.left.push_back(tensor.name);
    return result;
  }

  void take(const ForeignTensor* tensor, ParamId id, std::set<const ForeignTensor*>& used, Assigned& result) const {
    const Param& p = param(id);
    if (!tensor) {
      result.missing.push_back({p.path(), "no tensor for its shape " + p.shape.text(), !p.trainable});
      return;
    }
    used.insert(tensor);
    if (const auto map = fitting_map(graph_, id, from_.axes, tensor->shape)) {
      result.weights.push_back({p.path(), p.shape, to_ours(*map, tensor->values)});
      result.from.push_back(tensor->name);
      return;
    }
    result.missing.push_back(
        {p.path(),
         fmt::format("expected shape {}, '{}' has {}", p.shape.text(), printable(tensor->name), tensor->shape.text()),
         false});
    if (from_.axes == AxisOrder::torch) result.others.push_back({p.path(), tensor->shape, tensor->values});
  }

  const ForeignModel& from_;
  const Graph& graph_;
  std::vector<Group> groups_;
  std::map<std::string, size_t> by_prefix_;
  std::map<std::string, TensorName> torch_;  ///< by path
  std::vector<LayerParams> layers_;
};

}  // namespace

std::vector<TensorName> tensor_names(const std::vector<ForeignTensor>& tensors) {
  std::vector<TensorName> names;
  for (const ForeignTensor& tensor : tensors) names.push_back(cut(tensor.name));
  for (std::string front = common_front(names); !front.empty(); front = common_front(names))
    for (TensorName& name : names) name.prefix.erase(0, front.size());
  return names;
}

LayerNames layer_names(const std::vector<Network::Node>& nodes) {
  LayerNames names;
  for (const Network::Node& node : nodes) names.layers.push_back(node.name);
  names.modules = shared_modules(nodes);
  return names;
}

Assigned assign(const ForeignModel& from, const Graph& graph, const LayerNames& names) {
  return Matching(from, graph, names).best();
}

std::optional<OptimizerState> assigned_optimizer(const ForeignModel& from, const Assigned& found, const Graph& graph) {
  if (!from.optimizer || !from.optimizer->why_not.empty()) return {};
  std::map<std::string, std::string> path_of;
  for (size_t i = 0; i < found.weights.size(); ++i) path_of.emplace(found.from[i], found.weights[i].path);
  OptimizerState state;
  state.optimizer = from.optimizer->optimizer, state.rate = from.optimizer->rate, state.steps = from.optimizer->steps;
  for (const auto& [slot, tensors] : from.optimizer->slots) {
    ForeignModel as_weights;
    as_weights.axes = from.axes;
    for (ForeignTensor tensor : tensors)
      if (const auto path = path_of.find(tensor.name); path != path_of.end()) {
        tensor.path = path->second;
        as_weights.tensors.push_back(std::move(tensor));
      }
    state.slots[slot] = assign(as_weights, graph, {}).weights;
  }
  return state;
}

}  // namespace nn
