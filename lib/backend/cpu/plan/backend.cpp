// SPDX-License-Identifier: MIT
// The cpu backend: float, all processors of the process, kernels for the instruction set that was found.
#include "backend/cpu/plan/backend.h"

#include "backend/cpu/conv/choices.h"
#include "backend/cpu/kernels/bf16.h"
#include "backend/cpu/plan/plan.h"

#ifdef NN_HAVE_ONEDNN
#include "backend/cpu/conv/onednn/onednn.h"
#endif

namespace nn {
namespace cpu {
namespace {

void prepare_thread() {
#ifdef NN_HAVE_ONEDNN
  onednn::prepare_thread();
#endif
}

class CpuBackend final : public Backend {
 public:
  CpuBackend(const DeviceRequest& request, const KernelChoices& choices)
      : kernels_(choose_kernels()),
        choices_(choices),
        team_(request.threads, prepare_thread),
        budget_(request.budget) {}
  std::string name() const override { return "cpu"; }
  std::string isa() const override { return kernels_.isa; }
  std::vector<std::string> libraries() const override {
#ifdef NN_HAVE_ONEDNN
    if (library_major(kernels_) > 0) return {onednn::version()};
#endif
    return {};
  }
  std::string bf16_hardware() const override { return kernels_.in_bf16->native ? kernels_.isa : ""; }
  Team& team() override { return team_; }
  std::unique_ptr<Memory> allocate(const Graph& graph, int slots) override {
    ask_for_memory(budget_, graph, slots, sizeof(float));
    return std::make_unique<CpuMemory>(graph, slots, kernels_, team_);
  }
  std::unique_ptr<Plan> compile(const Graph& graph, const PlanOptions& options, Memory& memory) override {
    auto* own = dynamic_cast<CpuMemory*>(&memory);
    if (!own) throw std::logic_error("a plan of the cpu backend needs memory of the cpu backend");
    return std::make_unique<CpuPlan>(graph, options, choices_, *own, kernels_, team_, budget_);
  }

 private:
  const Kernels& kernels_;
  KernelChoices choices_;
  Team team_;
  Budget budget_;
};

}  // namespace

std::unique_ptr<Backend> make_backend(const DeviceRequest& request, const KernelChoices& choices) {
  return std::make_unique<CpuBackend>(request, choices);
}

}  // namespace cpu

extern const BackendType cpu_backend;
const BackendType cpu_backend{"cpu", "the processors of this machine, in float32", 1, usable_anywhere,
                              [](const DeviceRequest& request) { return cpu::make_backend(request, {}); }};

}  // namespace nn
