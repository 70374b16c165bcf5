// SPDX-License-Identifier: MIT
// A Plan of the cpu backend: the steps, the arrays of all values, and the schedule: segments of phases that a tile
// runs one after the other without waiting for the other tiles.
#pragma once

#include <algorithm>
#include <vector>

#include "backend/cpu/plan/balance.h"
#include "backend/cpu/plan/buffer_plan.h"
#include "backend/rows_in_flight.h"
#include "backend/source_rows.h"

namespace nn::cpu {

class CpuPlan final : public Plan {
 public:
  CpuPlan(const Graph& graph, const PlanOptions& options, const KernelChoices& choices, CpuMemory& memory,
          const Kernels& kernels, Team& team, const Budget& budget);

  Inputs inputs() override;
  void forward(RandomSource* words) override;
  void backward() override { go_back(nullptr); }
  void backward_and_update(const UpdateRule& rule) override { go_back(&rule); }
  std::span<const float> output(size_t which) override;
  std::span<const double> sample_loss() override {
    return {sample_loss_.get(), static_cast<size_t>(sample_loss_.size())};
  }
  double loss() override { return loss_; }
  int64_t hits() override { return count_hits(options_.hits, output(0), labels_of_batch(), targets_of_batch()); }
  std::vector<double> value(ValueId value) override;
  std::vector<double> gradient(ValueId value) override;
  size_t bytes() const override;
  std::vector<std::string> describe() const override;
  void set_profile(bool on) override;
  std::vector<StepTime> times() const override;

 private:
  struct Call {
    Step* step;
    int phase;
    float* sum_into = nullptr;  ///< backward: add `part` to this gradient afterwards
    const float* part = nullptr;
    ValueId value = -1;
  };
  using Segment = std::vector<Call>;
  struct Part {
    Step* step;
    float *sum, *part;
    ValueId value;
  };

  void make_host();
  void make_steps();
  void take_input();
  bool takes_words_beside() const;
  StepData data_of(ValueId output);
  void take_inputs(const Group& group, StepData& data, std::vector<Part>& parts);
  bool shares_params(const Group& group) const;
  void schedule();
  bool has_backward(const Step& step) const;
  void add_calls(std::vector<Segment>& segments, Step* step, Pass pass) const;
  void add_sums(Step* step);
  template <class Work>
  void run(int count, Work&& work);
  template <class Work, class Other>
  void run_beside(const Segment& segment, Work&& work, Other&& other);
  template <class Work>
  void run_tile(int index, int count, int worker, Work&& work, int width = 1, bool packs = false);
  bool ragged(const Call& c) const { return c.step ? c.step->d.ragged() : graph_.value(c.value).ragged; }
  bool joint(const Segment& segment, Pass pass) const {
    const Call& first = segment.front();
    return first.step && first.step->joint(pass, first.phase);
  }
  bool by_packs(const Segment& segment, Pass pass) const { return ragged(segment.front()) && !joint(segment, pass); }
  void make_packs();
  int count_of(const Segment& segment, Pass pass) const;
  int parts() const { return std::min(team_.size(), options_.tiles); }
  int split_factor_of(const Segment& segment, Pass pass) const;
  /// Of `grain` parts for each of parts() workers, the one that a run's index means: those of a worker follow each
  /// other.
  int part_at(int index, int split_factor) const { return index % parts() * split_factor + index / parts(); }
  void finish(const Updater& updater);
  template <class Work>
  void run_calls(const Segment& segment, Pass pass, Work&& work);
  template <class Work>
  void timed(const Step* step, Pass pass, int calls, Work&& work);
  void repack();
  void go_back(const UpdateRule* rule);
  float* at(const std::vector<int64_t>& places, ValueId v) const;
  Layout lay(ValueId v) const { return places_.lay[static_cast<size_t>(v)]; }
  const Extent& extent(ValueId v) const { return places_.extent_of(graph_.value(v)); }
  int64_t samples(ValueId v) const { return graph_.value(v).ragged ? in_flight_.count() : options_.batch; }
  const Shape& shape(ValueId v) const { return graph_.value(v).shape; }
  /// The input of floats that the loss compares with; -1 without one.
  ValueId targets() const;
  std::vector<double> in_rows(const float* array, ValueId v) const;
  std::span<int32_t> labels_of_batch() const { return {labels_.get(), static_cast<size_t>(labels_.size())}; }
  std::span<float> targets_of_batch() const { return targets() < 0 ? std::span<float>() : floats_of(targets()); }
  std::span<float> floats_of(ValueId v) const {
    return {at(places_.value, v), static_cast<size_t>(samples(v) * shape(v).count())};
  }

  Graph graph_;
  PlanOptions options_;
  Budget budget_;
  CpuMemory& memory_;
  Team& team_;
  const Kernels& kernels_;
  bool bf16_words_;
  BufferPlan places_;
  Floats arena_;
  SourceRows rows_;
  RowsInFlight in_flight_;
  std::vector<int64_t> packs_;  // of a run: the first sample of each, and the batch
  Aligned<int32_t> labels_;
  Aligned<double> sample_loss_;
  double loss_ = 0;
  std::vector<const Group*> last_reader_;  // by ValueId: the step that reads it last is the first to write its gradient
  std::vector<Floats> extra_;              // second and later gradients of a value with several readers
  std::vector<Part> sums_;
  std::vector<StepPointer> steps_;
  std::vector<Segment> forward_, backward_;
  bool words_beside_ = false;    // random words are drawn while the first segment runs, which needs none
  Balance balance_;              // of the two
  std::vector<Floats> scratch_;  // by worker
  bool profiling_ = false;
  std::vector<StepTime> forward_times_, backward_times_;  // by step
};

}  // namespace nn::cpu
