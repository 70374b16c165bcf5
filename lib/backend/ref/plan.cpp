// SPDX-License-Identifier: MIT
#include "backend/ref/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>

#include "backend/pixels.h"
#include "backend/unsupported.h"
#include "base/error.h"
#include "graph/cost.h"

namespace nn::ref {

RefPlan::RefPlan(const Graph& graph, const PlanOptions& options, RefMemory& memory, const Settings& settings)
    : graph_(graph),
      options_(options),
      settings_(settings),
      memory_(memory),
      rows_(graph, options),
      in_flight_(graph, options),
      values_(graph.values.size()),
      gradients_(graph.values.size()) {
  refuse_unsupported(graph_, "ref");
  const Value& input = graph_.value(graph_.input());
  if (input.type == ElementType::float32)
    x_.resize(static_cast<size_t>(input.shape.with_batch(sizes().of(graph_, graph_.input())).count()));
  make_values();
  for (size_t i = 0; i < graph_.ops.size(); ++i) add_step(static_cast<int>(i));
}

/// Arrays of all values but the labels, and of the gradients of those that something asks for.
void RefPlan::make_values() {
  const auto size_of = [&](size_t v) {
    return static_cast<size_t>(graph_.values[v].shape.with_batch(sizes().of(graph_, static_cast<ValueId>(v))).count());
  };
  for (size_t v = 0; v < values_.size(); ++v) {
    if (graph_.values[v].type != ElementType::float32) continue;
    values_[v].resize(size_of(v));
    if (options_.training) gradients_[v].resize(size_of(v));
  }
  for (const Input& input : graph_.inputs)
    if (input.value != graph_.input() || !options_.input_gradient) gradients_[static_cast<size_t>(input.value)] = {};
  for (const ValueId v : graph_.outputs) output_.emplace_back(size_of(static_cast<size_t>(v)));
  if (wants_labels(options_.hits)) labels_.resize(static_cast<size_t>(options_.batch));
  const Op* loss = graph_.loss();
  if (!loss) return;
  sample_loss_.resize(static_cast<size_t>(options_.batch));
  const size_t wanted = static_cast<size_t>(loss->inputs.at(1));
  if (traits_of(loss->what).target == LossTarget::labels)
    labels_.resize(size_of(wanted));
  else
    targets_.resize(size_of(wanted));
}

void RefPlan::add_step(int index) {
  const Op& op = graph_.ops[static_cast<size_t>(index)];
  std::unique_ptr<OpRunner<double>> runner;
  if (options_.precision == Precision::bf16 && rounds(op))
    runner = make_rounded(graph_, op, sizes(), options_.training, factor_of_bytes(graph_, options_, op));
  else
    runner = make_runner<double>(graph_, op, sizes(), options_.training);
  Step step{index, std::move(runner), {}, {}, {}, {}};
  OpData<double>& d = step.data;
  for (const ValueId input : op.inputs) {
    const size_t v = static_cast<size_t>(input);
    d.x.push_back(values_.at(v).empty() ? nullptr : values_[v].data());
    if (graph_.value(input).ragged && values_[v].empty()) d.ids = in_flight_.id();
    d.dx.push_back(gradients_[v].empty() ? nullptr : gradients_[v].data());
  }
  for (const ParamId p : op.params) {
    d.param.push_back(memory_.values(p));
    d.dparam.push_back(options_.training ? memory_.gradients(p) : nullptr);
  }
  if (is_loss(op)) {
    d.labels = labels_.data();
    d.sample_loss = sample_loss_.data();
    d.loss = &loss_;
  } else {
    const size_t v = static_cast<size_t>(op.output);
    d.y = values_.at(v).data();
    d.dy = gradients_[v].data();
  }
  d.start = in_flight_.starts();
  if (options_.training) step.words.resize(static_cast<size_t>(words_wanted(graph_, op, sizes())));
  d.words = step.words.data();
  steps_.push_back(std::move(step));
}

/// Products of the rows of ragged samples are float32, as in every backend.
bool RefPlan::rounds(const Op& op) const {
  if (graph_.value(op.output).ragged) return false;
  const Conv* conv = std::get_if<Conv>(&op.what);
  return std::holds_alternative<MatMul>(op.what) || (conv && settings_.in_bf16(*conv));
}

Plan::Inputs RefPlan::inputs() {
  return {rows_ ? std::span<float>() : std::span<float>(x_),
          rows_.index(),
          rows_.has_labels() ? std::span<int32_t>() : std::span<int32_t>(labels_),
          rows_.has_targets() ? std::span<float>() : std::span<float>(targets_),
          in_flight_.start(),
          in_flight_.ids()};
}

/// From the source, if there is one.
void RefPlan::take_samples() {
  if (!rows_) return;
  rows_.find(labels_, targets_);
  const std::span<const float> values = options_.source->byte_values;
  const auto batch = static_cast<size_t>(options_.batch);
  const size_t count = x_.size() / batch, area = rows_.of_bytes() ? count / (values.size() / 256) : 0;
  for (size_t n = 0; n < batch; ++n)
    for (size_t i = 0; i < count; ++i)
      x_[n * count + i] = rows_.of_bytes() ? values[i / area * 256 + rows_.bytes()[n][i]] : rows_.floats()[n][i];
}

template <class Work>
void RefPlan::timed(StepTime& time, Work&& work) {
  if (!profiling_) return work();
  const auto begin = std::chrono::steady_clock::now();
  work();
  time.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  ++time.calls;
}

void RefPlan::set_profile(bool on) {
  profiling_ = on;
  for (Step& s : steps_) s.forward = s.backward = {};
}

std::vector<StepTime> RefPlan::times() const {
  const std::vector<OpCost> costs = costs_of(graph_, options_.batch, options_.training);
  std::vector<StepTime> forward, backward;
  const auto add = [](std::vector<StepTime>& to, StepTime time, const Op& op, const char* pass, const Cost& cost) {
    if (time.calls == 0) return;
    time.name = op.layer.empty() ? name_of(op) : op.layer;
    time.pass = pass;
    time.kernel = "loops";
    time.flops = cost.flops * static_cast<double>(time.calls);
    time.bytes = cost.bytes * static_cast<double>(time.calls);
    to.push_back(std::move(time));
  };
  for (const Step& s : steps_)
    add(forward, s.forward, graph_.ops[static_cast<size_t>(s.op)], "forward", costs[static_cast<size_t>(s.op)].forward);
  for (size_t i = steps_.size(); i-- > 0;)
    add(backward, steps_[i].backward, graph_.ops[static_cast<size_t>(steps_[i].op)], "backward",
        costs[static_cast<size_t>(steps_[i].op)].backward);
  forward.insert(forward.end(), std::make_move_iterator(backward.begin()), std::make_move_iterator(backward.end()));
  return forward;
}

void RefPlan::forward(RandomSource* words) {
  take_samples();
  in_flight_.check();
  std::copy(x_.begin(), x_.end(), values_[static_cast<size_t>(graph_.input())].begin());
  const Op* loss = graph_.loss();
  if (!targets_.empty())
    std::copy(targets_.begin(), targets_.end(), values_[static_cast<size_t>(loss->inputs[1])].begin());
  for (Step& step : steps_) {
    const Op& op = graph_.ops[static_cast<size_t>(step.op)];
    const bool by_row = traits_of(op.what).rows == Rows::each;
    step.data.samples = by_row ? samples(op.inputs[0]) : options_.batch;
    if (!step.words.empty()) {
      if (!words) throw Error("a training plan with dropout was run without random words");
      const RunSizes now{options_.batch, in_flight_.count()};
      words->words(step.op, std::span(step.words).first(static_cast<size_t>(words_wanted(graph_, op, now))));
    }
    timed(step.forward, [&] { step.runner->forward(step.data); });
  }
  for (size_t i = 0; i < output_.size(); ++i) {
    const std::vector<double>& output = values_[static_cast<size_t>(graph_.outputs[i])];
    const auto end = output.begin() + static_cast<int64_t>(elements(graph_.outputs[i]));
    std::transform(output.begin(), end, output_[i].begin(), [](double v) { return static_cast<float>(v); });
  }
  if (loss) std::copy(sample_loss_.begin(), sample_loss_.end(), values_[static_cast<size_t>(loss->output)].begin());
}

void RefPlan::backward() {
  if (!options_.training || !graph_.has_loss()) throw Error("backward needs a training plan of a graph with a loss");
  for (std::vector<double>& g : gradients_) std::fill(g.begin(), g.end(), 0.0);
  memory_.zero_gradients();
  memory_.set_used_up(false);
  for (size_t i = steps_.size(); i-- > 0;)
    timed(steps_[i].backward, [&] { steps_[i].runner->backward(steps_[i].data); });
}

void RefPlan::backward_and_update(const UpdateRule& rule) {
  backward();
  memory_.update(rule);
  memory_.set_used_up(true);  // as in every other backend
}

int64_t RefPlan::steps_at_once() const {
  const bool can = options_.training && graph_.has_loss() && rows_.complete(graph_, options_);
  return can ? settings_.steps_at_once : 1;
}

void RefPlan::run(const StepsAhead& steps, std::span<StepOutcome> outcomes) {
  const auto part = [&](auto all, size_t i) {
    const size_t size = all.size() / outcomes.size();
    return all.subspan(i * size, size);
  };
  for (size_t i = 0; i < outcomes.size(); ++i) {
    const std::span<const int64_t> rows = part(steps.rows, i);
    std::copy(rows.begin(), rows.end(), rows_.index().begin());
    DescribedWords words(graph_, part(steps.masks, i));
    forward(&words);
    outcomes[i] = {loss_, hits()};
    backward_and_update({steps.formula, part(steps.constants, i)});
  }
}

std::vector<double> RefPlan::gradient(ValueId value) {
  const std::vector<double>& g = gradients_.at(static_cast<size_t>(value));
  if (g.empty()) throw Error(fmt::format("the plan keeps no gradient of value {}", value));
  return {g.begin(), g.begin() + static_cast<int64_t>(elements(value))};
}

size_t RefPlan::bytes() const {
  size_t sum = x_.size() * 4 + targets_.size() * 4 + labels_.size() * 4 + sample_loss_.size() * 8;
  for (const auto& output : output_) sum += output.size() * sizeof(float);
  for (const auto& v : values_) sum += v.size() * sizeof(double);
  for (const auto& g : gradients_) sum += g.size() * sizeof(double);
  for (const Step& s : steps_) sum += s.runner->bytes() + s.words.size() * sizeof(uint32_t);
  return sum;
}

std::vector<std::string> RefPlan::describe() const {
  std::vector<std::string> lines;
  for (const Step& s : steps_) {
    const Op& op = graph_.ops[static_cast<size_t>(s.op)];
    const Shape &in = graph_.value(op.inputs.at(0)).shape, &out = graph_.value(op.output).shape;
    lines.push_back(
        fmt::format("{:<12} {:<14} {:<10} {} -> {}", op.layer, name_of(op), "loops", in.text(), out.text()));
  }
  return lines;
}

}  // namespace nn::ref
