// SPDX-License-Identifier: MIT
#include "formats/models/torch/optimizer_state.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <map>

#include "base/error.h"
#include "base/text/names.h"
#include "optim/optimizer.h"

namespace nn {
namespace {

using Kind = PickleValue::Kind;
using namespace std::string_view_literals;

struct SlotNames {
  const char *ours, *theirs;
  bool squares;  ///< values of 0 or more
};
constexpr std::array adam_slots{SlotNames{"m", "exp_avg", false}, SlotNames{"v", "exp_avg_sq", true},
                                SlotNames{"v_max", "max_exp_avg_sq", true}};
constexpr std::array sgd_slots{SlotNames{"momentum", "momentum_buffer", false}};
std::span<const SlotNames> slots_of(bool is_sgd) {
  if (is_sgd) return sgd_slots;
  return adam_slots;
}

/// Entries of a checkpoint that hold it.
constexpr std::array usual_state_keys{"optimizer_state_dict"sv, "optimizer_state"sv, "optimizer"sv, "optim"sv, "opt"sv};

bool is_buffer(const std::string& name) {
  for (const std::string_view buffer : {"running_mean", "running_var", "num_batches_tracked"})
    if (name == buffer || name.ends_with("." + std::string(buffer))) return true;
  return false;
}

double value_of(const OptionSet& options, const char* name) {
  double value = 0;
  parse_value(options.find(name)->get(), value);
  return value;
}

bool is_set(const OptionSet& options, const char* name) {
  const Option* option = options.find(name);
  return option && option->get() == "true";
}

void write_group(const Configured<Optimizer>& optimizer, double rate, int64_t params, PickleWriter& to) {
  const OptionSet& o = optimizer.options;
  const auto real = [&](const char* name, double value) { to.text(name), to.real(value); };
  const auto flag = [&](const char* name, bool value) { to.text(name), to.boolean(value); };
  to.dict();
  to.begin_items();
  real("lr", rate);
  real("weight_decay", value_of(o, "weight-decay"));
  if (optimizer.name == "sgd") {
    real("momentum", value_of(o, "momentum")), real("dampening", value_of(o, "dampening"));
    flag("nesterov", is_set(o, "nesterov"));
  } else {
    to.text("betas"), to.pair(value_of(o, "beta1"), value_of(o, "beta2"));
    real("eps", value_of(o, "eps"));
    flag("amsgrad", is_set(o, "amsgrad")), flag("capturable", false);
    flag("decoupled_weight_decay", optimizer.name == "adamw" || is_set(o, "decoupled"));
  }
  flag("maximize", false), flag("differentiable", false);
  to.text("foreach"), to.none();
  to.text("fused"), to.none();
  to.text("params"), to.begin_list();
  for (int64_t i = 0; i < params; ++i) to.integer(i);
  to.end_list();
  to.end_items();
}

/// Nothing for a parameter that was not trained.
void write_slots(const OptimizerState& state, const StateTensor& weight, bool is_sgd, int64_t number,
                 PickleWriter& to) {
  bool begun = false;
  for (const SlotNames& slot : slots_of(is_sgd)) {
    const auto tensors = state.slots.find(slot.ours);
    if (tensors == state.slots.end()) continue;
    for (const NamedTensor& tensor : tensors->second) {
      if (tensor.path != weight.tensor->path) continue;
      if (!begun) {
        to.integer(number), to.dict();
        to.begin_items();
        if (!is_sgd) to.text("step"), to.scalar(static_cast<float>(state.steps));
        begun = true;
      }
      to.text(slot.theirs), to.tensor(weight.shape, tensor.values);
    }
  }
  if (begun) to.end_items();
}

/// Reads a value of a checkpoint, or says what is wrong with it.
class StateReader {
 public:
  StateReader(const TorchFile& file, const std::vector<ForeignTensor>& weights, const Budget& budget)
      : file_(file), weights_(weights), budget_(budget) {}

