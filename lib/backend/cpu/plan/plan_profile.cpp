// SPDX-License-Identifier: MIT
// What a profiled plan tells: the names and costs of its steps, and their times.
#include "backend/cpu/plan/plan.h"
#include "graph/cost.h"

namespace nn::cpu {

void CpuPlan::set_profile(bool on) {
  profiling_ = on;
  forward_times_.clear();
  backward_times_.clear();
  if (!on) return;
  const std::vector<OpCost> costs = costs_of(graph_, options_.batch, options_.training);
  for (const auto& s : steps_) {
    StepTime forward{"", "forward", s->kernel(), 0, 0, 0, 0}, backward{"", "backward", s->kernel(), 0, 0, 0, 0};
    for (size_t k = 0; k < s->d.ops.size(); ++k) {
      const std::string& layer = s->d.op(k).layer;
      forward.name += (k > 0 ? "+" : "") + (layer.empty() ? std::string(name_of(s->d.op(k))) : layer);
      const OpCost& cost = costs.at(static_cast<size_t>(s->d.place(k)));
      forward.flops += cost.forward.flops;
      forward.bytes += cost.forward.bytes;
      backward.flops += cost.backward.flops;
      backward.bytes += cost.backward.bytes;
    }
    if (s->d.ops.empty()) forward.name = graph_.inputs[0].name;
    backward.name = forward.name;
    forward_times_.push_back(forward);
    backward_times_.push_back(backward);
  }
}

/// What one call costs becomes the cost of all. Of ragged samples it was counted for as many rows as they may have:
/// here for those of the last run.
std::vector<StepTime> CpuPlan::times() const {
  const double most = static_cast<double>(options_.batch * std::max<int64_t>(graph_.value(graph_.input()).most, 1));
  const auto of_rows = [&](std::vector<StepTime> times) {
    for (size_t i = 0; i < times.size(); ++i)
      if (steps_[i]->d.ragged()) {
        times[i].flops *= static_cast<double>(in_flight_.count()) / most;
        times[i].bytes *= static_cast<double>(in_flight_.count()) / most;
      }
    return times;
  };
  const std::vector<StepTime> backward = of_rows(backward_times_);
  std::vector<StepTime> times = of_rows(forward_times_);
  times.insert(times.end(), backward.rbegin(), backward.rend());
  for (StepTime& t : times) {
    t.flops *= static_cast<double>(t.calls);
    t.bytes *= static_cast<double>(t.calls);
  }
  std::erase_if(times, [](const StepTime& t) { return t.calls == 0; });
  return times;
}

}  // namespace nn::cpu
