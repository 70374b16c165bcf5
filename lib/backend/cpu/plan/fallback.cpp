// SPDX-License-Identifier: MIT
// An op without a kernel here runs ref's loops in float over the whole batch, on tile 0.
#include "backend/cpu/plan/step.h"
#include "backend/ref/ops.h"

namespace nn::cpu {
namespace {

class FallbackStep final : public Step {
 public:
  explicit FallbackStep(StepData data)
      : Step(std::move(data)),
        runner_(ref::make_runner<float>(d.graph, d.op(), d.batch, d.training)),
        words_(d.array<uint32_t>(ref::words_wanted(d.graph, d.op(), d.batch))),
        place_(d.place()) {
    arrays_.y = d.y;
    arrays_.dy = d.dy;
    arrays_.words = words_.get();
    arrays_.labels = d.host.labels;
    arrays_.targets = d.host.targets;
    arrays_.sample_loss = d.host.sample_loss;
    arrays_.loss = d.host.loss;
    for (size_t i = 0; i < d.x.size(); ++i) {
      arrays_.x[i] = d.x[i];
      arrays_.dx[i] = d.dx[i];
    }
    for (size_t i = 0; i < d.op().params.size(); ++i) {
      arrays_.param[i] = d.memory.values(d.op().params[i]);
      arrays_.dparam[i] = d.memory.gradient(d.op().params[i]);
    }
  }
  bool joint(Pass, int) const override { return true; }
  void words(RandomSource* source) override {
    if (words_.size() > 0 && d.training) source->words(place_, {words_.get(), static_cast<size_t>(words_.size())});
  }
  bool draws(int) const override { return words_.size() > 0 && d.training; }
  void forward(int, const Tile& t) override {
    if (t.index == 0) runner_->forward(arrays_);
  }
  void backward(int, const Tile& t) override {
    if (t.index != 0) return;
    for (size_t i = 0; i < d.x.size(); ++i) clear(d.dx[i], d.batch * d.in(i).count());
    for (size_t i = 0; i < d.op().params.size(); ++i)
      clear(arrays_.dparam[i], d.graph.params[static_cast<size_t>(d.op().params[i])].shape.count());
    runner_->backward(arrays_);
  }
  size_t bytes() const override { return runner_->bytes() + words_.bytes(); }
  std::string kernel() const override { return "fallback"; }

 private:
  static void clear(float* p, int64_t n) {
    if (p) std::memset(p, 0, static_cast<size_t>(n) * sizeof(float));
  }
  std::unique_ptr<ref::OpRunner<float>> runner_;
  ref::OpData<float> arrays_;
  Aligned<uint32_t> words_;
  int place_;
};

}  // namespace

StepPointer make_fallback(StepData data) { return std::make_unique<FallbackStep>(std::move(data)); }

}  // namespace nn::cpu
