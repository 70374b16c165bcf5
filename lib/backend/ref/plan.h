// SPDX-License-Identifier: MIT
// The plan of the reference backend: one step per op, in order, every value and gradient in memory of its own.
// Private to ref/.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/ref/backend.h"
#include "backend/ref/memory.h"
#include "backend/ref/ops.h"
#include "backend/rows_in_flight.h"
#include "backend/source_rows.h"

namespace nn::ref {

class RefPlan final : public Plan {
 public:
  RefPlan(const Graph& graph, const PlanOptions& options, RefMemory& memory, const Settings& settings);
  Inputs inputs() override;
  void forward(RandomSource* words) override;
  void backward() override;
  void backward_and_update(const UpdateRule& rule) override;
  std::span<const float> output(size_t which) override {
    return std::span(output_.at(which)).first(elements(graph_.outputs[which]));
  }
  std::span<const double> sample_loss() override { return sample_loss_; }
  double loss() override { return loss_; }
  int64_t hits() override { return count_hits(options_.hits, output_.at(0), labels_, targets_); }
  int64_t steps_at_once() const override;
  void run(const StepsAhead& steps, std::span<StepOutcome> outcomes) override;
  std::vector<double> value(ValueId value) override {
    const std::vector<double>& v = values_.at(static_cast<size_t>(value));
    return {v.begin(), v.begin() + static_cast<int64_t>(elements(value))};
  }
  std::vector<double> gradient(ValueId value) override;
  size_t bytes() const override;
  std::vector<std::string> describe() const override;
  void set_profile(bool on) override;
  std::vector<StepTime> times() const override;

 private:
  struct Step {
    int op;
    std::unique_ptr<OpRunner<double>> runner;
    OpData<double> data;
    std::vector<uint32_t> words;  // its random words
    StepTime forward, backward;   // filled while profiling
  };
  void add_step(int op);
  template <class Work>
  void timed(StepTime& time, Work&& work);
  void make_values();
  void take_samples();
  bool rounds(const Op& op) const;
  RunSizes sizes() const { return {options_.batch, options_.rows}; }
  int64_t samples(ValueId value) const { return RunSizes{options_.batch, in_flight_.count()}.of(graph_, value); }
  /// Of a value in this run.
  size_t elements(ValueId value) const {
    return static_cast<size_t>(samples(value) * graph_.value(value).shape.count());
  }

  Graph graph_;
  PlanOptions options_;
  Settings settings_;
  RefMemory& memory_;
  SourceRows rows_;
  RowsInFlight in_flight_;
  std::vector<std::vector<double>> values_, gradients_;  // by ValueId; an empty gradient is not computed
  std::vector<Step> steps_;
  std::vector<float> x_, targets_;
  std::vector<std::vector<float>> output_;  // by place in Graph::outputs
  std::vector<int32_t> labels_;
  std::vector<double> sample_loss_;
  double loss_ = 0;
  bool profiling_ = false;
};

}  // namespace nn::ref
