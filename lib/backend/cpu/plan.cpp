// SPDX-License-Identifier: MIT
#include "backend/cpu/plan.h"

#include <algorithm>

#include <fmt/format.h>

namespace nn::cpu {
namespace {

int64_t round_up(int64_t n) { return (n + 15) / 16 * 16; }

/// Ops whose output is the same array as their input.
bool is_alias(const Op& op, bool training) {
  return std::holds_alternative<Reshape>(op.what) || (!training && std::holds_alternative<Dropout>(op.what));
}

bool is_loss(const Op& op) {
  return std::holds_alternative<SoftmaxLoss>(op.what) || std::holds_alternative<MseLoss>(op.what) ||
         std::holds_alternative<BceLoss>(op.what);
}

}  // namespace

CpuPlan::CpuPlan(const Graph& graph, const PlanOptions& options, CpuMemory& memory, const Kernels& kernels, Team& team)
    : graph_(graph), options_(options), team_(team), kernels_(kernels) {
  if (options_.batch < 1 || options_.tiles < 1) throw std::logic_error("a plan needs a batch and tiles of 1 at least");
  place_values();
  make_steps(memory, kernels);
  schedule();
  int64_t most = 0;
  for (const auto& s : steps_) most = std::max(most, s->scratch());
  for (int w = 0; w < team_.size(); ++w) scratch_.emplace_back(most + 64);
}

/// Every value has an array of its own, but for aliases; gradients likewise, where they are wanted.
void CpuPlan::place_values() {
  const size_t n = graph_.values.size();
  std::vector<int64_t> value_place(n, -1), gradient_place(n, -1);
  std::vector<int> readers(n);
  wanted_.assign(n, false);
  int64_t end = 0;
  for (const Op& op : graph_.ops)
    for (ValueId v : op.inputs) ++readers[static_cast<size_t>(v)];
  for (const Op& op : graph_.ops) {
    const size_t out = static_cast<size_t>(op.output);
    bool wanted = op.inputs.empty() && options_.input_gradient;
    for (ParamId p : op.params) wanted = wanted || graph_.params[static_cast<size_t>(p)].trainable;
    for (ValueId v : op.inputs) wanted = wanted || wanted_[static_cast<size_t>(v)];
    wanted_[out] = wanted && options_.training;
    const bool alias = is_alias(op, options_.training);
    const size_t in = alias ? static_cast<size_t>(op.inputs[0]) : 0;
    if (is_loss(op)) continue;
    if (alias) value_place[out] = value_place[in];
    else value_place[out] = end, end += round_up(count_of(op.output));
    if (!wanted_[out]) continue;
    if (alias && readers[in] == 1 && wanted_[in]) gradient_place[out] = gradient_place[in];
    else gradient_place[out] = end, end += round_up(count_of(op.output));
  }
  arena_ = Floats(end + 64);  // kernels may read a vector beyond a last row
  for (size_t v = 0; v < n; ++v) {
    values_.push_back(value_place[v] < 0 ? nullptr : arena_.get() + value_place[v]);
    gradients_.push_back(gradient_place[v] < 0 ? nullptr : arena_.get() + gradient_place[v]);
  }
  if (graph_.has_loss()) {
    const Op& loss = graph_.ops.back();
    sample_loss_ = Aligned<double>(options_.batch);
    if (std::holds_alternative<SoftmaxLoss>(loss.what)) labels_ = Aligned<int32_t>(options_.batch);
    else targets_ = Floats(count_of(loss.inputs.at(0)));
  }
}

void CpuPlan::make_steps(CpuMemory& memory, const Kernels& kernels) {
  const Host host{labels_.get(), targets_.get(), sample_loss_.get(), &loss_};
  std::vector<bool> written(graph_.values.size());
  std::vector<int> last(graph_.values.size(), -1);  // the op that reads a value last is the first to write its gradient
  for (size_t i = 0; i < graph_.ops.size(); ++i)
    for (ValueId v : graph_.ops[i].inputs) last[static_cast<size_t>(v)] = static_cast<int>(i);
  for (size_t i = 0; i < graph_.ops.size(); ++i) {
    const Op& op = graph_.ops[i];
    if (op.inputs.empty()) continue;
    StepData data{graph_, op, kernels, memory, options_.batch, options_.tiles, options_.training, {}, {}};
    data.y = values_[static_cast<size_t>(op.output)];
    data.dy = gradients_[static_cast<size_t>(op.output)];
    std::vector<Part> parts;
    std::vector<ValueId> seen;
    for (ValueId v : op.inputs) {
      const size_t k = static_cast<size_t>(v);
      data.x.push_back(values_[k]);
      float* dx = wanted_[k] ? gradients_[k] : nullptr;
      const bool again = std::find(seen.begin(), seen.end(), v) != seen.end();
      if (dx && (last[k] != static_cast<int>(i) || again)) {
        extra_.emplace_back(count_of(v));
        parts.push_back({nullptr, dx, extra_.back().get(), graph_.values[k].shape.count()});
        dx = extra_.back().get();
      }
      data.dx.push_back(dx);
      seen.push_back(v);
    }
    if (is_alias(op, options_.training) && (!data.dx[0] || data.dx[0] == data.dy)) continue;
    steps_.push_back(make_step(std::move(data), host));
    for (Part& p : parts) p.step = steps_.back().get(), sums_.push_back(p);
  }
}

StepPointer CpuPlan::make_step(StepData data, const Host& host) const {
  StepPointer step;
  const What& what = data.op.what;
  if (std::holds_alternative<MatMul>(what)) step = make_matmul(data);
  else if (std::holds_alternative<Conv>(what)) step = make_conv(data);
  else if (std::holds_alternative<Pool>(what)) step = make_pool(data);
  else if (std::holds_alternative<BatchNorm>(what)) step = make_batch_norm(data);
  else if (std::holds_alternative<Map>(what)) step = make_map(data);
  else if (std::holds_alternative<Dropout>(what)) step = options_.training ? make_dropout(data) : make_copy(data);
  else if (std::holds_alternative<Add>(what)) step = make_add(data);
  else if (std::holds_alternative<Reshape>(what)) step = make_copy(data);
  return step ? std::move(step) : make_fallback(std::move(data), host);
}

void CpuPlan::add_calls(std::vector<Segment>& segments, Step* step, int phases) const {
  for (int phase = 0; phase < phases; ++phase) {
    if (segments.empty() || phase > 0 || step->whole_batch()) segments.emplace_back();
    segments.back().push_back({step, phase});
  }
}

void CpuPlan::schedule() {
  bool wait = false;
  for (const auto& s : steps_) {
    if (wait) forward_.emplace_back();
    add_calls(forward_, s.get(), s->forward_phases());
    wait = s->whole_batch();
  }
  if (!options_.training) return;
  wait = false;
  for (size_t i = steps_.size(); i-- > 0;) {
    Step* step = steps_[i].get();
    if (!has_backward(*step)) continue;
    if (wait) backward_.emplace_back();
    add_calls(backward_, step, step->backward_phases());
    wait = step->whole_batch();
    for (const Part& p : sums_)
      if (p.step == step) {
        if (wait) backward_.emplace_back(), wait = false;
        Call call{nullptr, 0, p.sum, p.part, p.count};
        backward_.back().push_back(call);
      }
  }
}

/// False in front of the first trained parameter, where layers are frozen: nothing asks for a gradient there.
bool CpuPlan::has_backward(const Step& step) const { return wanted_[static_cast<size_t>(step.d.op.output)]; }

template <class Work>
void CpuPlan::run(Work&& work) {
  team_.run(options_.tiles, [&](int index, int worker) {
    const FlushDenormals flush;
    const auto [begin, end] = part_of(options_.batch, index, options_.tiles);
    work(Tile{index, options_.tiles, begin, end, scratch_[static_cast<size_t>(worker)].get()});
  });
}

void CpuPlan::forward(WordSource* words) {
  if (options_.training)
    for (const auto& s : steps_) s->words(words);
  for (const Segment& segment : forward_)
    run([&](const Tile& tile) {
      for (const Call& c : segment) c.step->forward(c.phase, tile);
    });
}

void CpuPlan::backward() {
  if (!options_.training) throw std::logic_error("backward of a plan that was not compiled for training");
  for (const Segment& segment : backward_)
    run([&](const Tile& tile) {
      for (const Call& c : segment) {
        if (c.step) {
          c.step->backward(c.phase, tile);
          continue;
        }
        float* sum = c.sum_into + tile.begin * c.count;
        kernels_.add(sum, c.part + tile.begin * c.count, sum, tile.samples() * c.count);
      }
    });
  run([&](const Tile& tile) {
    for (const auto& s : steps_)
      if (has_backward(*s)) s->finish(tile);
  });
}

Plan::Inputs CpuPlan::inputs() {
  const Op& input = graph_.ops.at(0);
  return {{values_[static_cast<size_t>(input.output)], static_cast<size_t>(count_of(input.output))},
          {labels_.get(), static_cast<size_t>(labels_.size())},
          {targets_.get(), static_cast<size_t>(targets_.size())}};
}

std::span<const float> CpuPlan::output() {
  return {values_[static_cast<size_t>(graph_.output)], static_cast<size_t>(count_of(graph_.output))};
}

std::vector<double> CpuPlan::value(ValueId value) {
  const float* v = values_.at(static_cast<size_t>(value));
  if (!v) return {sample_loss_.get(), sample_loss_.get() + sample_loss_.size()};
  return {v, v + count_of(value)};
}

std::vector<double> CpuPlan::gradient(ValueId value) {
  const float* g = gradients_.at(static_cast<size_t>(value));
  if (!g) throw std::logic_error(fmt::format("no gradient of value {} is kept", value));
  return {g, g + count_of(value)};
}

size_t CpuPlan::bytes() const {
  size_t n = arena_.bytes() + labels_.bytes() + targets_.bytes() + sample_loss_.bytes();
  for (const auto& f : extra_) n += f.bytes();
  for (const auto& f : scratch_) n += f.bytes();
  for (const auto& s : steps_) n += s->bytes();
  return n;
}

std::vector<std::string> CpuPlan::describe() const {
  std::vector<std::string> lines;
  for (const auto& s : steps_) {
    const Op& op = s->d.op;
    lines.push_back(fmt::format("{:<12} {:<12} {:<24} {} -> {}", op.layer, Graph::kind_of(op), s->kernel(), s->d.in().text(), s->d.out().text()));
  }
  return lines;
}

}  // namespace nn::cpu
