// SPDX-License-Identifier: MIT
#include "train/engine/profile.h"

#include <fmt/format.h>

#include <algorithm>

namespace nn {
namespace {

bool same_step(const StepTime& a, const StepTime& b) {
  return a.name == b.name && a.pass == b.pass && a.kernel == b.kernel;
}

void add(StepTime& to, const StepTime& more) {
  to.calls += more.calls;
  to.seconds += more.seconds;
  to.flops += more.flops;
  to.bytes += more.bytes;
}

/// "123.4  33 %", blank for what was not counted.
std::string rate(double amount, double seconds, double peak) {
  if (amount == 0 || seconds <= 0) return fmt::format("{:>8} {:>5}", "", "");
  const double giga = amount / seconds / 1e9;
  return fmt::format("{:>8.1f} {:>3.0f} %", giga, 100 * giga / peak);
}

std::string line(const StepTime& t, double whole, const Peak& peak, size_t names, size_t kernels) {
  const std::string name = t.pass.empty() ? t.name : t.pass + " " + t.name;
  return fmt::format("{:<{}}  {:<{}} {:>7} {:>10.1f} {:>5.1f} %  {}  {}\n", name, names, t.kernel, kernels, t.calls,
                     t.calls ? t.seconds / static_cast<double>(t.calls) * 1e6 : 0.0,
                     whole > 0 ? 100 * t.seconds / whole : 0.0, rate(t.flops, t.seconds, peak.gflops),
                     rate(t.bytes, t.seconds, peak.gbytes));
}

}  // namespace

void StepTimer::end(const char* part, const Cost& cost) {
  if (!on_) return;
  const Time::time_point now = Time::now();
  StepTime lap;
  lap.name = part;
  lap.calls = 1;
  lap.seconds = std::chrono::duration<double>(now - last_).count();
  lap.flops = cost.flops;
  lap.bytes = cost.bytes;
  merge_times(timer_, {&lap, 1});
  last_ = Time::now();
}

void merge_times(std::vector<StepTime>& into, std::span<const StepTime> times) {
  for (const StepTime& t : times) {
    const auto known = std::find_if(into.begin(), into.end(), [&](const StepTime& i) { return same_step(i, t); });
    known == into.end() ? into.push_back(t) : add(*known, t);
  }
}

std::vector<StepTime> with_plan_steps(std::span<const StepTime> laps, std::span<const StepTime> steps) {
  std::vector<StepTime> all;
  for (const StepTime& lap : laps) {
    StepTime rest = lap;
    bool any = false;
    for (const StepTime& step : steps)
      if (lap.name == step.pass || (lap.name == "backward" && step.pass == "update")) {
        all.push_back(step);
        rest.seconds = std::max(0.0, rest.seconds - step.seconds);
        any = true;
      }
    if (any) rest.name = "rest of " + lap.name;
    all.push_back(rest);
  }
  return all;
}

std::string profile_text(std::span<const StepTime> times, const Peak& peak) {
  StepTime sum;
  size_t names = 10, kernels = 6;
  for (const StepTime& t : times) {
    add(sum, t);
    names = std::max(names, t.name.size() + (t.pass.empty() ? 0 : t.pass.size() + 1));
    kernels = std::max(kernels, t.kernel.size());
  }
  if (times.empty()) return "profile: no step was run\n";
  sum.name = "whole step";
  sum.calls = times[0].calls;
  std::string text = fmt::format("peak of this machine: {:.0f} GF/s of float32 ({}), {:.0f} GB/s (triad over {} MiB)\n",
                                 peak.gflops, peak.isa, peak.gbytes, peak.bytes >> 20);
  text += fmt::format("{:<{}}  {:<{}} {:>7} {:>10} {:>7}  {:>8} {:>5}  {:>8} {:>5}\n", "step", names, "kernel", kernels,
                      "calls", "us a call", "share", "GF/s", "peak", "GB/s", "peak");
  for (const StepTime& t : times) text += line(t, sum.seconds, peak, names, kernels);
  text += line(sum, sum.seconds, peak, names, kernels);
  const auto any = [&](const char* part) {
    return std::any_of(times.begin(), times.end(), [&](const StepTime& t) { return t.name == part || t.pass == part; });
  };
  if (any("backward") && !any("update"))
    text += "(in the times of backward: the update of each weight as its gradient comes)\n";
  return text;
}

}  // namespace nn
