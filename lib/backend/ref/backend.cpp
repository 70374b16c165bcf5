// SPDX-License-Identifier: MIT
// The reference backend: everything in double, one op after the other on the calling thread.
#include "backend/ref/backend.h"

#include "backend/cpu/conv/kinds.h"
#include "backend/ref/memory.h"
#include "backend/ref/plan.h"
#include "base/error.h"

namespace nn {

namespace {
class RefBackend final : public Backend {
 public:
  RefBackend(const DeviceRequest& request, const ref::Settings& settings)
      : team_(request.threads), budget_(request.budget), settings_(settings) {
    if (!settings_.in_bf16) settings_.in_bf16 = &cpu::in_bf16;
  }
  std::string name() const override { return "ref"; }
  std::string isa() const override { return "portable"; }
  std::vector<std::string> libraries() const override { return {}; }
  std::string bf16_hardware() const override { return ""; }
  bool always_exact() const override { return true; }
  Team& team() override { return team_; }
  std::unique_ptr<Memory> allocate(const Graph& graph, int slots) override {
    ask_for_memory(budget_, graph, slots, sizeof(double));
    return std::make_unique<ref::RefMemory>(graph, slots);
  }
  std::unique_ptr<Plan> compile(const Graph& graph, const PlanOptions& options, Memory& memory) override {
    auto* own = dynamic_cast<ref::RefMemory*>(&memory);
    if (!own) throw Error("the memory of another backend was given to ref");
    std::vector<int64_t> elements;
    for (const Value& value : graph.values) elements.push_back(value.shape.count());
    ask_for_values(budget_, graph, options.batch, elements, options.training ? 2 : 1, sizeof(double));
    return std::make_unique<ref::RefPlan>(graph, options, *own, settings_);
  }

 private:
  Team team_;  // for callers that cut work of their own; the loops here use none of it
  Budget budget_;
  ref::Settings settings_;
};
}  // namespace

std::unique_ptr<Backend> ref::make_backend(const DeviceRequest& request, const Settings& settings) {
  return std::make_unique<RefBackend>(request, settings);
}

extern const BackendType ref_backend;
const BackendType ref_backend{
    "ref", "plain loops in double precision: slow, the reference for all others", 0, usable_anywhere,
    [](const DeviceRequest& request) -> std::unique_ptr<Backend> { return ref::make_backend(request, {}); }};

}  // namespace nn