  ForeignOptimizer read(const PickleValue& dict) const {
    const PickleValue *state = find(dict, "state", Kind::dict), *groups = find(dict, "param_groups", Kind::list);
    if (!state || !groups || groups->items.empty()) throw Error("expected a dict with state and param_groups");
    const PickleValue& group = file_.pickle[groups->items[0]];
    ForeignOptimizer optimizer;
    optimizer.rate = number(group, "lr", 0);
    const bool adam = file_.pickle.find(group, "betas"), sgd = file_.pickle.find(group, "dampening");
    const bool is_adam = adam && (state->items.empty() || holds(*state, "exp_avg_sq"));
    if (!is_adam && !sgd) throw Error("it is neither that of SGD nor of Adam or AdamW");
    optimizer.optimizer = is_adam ? adam_text(group) : sgd_text(group);
    const std::vector<const ForeignTensor*> params = parameters(*groups);
    for (size_t i = 0; i + 1 < state->items.size(); i += 2) {
      const PickleValue &key = file_.pickle[state->items[i]], &slots = file_.pickle[state->items[i + 1]];
      if (key.kind != Kind::integer || key.integer < 0 || static_cast<size_t>(key.integer) >= params.size())
        throw Error("state of a parameter that the optimizer does not have");
      const ForeignTensor& param = *params[static_cast<size_t>(key.integer)];
      optimizer.steps = std::max(optimizer.steps, steps(slots));
      take(slots, param, slots_of(!is_adam), optimizer);
    }
    if (optimizer.slots.empty()) throw Error("it keeps nothing: it has no momentum, or made no step");
    if (!is_adam) optimizer.steps = std::max<int64_t>(optimizer.steps, 1);  // it counts none; the first is behind it
    return optimizer;
  }

 private:
  const PickleValue* find(const PickleValue& dict, std::string_view key, Kind kind) const {
    const PickleValue* value = file_.pickle.find(dict, key);
    return value && value->kind == kind ? value : nullptr;
  }
  bool holds(const PickleValue& state, std::string_view slot) const {
    for (size_t i = 1; i < state.items.size(); i += 2)
      if (file_.pickle.find(file_.pickle[state.items[i]], slot)) return true;
    return false;
  }
  static double number(const PickleValue& value, std::string_view what) {
    if (value.kind == Kind::real && std::isfinite(value.real)) return value.real;
    if (value.kind == Kind::integer || value.kind == Kind::boolean) return static_cast<double>(value.integer);
    throw Error("its " + std::string(what) + " is no number");
  }
  double number(const PickleValue& group, std::string_view key, double usual) const {
    const PickleValue* value = file_.pickle.find(group, key);
    if (!value) return usual;
    if (value->kind == Kind::tensor) return first_of(*value, key);
    return number(*value, key);
  }
  double first_of(const PickleValue& value, std::string_view what) const {
    const ForeignTensor tensor = read_tensor(std::string(what), *value.tensor, file_, budget_);
    if (tensor.values.size() != 1 || !std::isfinite(tensor.values[0]))
      throw Error("its " + std::string(what) + " is no number");
    return static_cast<double>(tensor.values[0]);
  }
  int64_t steps(const PickleValue& slots) const {
    const double steps = number(slots, "step", 0);
    if (!(steps >= 0 && steps < 1e15)) throw Error("its number of steps is " + value_text(steps));
    return static_cast<int64_t>(steps);
  }
  std::string adam_text(const PickleValue& group) const {
    const PickleValue* betas = find(group, "betas", Kind::tuple);
    if (!betas || betas->items.size() != 2) throw Error("its betas are no pair");
    return fmt::format("{},beta1={},beta2={},eps={},weight-decay={}{}",
                       number(group, "decoupled_weight_decay", 0) != 0 ? "adamw" : "adam",
                       value_text(number(file_.pickle[betas->items[0]], "betas")),
                       value_text(number(file_.pickle[betas->items[1]], "betas")),
                       value_text(number(group, "eps", 1e-8)), value_text(number(group, "weight_decay", 0)),
                       number(group, "amsgrad", 0) != 0 ? ",amsgrad" : "");
  }
  std::string sgd_text(const PickleValue& group) const {
    return fmt::format("sgd,momentum={},dampening={},weight-decay={}{}", value_text(number(group, "momentum", 0)),
                       value_text(number(group, "dampening", 0)), value_text(number(group, "weight_decay", 0)),
                       number(group, "nesterov", 0) != 0 ? ",nesterov" : "");
  }
  /// The parameters by their numbers: by the names that the optimizer has, else in the order of the state_dict.
  std::vector<const ForeignTensor*> parameters(const PickleValue& groups) const {
    std::vector<const ForeignTensor*> all, named;
    std::map<std::string, const ForeignTensor*> by_name;
    for (const ForeignTensor& tensor : weights_)
      if (!is_buffer(tensor.name)) all.push_back(&tensor), by_name.emplace(tensor.name, &tensor);
    size_t count = 0;
    for (const PickleRef ref : groups.items) {
      const PickleValue& group = file_.pickle[ref];
      const PickleValue *params = find(group, "params", Kind::list), *names = find(group, "param_names", Kind::list);
      if (!params) throw Error("a group without params");
      count += params->items.size();
      if (!names || names->items.size() != params->items.size()) continue;
      for (const PickleRef name : names->items)
        if (const auto tensor = by_name.find(file_.pickle[name].text); tensor != by_name.end())
          named.push_back(tensor->second);
    }
    if (named.size() == count) return named;
    if (groups.items.size() > 1) throw Error("it has several groups of parameters, without their names");
    if (count != all.size())
      throw Error(fmt::format("it has {} parameters, the weights beside it {}", count, all.size()));
    return all;
  }
  void take(const PickleValue& slots, const ForeignTensor& param, std::span<const SlotNames> names,
            ForeignOptimizer& optimizer) const {
    for (const SlotNames& slot : names) {
      const PickleValue* value = find(slots, slot.theirs, Kind::tensor);
      if (!value) continue;
      ForeignTensor tensor = read_tensor(param.name, *value->tensor, file_, budget_);
      if (tensor.shape != param.shape)
        throw Error(fmt::format("its {} of '{}' has shape {}, the weights {}", slot.theirs, printable(param.name),
                                tensor.shape.text(), param.shape.text()));
      for (const float x : tensor.values)
        if (!std::isfinite(x) || (slot.squares && x < 0))
          throw Error(fmt::format("its {} of '{}' holds {}", slot.theirs, printable(param.name), x));
      optimizer.slots[slot.ours].push_back(std::move(tensor));
    }
  }

