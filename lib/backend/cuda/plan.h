// SPDX-License-Identifier: MIT
// A plan on the device: the launches of forward and of backward are recorded when it is made, and replayed. Every value
// and every gradient has a place of its own, but for what lies where its input does (reshapes). Numbers come to the
// host when they are asked for.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "backend/cuda/feed.h"
#include "backend/cuda/memory.h"
#include "backend/cuda/step.h"

namespace nn::cuda {

constexpr double chunk_seconds = 0.1;

class CudaPlan final : public Plan {
 public:
  CudaPlan(Device& device, const Graph& graph, const PlanOptions& options, CudaMemory& memory, Residents& residents,
           const Settings& settings);
  Inputs inputs() override { return feed_.inputs(); }
  void forward(RandomSource* words) override;
  void backward() override;
  void backward_and_update(const UpdateRule& rule) override;
  int64_t steps_at_once() const override;
  void run(const StepsAhead& steps, std::span<StepOutcome> outcomes) override;
  std::span<const float> output(size_t which) override;
  std::span<const double> sample_loss() override;
  double loss() override { return outcome().loss; }
  int64_t hits() override { return outcome().hits; }
  std::vector<double> value(ValueId value) override;
  std::vector<double> gradient(ValueId value) override;
  size_t bytes() const override;
  std::vector<std::string> describe() const override;
  void set_profile(bool on) override;
  std::vector<StepTime> times() const override;

  /// Launches and copies of a recorded pass, for tests.
  size_t launches(bool forward) const { return (forward ? forward_ : backward_).launches(); }

 private:
  struct Group {
    size_t first;  ///< place of its first op
    std::unique_ptr<Step> step;
    std::vector<OpArrays> arrays;                  ///< by op
    std::vector<std::pair<Sink, int64_t>> zeroed;  ///< gradients of outputs that nothing writes, and their elements
    bool learns = false;                           ///< backward has something to do
    StepTime forward, backward;
  };
  /// Of one formula: what follows forward, a whole step, and many of them.
  struct Recorded {
    Recording backward, step, steps;
  };
  struct Output {
    ValueId value;
    std::vector<float> host;
    bool there = false;
  };
  bool in_place(const Op& op) const;
  size_t root(ValueId v) const { return roots_[static_cast<size_t>(v)]; }
  int64_t count(ValueId v) const { return options_.batch * graph_.value(v).shape.count(); }
  float* value_at(ValueId v) const;
  float* gradient_at(ValueId v) const;
  void find_roots();
  void find_wanted();
  void place_values();
  void make_steps();
  Group group_at(size_t op, const std::vector<const Op*>& only_readers);
  OpArrays arrays_of(size_t op) const;
  void place_sinks();
  std::string title(const Group& g) const;

  bool joins_samples() const;
  void launch_samples();
  void launch_forward();
  void launch_outcome(bool last);
  void launch_backward();
  /// And the update; constants stand in constants_.
  void launch_backward_and_update(std::string_view formula);
  void launch_gradients(const Group& g);
  template <class Pass>
  void timed(StepTime& time, Pass&& pass);
  const Recorded& recorded(std::string_view formula);
  void load_constants(std::span<const double> constants, size_t steps);
  void forget_host();
  const StepOutcome& outcome();
  std::vector<double> fetched(const float* from, ValueId v);

  Device& device_;
  Graph graph_;
  PlanOptions options_;
  Settings settings_;
  CudaMemory& memory_;
  Feed feed_;
  std::vector<size_t> roots_, at_;  // by ValueId: the value where it lies, and where that is in the arenas
  std::vector<bool> wanted_;        // by ValueId: whether its gradient is
  Array<float> values_, gradients_;
  std::vector<Group> groups_;
  std::vector<ParamId> unwritten_;  // trained, but nothing makes a gradient
  Array<double> sample_loss_, loss_;
  Array<StepOutcome> outcomes_;
  Array<float> constants_;
  Recording forward_, backward_;
  std::map<std::string, Recorded, std::less<>> recorded_;
  std::vector<Output> outputs_;
  std::vector<double> sample_loss_host_;
  StepOutcome outcome_;
  bool outcome_there_ = false, sample_loss_there_ = false;
  double step_seconds_ = 0;  // of a step in run(), about
  StepTime samples_time_, outcome_time_, update_time_;
  bool profiling_ = false;
};

}  // namespace nn::cuda
