// SPDX-License-Identifier: MIT
// The cuda backend: one GPU, float32.
#include "backend/cuda/backend.h"

#include <stdexcept>

#include "base/error.h"

namespace nn::cuda {
namespace {

class CudaBackend final : public Backend {
 public:
  CudaBackend(const DeviceRequest& request, const Settings& settings)
      : device_(open_device(request.number)),
        residents_(*device_),
        team_(request.threads),
        budget_(request.budget),
        settings_(settings) {}
  std::string name() const override { return "cuda"; }
  std::string isa() const override { return device_->facts().architecture; }
  std::vector<std::string> libraries() const override {
    std::vector<std::string> names = device_->facts().libraries;
    for (std::string& name : device_->opened_libraries()) names.push_back(std::move(name));
    return names;
  }
  std::string processor() const override { return device_->facts().name; }
  Peak peak() override {
    const DeviceFacts& facts = device_->facts();
    if (facts.gflops == 0) return Backend::peak();
    return {facts.architecture, facts.gflops, facts.gbytes, 0};
  }
  std::string bf16_hardware() const override { return ""; }
  Team& team() override { return team_; }

  std::unique_ptr<Memory> allocate(const Graph& graph, int slots) override {
    if (device_->facts().in_host_memory) ask_for_memory(budget_, graph, slots, sizeof(float));
    return std::make_unique<CudaMemory>(*device_, graph, slots);
  }
  std::unique_ptr<Plan> compile(const Graph& graph, const PlanOptions& options, Memory& memory) override {
    auto* own = dynamic_cast<CudaMemory*>(&memory);
    if (!own) throw std::logic_error("a plan of the cuda backend needs memory of the cuda backend");
    if (device_->facts().in_host_memory) {
      std::vector<int64_t> elements;
      for (const Value& value : graph.values) elements.push_back(value.shape.count());
      ask_for_values(budget_, graph, options.batch, elements, options.training ? 2 : 1, sizeof(float));
    }
    return std::make_unique<CudaPlan>(*device_, graph, options, *own, residents_, settings_);
  }

 private:
  std::unique_ptr<Device> device_;
  Residents residents_;
  Team team_;
  Budget budget_;
  Settings settings_;
};

}  // namespace

std::unique_ptr<Backend> make_backend(const DeviceRequest& request, const Settings& settings) {
  return std::make_unique<CudaBackend>(request, settings);
}

}  // namespace nn::cuda
