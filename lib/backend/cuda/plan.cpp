// SPDX-License-Identifier: MIT
// What is decided when a plan is made.
#include "backend/cuda/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "backend/cuda/patterns/pattern.h"
#include "backend/cuda/steps.h"
#include "backend/unsupported.h"
#include "base/error.h"

namespace nn::cuda {
namespace {

constexpr int64_t most_steps = 1024, table_bytes = 8 << 20;

/// How many steps ahead there is room for: row numbers and masks take some megabytes at most.
int64_t room_for_steps(const PlanOptions& options, const Settings& settings) {
  if (!options.training || !options.source) return 1;
  const int64_t wanted = settings.steps_at_once > 0 ? settings.steps_at_once : most_steps;
  return std::clamp<int64_t>(table_bytes / (options.batch * 8), 1, wanted);
}

std::unique_ptr<Step> step_of(const Op& op, const Setup& setup) {
  return std::visit(
      [&]<class Kind>(const Kind& what) -> std::unique_ptr<Step> {
        if constexpr (has_step<Kind>) {
          return make_step(what, setup);
        } else {
          throw Error(
              fmt::format("layer '{}': device cuda cannot compute {}: there is no kernel for it; use --device cpu",
                          op.layer, name_of(op)));
        }
      },
      op.what);
}

}  // namespace

CudaPlan::CudaPlan(Device& device, const Graph& graph, const PlanOptions& options, CudaMemory& memory,
                   Residents& residents, const Settings& settings)
    : device_(device),
      graph_((refuse_unsupported(graph, "device cuda"), refuse_ragged(graph, "device cuda"), graph)),
      options_(options),
      settings_(settings),
      memory_(memory),
      feed_(device, graph_, options_, residents, room_for_steps(options, settings)) {
  find_roots();
  find_wanted();
  place_values();
  make_steps();
  if (options_.training) place_sinks();
  for (const ValueId v : graph_.outputs) outputs_.push_back({v, std::vector<float>(static_cast<size_t>(count(v)))});
  const int64_t steps = std::max<int64_t>(feed_.complete() ? room_for_steps(options, settings) : 1, 1);
  outcomes_ = {device_, static_cast<size_t>(steps)};
  constants_ = {device_, static_cast<size_t>(steps * formula::max_constants)};
  forward_ = {device_, [&] {
                launch_samples();
                launch_forward();
                launch_outcome(false);
              }};
  if (options_.training && graph_.has_loss()) backward_ = {device_, [&] { launch_backward(); }};
}

/// Its output is its input.
bool CudaPlan::in_place(const Op& op) const {
  return std::holds_alternative<Reshape>(op.what) || (!options_.training && std::holds_alternative<Dropout>(op.what));
}

void CudaPlan::find_roots() {
  roots_.resize(graph_.values.size());
  std::iota(roots_.begin(), roots_.end(), size_t{0});
  for (const Op& op : graph_.ops)
    if (in_place(op)) roots_[static_cast<size_t>(op.output)] = root(op.inputs.at(0));
}

/// Gradients that lead to a parameter that is trained, or to the samples where that is asked for.
void CudaPlan::find_wanted() {
  wanted_.assign(graph_.values.size(), false);
  if (!options_.training) return;
  wanted_[static_cast<size_t>(graph_.input())] = options_.input_gradient;
  for (const Op& op : graph_.ops) {
    bool wanted = false;
    for (const ParamId p : op.params) wanted = wanted || graph_.params[static_cast<size_t>(p)].trainable;
    for (const ValueId v : op.inputs) wanted = wanted || wanted_[static_cast<size_t>(v)];
    wanted_[static_cast<size_t>(op.output)] = wanted;
  }
}

void CudaPlan::place_values() {
  at_.assign(graph_.values.size(), 0);
  size_t size = 0;
  for (size_t v = 0; v < at_.size(); ++v) {
    if (roots_[v] != v || graph_.values[v].type != ElementType::float32) continue;
    at_[v] = size;
    size += (static_cast<size_t>(count(static_cast<ValueId>(v))) + 63) / 64 * 64;
  }
  values_ = {device_, size};
  if (options_.training) gradients_ = {device_, size};
  if (!graph_.has_loss()) return;
  sample_loss_host_.resize(static_cast<size_t>(options_.batch));
  sample_loss_ = {device_, sample_loss_host_.size()};
  loss_ = {device_, 2};
}

float* CudaPlan::value_at(ValueId v) const {
  return graph_.value(v).type == ElementType::float32 ? values_.get() + at_[root(v)] : nullptr;
}
float* CudaPlan::gradient_at(ValueId v) const {
  return wanted_[static_cast<size_t>(v)] ? gradients_.get() + at_[root(v)] : nullptr;
}

void CudaPlan::make_steps() {
  const std::vector<const Op*> only_readers = graph_.only_readers();
  for (size_t i = 0; i < graph_.ops.size();) {
    groups_.push_back(group_at(i, only_readers));
    i += groups_.back().arrays.size();
    if (!groups_.back().step) groups_.pop_back();
  }
}

/// Of the first pattern that fits; without a step where the output lies in the place of the input.
CudaPlan::Group CudaPlan::group_at(size_t first, const std::vector<const Op*>& only_readers) {
  Match match;
  const Joining joining{device_, graph_, options_, feed_, memory_, only_readers};
#define PATTERN(name) \
  if (options_.fuse && match.ops == 0) match = match_##name(joining, first);
#include "backend/cuda/patterns/patterns.def"
#undef PATTERN
  const Op& op = graph_.ops[first];
  if (match.ops == 0) match = {1, in_place(op) ? nullptr : step_of(op, {device_, graph_, op, options_, settings_})};
  Group g{first, std::move(match.step), {}, {}, false, {}, {}};
  for (size_t i = first; i < first + match.ops; ++i) g.arrays.push_back(arrays_of(i));
  return g;
}

OpArrays CudaPlan::arrays_of(size_t place) const {
  const Op& op = graph_.ops[place];
  OpArrays a;
  for (const ValueId v : op.inputs) a.x.push_back(value_at(v));
  for (const ParamId p : op.params) a.param.push_back(memory_.values(p));
  if (is_loss(op)) {
    a.labels = feed_.labels();
    a.sample_loss = sample_loss_.get();
    a.loss = loss_.get();
  } else {
    a.y = value_at(op.output);
    a.dy = gradient_at(op.output);
    a.mask = feed_.mask_of(static_cast<int>(place));
  }
  return a;
}

/// Backward goes from the last op to the first: what comes first to a gradient writes it, the others add.
void CudaPlan::place_sinks() {
  std::vector<bool> written(graph_.values.size()), param_written(graph_.params.size());
  const auto sink = [](std::vector<bool>& all, size_t i, float* at) {
    const Sink s{at, all[i]};
    if (at) all[i] = true;
    return s;
  };
  for (size_t k = groups_.size(); k-- > 0;) {
    Group& g = groups_[k];
    for (size_t i = g.arrays.size(); i-- > 0;) {
      const Op& op = graph_.ops[g.first + i];
      const bool learns = wanted_[static_cast<size_t>(op.output)] || is_loss(op);
      g.learns = g.learns || learns;
      if (learns && !is_loss(op) && !written[root(op.output)])
        g.zeroed.emplace_back(sink(written, root(op.output), gradient_at(op.output)), count(op.output));
      for (const ValueId v : op.inputs) {
        const bool compared = is_loss(op) && v != op.inputs[0];
        g.arrays[i].dx.push_back(sink(written, root(v), learns && !compared ? gradient_at(v) : nullptr));
      }
      for (const ParamId p : op.params)
        g.arrays[i].dparam.push_back(
            sink(param_written, static_cast<size_t>(p), learns ? memory_.gradient(p) : nullptr));
    }
  }
  for (size_t p = 0; p < param_written.size(); ++p)
    if (!param_written[p] && graph_.params[p].trainable) unwritten_.push_back(static_cast<ParamId>(p));
}

size_t CudaPlan::bytes() const {
  size_t sum = values_.bytes() + gradients_.bytes() + feed_.bytes() + outcomes_.bytes() + constants_.bytes() +
               sample_loss_.bytes();
  for (const Group& g : groups_) sum += g.step->bytes();
  for (const Output& o : outputs_) sum += o.host.size() * sizeof(float);
  return sum;
}

std::string CudaPlan::title(const Group& g) const {
  std::string text;
  for (size_t i = 0; i < g.arrays.size(); ++i) {
    const Op& op = graph_.ops[g.first + i];
    const std::string name = op.layer.empty() ? name_of(op) : op.layer;
    if (!in_place(op) && (text.empty() || name != graph_.ops[g.first + i - 1].layer))
      text += (text.empty() ? "" : "+") + name;
  }
  return text;
}

std::vector<std::string> CudaPlan::describe() const {
  std::vector<std::string> lines;
  for (const Group& g : groups_) {
    const Op &op = graph_.ops[g.first], &last = graph_.ops[g.first + g.arrays.size() - 1];
    const std::string kind = g.arrays.size() == 1 ? name_of(op) : fmt::format("{} ops", g.arrays.size());
    lines.push_back(fmt::format("{:<12} {:<14} {:<10} {} -> {}", title(g), kind, g.step->kernel(),
                                graph_.value(op.inputs.at(0)).shape.text(), graph_.value(last.output).shape.text()));
  }
  return lines;
}

}  // namespace nn::cuda
