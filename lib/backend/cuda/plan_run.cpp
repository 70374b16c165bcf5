// SPDX-License-Identifier: MIT
// What a plan does while it runs.
#include <chrono>
#include <iterator>
#include <stdexcept>

#include "backend/cuda/plan.h"
#include "base/error.h"
#include "graph/cost.h"

namespace nn::cuda {
namespace {

constexpr int64_t steps_of_recording = 16;

}  // namespace

/// While a profile is made, waits for the pass of each step.
template <class Pass>
void CudaPlan::timed(StepTime& time, Pass&& pass) {
  if (!profiling_) return pass();
  const int begin = device_.mark();
  pass();
  const int end = device_.mark();
  time.seconds += device_.seconds(begin, end);
  ++time.calls;
  device_.forget_marks();
}

bool CudaPlan::joins_samples() const { return !groups_.empty() && groups_.front().step->takes_samples(); }

void CudaPlan::launch_samples() {
  const Op* loss = graph_.loss();
  const bool targets = loss && traits_of(loss->what).target == LossTarget::targets;
  float* const x = joins_samples() ? nullptr : value_at(graph_.input());
  timed(samples_time_, [&] { feed_.launch(x, targets ? value_at(loss->inputs[1]) : nullptr); });
}

void CudaPlan::launch_forward() {
  for (Group& g : groups_) {
    device_.set_step(title(g));
    timed(g.forward, [&] { g.step->launch_forward(g.arrays); });
  }
}

void CudaPlan::launch_outcome(bool last) {
  const Op* loss = graph_.loss();
  const bool targets = loss && traits_of(loss->what).target == LossTarget::targets;
  const bool mean = loss && groups_.back().step->leaves_mean();
  const HitRule rule = options_.hits == HitRule::targets && !targets ? HitRule::none : options_.hits;
  device_.set_step("outcome");
  timed(outcome_time_, [&] {
    cuda::launch_outcome(device_,
                         {rule, options_.batch, graph_.value(graph_.output()).shape.count(), value_at(graph_.output()),
                          feed_.labels(), targets ? value_at(loss->inputs[1]) : nullptr,
                          mean ? sample_loss_.get() : nullptr, loss_.get(), feed_.step(), outcomes_.get()},
                         last);
  });
}

/// Before the step of a group.
void CudaPlan::launch_gradients(const Group& g) {
  device_.set_step(title(g));
  for (const auto& [sink, elements] : g.zeroed)
    device_.fill_zero(sink.at, static_cast<size_t>(elements) * sizeof(float));
}

void CudaPlan::launch_backward() {
  for (const ParamId p : unwritten_)
    device_.fill_zero(memory_.gradient(p),
                      static_cast<size_t>(graph_.params[static_cast<size_t>(p)].shape.count()) * sizeof(float));
  for (size_t k = groups_.size(); k-- > 0;) {
    Group& g = groups_[k];
    if (!g.learns) continue;
    launch_gradients(g);
    timed(g.backward, [&] { g.step->launch_backward(g.arrays); });
  }
}

void CudaPlan::launch_backward_and_update(std::string_view formula) {
  const ConstantsPlace constants{constants_.get(), feed_.step()};
  // A step that updates its parameters joins the whole network.
  if (groups_.size() == 1 && unwritten_.empty()) {
    launch_gradients(groups_[0]);
    if (groups_[0].step->launch_backward_and_update(groups_[0].arrays, formula, constants)) return;
  }
  launch_backward();
  device_.set_step(std::string(formula));
  memory_.launch_update(formula, constants);
}

void CudaPlan::forward(RandomSource* words) {
  feed_.load(words, value_at(graph_.input()));
  if (profiling_) {
    launch_samples();
    launch_forward();
    launch_outcome(false);
  } else {
    forward_.replay();
  }
  memory_.changed();
  forget_host();
}

void CudaPlan::backward() {
  if (!options_.training || !graph_.has_loss()) throw Error("backward needs a training plan of a graph with a loss");
  memory_.set_used_up(false);
  if (profiling_)
    launch_backward();
  else
    backward_.replay();
  memory_.changed();
}

/// {steps, constants of the formula}
void CudaPlan::load_constants(std::span<const double> constants, size_t steps) {
  const size_t width = constants.size() / steps;
  std::vector<float> table(steps * formula::max_constants);
  for (size_t i = 0; i < constants.size(); ++i)
    table[i / width * formula::max_constants + i % width] = static_cast<float>(constants[i]);
  device_.upload(constants_.get(), table.data(), table.size() * sizeof(float));
}

void CudaPlan::backward_and_update(const UpdateRule& rule) {
  memory_.check(rule);
  if (profiling_) {
    backward();
    timed(update_time_, [&] { memory_.update(rule); });
  } else {
    if (!options_.training || !graph_.has_loss()) throw Error("backward needs a training plan of a graph with a loss");
    load_constants(rule.constants, 1);
    recorded(rule.formula).backward.replay();
    memory_.changed();
  }
  memory_.set_used_up(true);
}

int64_t CudaPlan::steps_at_once() const {
  if (!options_.training || !graph_.has_loss() || !feed_.complete()) return 1;
  const auto most = static_cast<int64_t>(outcomes_.size());
  if (settings_.steps_at_once > 0) return std::min(most, settings_.steps_at_once);
  if (step_seconds_ == 0) return std::min(most, steps_of_recording);
  return std::clamp<int64_t>(static_cast<int64_t>(chunk_seconds / step_seconds_), 1, most);
}

const CudaPlan::Recorded& CudaPlan::recorded(std::string_view formula) {
  if (const auto found = recorded_.find(formula); found != recorded_.end()) return found->second;
  Recorded& r = recorded_[std::string(formula)];
  r.backward = {device_, [&] { launch_backward_and_update(formula); }};
  if (!feed_.complete()) return r;
  const auto step = [&] {
    launch_samples();
    launch_forward();
    launch_backward_and_update(formula);
    launch_outcome(true);
  };
  r.step = {device_, step};
  r.steps = {device_, [&] {
               for (int64_t i = 0; i < steps_of_recording; ++i) step();
             }};
  return r;
}

void CudaPlan::run(const StepsAhead& steps, std::span<StepOutcome> outcomes) {
  const auto begin = std::chrono::steady_clock::now();
  const auto count = static_cast<int64_t>(outcomes.size());
  if (count == 0) return;
  const size_t width = steps.constants.size() / outcomes.size();
  memory_.check({steps.formula, steps.constants.first(width)});
  feed_.load(steps, count);
  load_constants(steps.constants, outcomes.size());
  const Recorded& r = recorded(steps.formula);
  int64_t left = count;
  for (; left >= steps_of_recording; left -= steps_of_recording) r.steps.replay();
  for (; left > 0; --left) r.step.replay();
  device_.download(outcomes.data(), outcomes_.get(), outcomes.size_bytes());
  feed_.begin_again();
  device_.synchronize();
  memory_.changed();
  memory_.set_used_up(true);
  forget_host();
  step_seconds_ =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() / static_cast<double>(count);
}

void CudaPlan::forget_host() {
  outcome_there_ = sample_loss_there_ = false;
  for (Output& o : outputs_) o.there = false;
}

const StepOutcome& CudaPlan::outcome() {
  if (!outcome_there_) {
    device_.download(&outcome_, outcomes_.get(), sizeof outcome_);
    device_.synchronize();
    outcome_there_ = true;
  }
  return outcome_;
}

std::span<const float> CudaPlan::output(size_t which) {
  Output& o = outputs_.at(which);
  if (!o.there) {
    device_.download(o.host.data(), value_at(o.value), o.host.size() * sizeof(float));
    device_.synchronize();
    o.there = true;
  }
  return o.host;
}

std::span<const double> CudaPlan::sample_loss() {
  if (!sample_loss_there_ && !sample_loss_host_.empty()) sample_loss_.read(sample_loss_host_);
  sample_loss_there_ = true;
  return sample_loss_host_;
}

std::vector<double> CudaPlan::fetched(const float* from, ValueId v) {
  std::vector<float> floats(static_cast<size_t>(count(v)));
  device_.download(floats.data(), from, floats.size() * sizeof(float));
  device_.synchronize();
  return {floats.begin(), floats.end()};
}

std::vector<double> CudaPlan::value(ValueId v) {
  if (graph_.has_loss() && graph_.loss()->output == v) return {sample_loss().begin(), sample_loss().end()};
  if (!value_at(v)) return {};
  return fetched(value_at(v), v);
}

std::vector<double> CudaPlan::gradient(ValueId v) {
  if (!gradient_at(v)) throw Error("the plan keeps no gradient of value " + std::to_string(v));
  return fetched(gradient_at(v), v);
}

void CudaPlan::set_profile(bool on) {
  profiling_ = on;
  for (Group& g : groups_) g.forward = g.backward = {};
  samples_time_ = outcome_time_ = update_time_ = {};
}

std::vector<StepTime> CudaPlan::times() const {
  const std::vector<OpCost> costs = costs_of(graph_, options_.batch, options_.training);
  std::vector<StepTime> all;
  const auto add = [&](StepTime time, std::string name, const char* pass, std::string kernel, const Cost& cost) {
    if (time.calls == 0) return;
    time.name = std::move(name);
    time.pass = pass;
    time.kernel = std::move(kernel);
    time.flops = cost.flops * static_cast<double>(time.calls);
    time.bytes = cost.bytes * static_cast<double>(time.calls);
    all.push_back(std::move(time));
  };
  add(samples_time_, "samples", "forward", "gather", {});
  const auto cost_of = [&](const Group& g, Cost OpCost::*pass) {
    Cost sum;
    for (size_t i = 0; i < g.arrays.size(); ++i) sum += costs[g.first + i].*pass;
    return sum;
  };
  for (const Group& g : groups_) add(g.forward, title(g), "forward", g.step->kernel(), cost_of(g, &OpCost::forward));
  add(outcome_time_, "outcome", "forward", "own", {});
  for (size_t k = groups_.size(); k-- > 0;) {
    const Group& g = groups_[k];
    add(g.backward, title(g), "backward", g.step->kernel(), cost_of(g, &OpCost::backward));
  }
  add(update_time_, "update", "update", "own", {});
  return all;
}

}  // namespace nn::cuda
