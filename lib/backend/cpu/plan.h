// SPDX-License-Identifier: MIT
// A Plan of the cpu backend: the steps, the arrays of all values, and the schedule: segments of phases that a tile
// runs one after the other without waiting for the other tiles.
#pragma once

#include <vector>

#include "backend/cpu/step.h"

namespace nn::cpu {

class CpuPlan final : public Plan {
 public:
  CpuPlan(const Graph& graph, const PlanOptions& options, CpuMemory& memory, const Kernels& kernels, Team& team);

  Inputs inputs() override;
  void forward(WordSource* words) override;
  void backward() override;
  std::span<const float> output() override;
  std::span<const double> sample_loss() override { return {sample_loss_.get(), static_cast<size_t>(sample_loss_.size())}; }
  double loss() override { return loss_; }
  std::vector<double> value(ValueId value) override;
  std::vector<double> gradient(ValueId value) override;
  size_t bytes() const override;
  std::vector<std::string> describe() const override;

 private:
  struct Call {
    Step* step;
    int phase;
    float* sum_into = nullptr;  ///< backward: add `part` to this gradient afterwards
    const float* part = nullptr;
    int64_t count = 0;
  };
  using Segment = std::vector<Call>;

  void place_values();
  void make_steps(CpuMemory& memory, const Kernels& kernels);
  StepPointer make_step(StepData data, const Host& host) const;
  void schedule();
  bool has_backward(const Step& step) const;
  void add_calls(std::vector<Segment>& segments, Step* step, int phases) const;
  template <class Work>
  void run(Work&& work);
  int64_t count_of(ValueId v) const { return options_.batch * graph_.values[static_cast<size_t>(v)].shape.count(); }

  Graph graph_;
  PlanOptions options_;
  Team& team_;
  const Kernels& kernels_;
  Floats arena_;
  std::vector<float*> values_, gradients_;  // by ValueId
  std::vector<int64_t> gradient_places_;
  std::vector<bool> wanted_;                // a gradient of this value is computed
  Aligned<int32_t> labels_;
  Floats targets_;
  Aligned<double> sample_loss_;
  double loss_ = 0;
  struct Part {
    Step* step;
    float *sum, *part;
    int64_t count;
  };
  std::vector<Floats> extra_;               // second and later gradients of a value with several readers
  std::vector<Part> sums_;
  std::vector<StepPointer> steps_;
  std::vector<Segment> forward_, backward_;
  std::vector<Floats> scratch_;             // by worker
};

}  // namespace nn::cpu
