// SPDX-License-Identifier: MIT
// Memory, plans and rules of one training run, and its epochs. trainer.cpp decides what is run; this runs it.
#pragma once

#include <memory>

#include "base/framework_rules.h"
#include "base/state.h"
#include "results/accumulator.h"
#include "results/metrics.h"
#include "results/outputs.h"
#include "train/engine/batch_runner.h"
#include "train/engine/fine_tune.h"
#include "train/engine/profile.h"
#include "train/engine/randomness.h"
#include "train/engine/step_queue.h"
#include "train/engine/task.h"
#include "train/options/run_parts.h"

namespace nn {

/// What one batch gave.
struct StepResult {
  int64_t batch = 0;  ///< its number in the run, from 1
  int64_t samples = 0, hits = 0;
  double loss = 0;
  bool updated = false;                        ///< the optimizer moved; else its gradient waits for more (--accumulate)
  double rate = 0;                             ///< learning rate of the last update
  double gradient_norm = 0, update_ratio = 0;  ///< of the update, where asked for: |g|, |change of w| / |w|
};

/// Sums over the steps of an epoch, or of a part of one.
struct Running {
  int64_t answers = 1;  ///< that a sample gives: its class, or yes or no for each target
  int64_t samples = 0, hits = 0, updates = 0;
  double loss_sum = 0, loss_weight = 0, gradient_norm_sum = 0, update_ratio_sum = 0;
  /// of_batches: the loss is the mean over them, else over the samples.
  void add(const StepResult& step, bool of_batches);
  double loss() const { return loss_sum / loss_weight; }
  double accuracy() const { return static_cast<double>(hits) / static_cast<double>(samples * answers); }
  double gradient_norm() const { return gradient_norm_sum / static_cast<double>(updates); }
  double update_ratio() const { return update_ratio_sum / static_cast<double>(updates); }
  void state(State& state);
};

class TrainingEngine {
 public:
  /// Error or UsageError for options out of range. The references must outlive the engine. looks_at_gradients: somebody
  /// reads those of an epoch's last batch when it has ended. Optimizer and schedule are taken out of the parts.
  TrainingEngine(const Task& task, const TrainOptions& options, RunParts& parts, const Dataset& data, Backend& backend,
                 bool looks_at_gradients = false);

  /// What became of the weights of --init MODEL.
  const Taken& taken() const { return taken_; }
  Memory& memory() { return *memory_; }
  const Graph& graph() const { return task_.graph; }
  double initial_rate() const { return initial_rate_; }
  double base_rate() const { return base_rate_; }
  void set_base_rate(double rate) { base_rate_ = rate; }
  double last_rate() const { return last_rate_; }
  const Schedule& schedule() const { return *schedule_; }
  const FrameworkRules& rules() const { return like_; }
  int64_t batches_done() const { return batches_done_; }
  int64_t steps_per_epoch() const { return train_->runner.steps(); }
  bool has_accuracy() const { return answers(train_->split) > 0; }
  /// Answers of a sample that are right or wrong: 1 for labels, the number of targets that are a yes or no each; 0:
  /// none.
  int64_t answers(const Split& split) const;

  /// The order of the samples of the next epoch.
  void begin_epoch();
  /// One batch, and the update when it is due. ConditionError "diverged", before the update, when the loss is not a
  /// number, or the gradient where its norm is asked for.
  StepResult step(int64_t epoch, int64_t in_epoch);
  /// The same for the batches from in_epoch on, at most `most` of them (1 or more), as many as the plan takes in one
  /// call while nobody looks between them; one where it takes one at a time. The same bits. Valid until the next call.
  std::span<const StepResult> steps(int64_t epoch, int64_t in_epoch, int64_t most);
  /// The same error when a weight is not a number: a gradient that was none makes it so, and no loss of this epoch
  /// tells.
  void check_weights(int64_t epoch) const;
  /// Averaged weights (--ema) take the place of the running ones while one lives; nothing without averaging.
  class Averaged {
   public:
    explicit Averaged(TrainingEngine& engine, bool wanted = true) : engine_(engine), wanted_(wanted) {
      if (wanted_) engine_.swap_average();
    }
    ~Averaged() {
      if (wanted_) engine_.swap_average();
    }
    Averaged(const Averaged&) = delete;
    Averaged& operator=(const Averaged&) = delete;

