// SPDX-License-Identifier: MIT
// An op without a kernel here runs ref's loops in float: tile by tile where its samples do not depend on each other,
// and on parts of the elements for the gradients of parameters; else over the whole batch, on tile 0.
#include "backend/cpu/plan/step.h"
#include "backend/ref/ops.h"

namespace nn::cpu {
namespace {

class FallbackStep final : public Step {
 public:
  explicit FallbackStep(StepData data)
      : Step(std::move(data)),
        runner_(ref::make_runner<float>(d.graph, d.op(), {d.plan_batch, d.batch}, d.training)),
        words_(d.array<uint32_t>(ref::words_wanted(d.graph, d.op(), {d.plan_batch, d.batch}))),
        by_samples_(dynamic_cast<ref::SampleRunner<float>*>(runner_.get())),
        place_(d.place()),
        by_row_(traits_of(d.op().what).rows == Rows::each) {
    arrays_.samples = d.plan_batch;
    if (d.ragged()) arrays_.start = d.in_flight->starts(), arrays_.ids = d.in_flight->id();
    arrays_.x = d.x;
    arrays_.y = d.y;
    arrays_.dx = d.dx;
    arrays_.dy = d.dy;
    arrays_.words = words_.get();
    arrays_.labels = d.host.labels;
    arrays_.sample_loss = d.host.sample_loss;
    arrays_.loss = d.host.loss;
    for (const ParamId p : d.op().params) {
      arrays_.param.push_back(d.memory.values(p));
      arrays_.dparam.push_back(d.memory.gradient(p));
    }
  }
  bool joint(Pass, int) const override { return !by_samples_; }
  void begin_run() override {
    if (d.ragged() && by_row_) arrays_.samples = d.in_flight->count();
  }
  void words(RandomSource* source) override {
    const int64_t count =
        d.ragged() ? ref::words_wanted(d.graph, d.op(), {d.plan_batch, d.in_flight->count()}) : words_.size();
    if (words_.size() > 0 && d.training) source->words(place_, {words_.get(), static_cast<size_t>(count)});
  }
  bool draws(int) const override { return words_.size() > 0 && d.training; }
  void forward(int, const Tile& t) override {
    if (by_samples_)
      by_samples_->forward_samples(arrays_, units(t).begin, units(t).end);
    else if (t.index == 0)
      runner_->forward(arrays_);
  }
  void backward(int, const Tile& t) override {
    if (by_samples_) {
      clear_inputs({t.begin, t.end});
      return by_samples_->input_gradient(arrays_, units(t).begin, units(t).end);
    }
    if (t.index != 0) return;
    clear_inputs({0, d.ragged() ? d.in_flight->count() : d.batch});
    for (size_t i = 0; i < arrays_.dparam.size(); ++i)
      if (!d.shared(i, true)) clear(arrays_.dparam[i], {0, d.size_of(i)});
    runner_->backward(arrays_);
  }
  void finish(const Tile& t, const Updater& updater) override {
    if (by_samples_) {
      for (size_t i = 0; i < arrays_.dparam.size(); ++i)
        if (!d.shared(i, true)) clear(arrays_.dparam[i], part_of(d.size_of(i), t.index, t.count));
      by_samples_->param_gradients(arrays_, t.index, t.count);
    }
    tell(t, updater);
  }
  size_t bytes() const override { return runner_->bytes() + words_.bytes(); }
  std::string kernel() const override { return "fallback"; }

 private:
  Range units(const Tile& t) const { return d.ragged() && !by_row_ ? t.whole : Range{t.begin, t.end}; }
  /// Runners add to gradients.
  static void clear(float* p, Range r) {
    if (p) std::fill(p + r.begin, p + r.end, 0.0F);
  }
  void clear_inputs(Range samples) const {
    for (size_t i = 0; i < d.x.size(); ++i)
      clear(d.dx[i], {samples.begin * d.in(i).count(), samples.end * d.in(i).count()});
  }
  std::unique_ptr<ref::OpRunner<float>> runner_;
  ref::OpData<float> arrays_;
  Aligned<uint32_t> words_;
  ref::SampleRunner<float>* by_samples_;  // the runner, if it is one
  int place_;
  bool by_row_;  // a row of a ragged sample is done by itself
};

}  // namespace

StepPointer make_fallback(StepData data) { return std::make_unique<FallbackStep>(std::move(data)); }

}  // namespace nn::cpu