  const TorchFile& file_;
  const std::vector<ForeignTensor>& weights_;
  const Budget& budget_;
};

}  // namespace

void write_optimizer(const OptimizerState& state, const std::vector<StateTensor>& weights, PickleWriter& pickle) {
  const Configured<Optimizer> optimizer = make_optimizer(state.optimizer, like_named(state.like));
  if (optimizer.name != "sgd" && optimizer.name != "adam" && optimizer.name != "adamw")
    throw UsageError("--optimizer-state: sgd, adam and adamw are written for PyTorch, not " + optimizer.name);
  const bool is_sgd = optimizer.name == "sgd";
  if (is_sgd && is_set(optimizer.options, "rate-in-momentum"))
    throw UsageError("--optimizer-state: the momentum contains the learning rate, as Keras has it; PyTorch's does not");
  int64_t number = 0;
  pickle.dict();
  pickle.begin_items();
  pickle.text("state"), pickle.dict();
  pickle.begin_items();
  for (const StateTensor& weight : weights) {
    if (is_buffer(weight.name)) continue;
    write_slots(state, weight, is_sgd, number++, pickle);
  }
  pickle.end_items();
  pickle.text("param_groups"), pickle.begin_list();
  write_group(optimizer, state.rate, number, pickle);
  pickle.end_list();
  pickle.end_items();
}

std::optional<ForeignOptimizer> optimizer_of(const TorchFile& file, const std::vector<ForeignTensor>& weights,
                                             const Budget& budget) {
  for (const std::string_view key : usual_state_keys) {
    const PickleValue* dict = file.pickle.find(file.pickle[file.pickle.root], key);
    if (!dict || !file.pickle.find(*dict, "param_groups")) continue;
    try {
      return StateReader(file, weights, budget).read(*dict);
    } catch (const Error& e) {
      ForeignOptimizer none;
      none.why_not = e.what();
      return none;
    }
  }
  return {};
}

}  // namespace nn