   private:
    TrainingEngine& engine_;
    bool wanted_;
  };
  /// Saves or restores all but the weights themselves (but in double, which a model file does not hold). in_epoch: the
  /// epoch has begun. Call it while an Averaged lives.
  void state(State& state, bool in_epoch);
  /// Metrics of a split with the weights as they are; the plans are kept for the next time.
  Metrics measure(const std::string& split);
  size_t bytes() const;
  /// Times the parts of each training step from now on (--profile), or no longer.
  void set_profile(bool on);
  /// Gathering of the samples, the plan's own steps, accuracy, update, in the order in which they ran.
  std::vector<StepTime> times() const;

 private:
  int64_t steps_at_once(int64_t in_epoch, int64_t most) const;
  /// A split with the batches and plans that run it.
  struct SplitRun {
    SplitRun(const Task& task, const Split& split, const Dataset& data, Backend& backend, Memory& memory,
             const BatchRunner::Settings& settings, Stream* augmentation, int64_t judged);
    const Split& split;
    bool labelled;
    Batches batches;
    std::vector<int64_t> rows;
    std::vector<int32_t> labels;  ///< of one batch
    std::vector<float> targets;   ///< of one batch, where they are judged
    int64_t judged_targets;       ///< of a sample, each a yes or no
    MetricAccumulator accumulator;
    BatchRunner runner;
  };
  /// The order of the samples in the epoch that runs: block by block where they stay in their file, texts of like
  /// length together where that is asked for.
  void take_order(std::vector<int64_t> rows);
  /// Adds this batch's gradient to the sum; true when the sum is to be used, which is then the gradient.
  bool accumulate(int64_t samples, bool last_of_epoch);
  void set_rate(int64_t epoch);
  void update(int64_t epoch, int64_t in_epoch, StepResult& result);
  void clip(double norm);
  void clip_each();
  void average();
  void swap_average();
  void fill_slots();
  void take_used();
  void take_scales();
  void scale_updates();
  void take_start();
  void check_finite(double value, const char* what, int64_t epoch, int64_t in_epoch) const;
  void arena_state(State& state, const std::string& name, Part part, int slot, double least, double largest);

  const Task& task_;
  const TrainOptions& options_;
  const Dataset& data_;
  Backend& backend_;
  OutputKind output_kind_;
  int64_t judged_;
  FrameworkRules like_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<Schedule> schedule_;
  std::unique_ptr<Memory> memory_;
  Taken taken_;
  std::unique_ptr<Randomness> random_;
  Philox augment_;
  double initial_rate_ = 0, base_rate_ = 0, last_rate_ = 0;
  int64_t batches_done_ = 0, updates_done_ = 0;
  int64_t steps_before_ = 0;    ///< of the optimizer, behind the state that --init-optimizer took
  int64_t summed_batches_ = 0;  ///< of gradients that wait in the slot sum_
  double summed_samples_ = 0;
  std::vector<std::pair<ParamId, double>> scales_;  ///< of the updates of some parameters (--lr-scale)
  int average_ = -1, sum_ = -1, before_ = -1;       ///< slots behind the optimizer's own, -1 for none
  bool needs_norm_ = false;
  bool updates_at_once_ = false;       ///< nothing changes a gradient before it is used
  bool keeps_last_gradients_ = false;  ///< those of an epoch's last batch are looked at
  std::vector<double> gradient_;       ///< of one parameter, for clip_each()
  StepTimer timer_;
  StepQueue queue_;
  std::vector<StepResult> results_;  ///< of steps()
  std::unique_ptr<SplitRun> train_;
  std::vector<std::unique_ptr<SplitRun>> measured_;
};

}  // namespace nn
