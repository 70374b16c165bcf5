// SPDX-License-Identifier: MIT
// One run from its first step, or from a checkpoint, to its model: epochs, callbacks, history, checkpoints, requests.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "train/callbacks/callback.h"
#include "train/engine/clock.h"
#include "train/engine/task.h"
#include "train/engine/training_engine.h"
#include "train/options/run_parts.h"
#include "train/run/checkpoint.h"
#include "train/run/steps_table.h"
#include "train/run/trainer.h"

namespace nn {

class TrainingRun final : public TrainingContext {
 public:
  /// Refuses what cannot be before anything is computed. The references must outlive it.
  TrainingRun(const TrainOptions& options, const Dataset& data, Backend& backend, const Log& log,
              const Progress& progress);

  /// Before run(): everything as it was; Error or UsageError when it is another run.
  void resume(const Checkpoint& checkpoint, bool strict);
  Model run();
  /// What the callbacks and the checkpoint will watch, a line each.
  std::vector<std::string> watches() const;
  TrainingEngine& engine() { return engine_; }
  const std::string& validation() const { return validation_; }
  const Task& task() const { return task_; }
  /// "after epoch 3 of 10", "in epoch 4 of 10, step 12 of 938": counted as the epoch lines and USR2 count; epochs that
  /// are left.
  std::string position() const;
  int64_t epochs_left() const { return stopped_ ? 0 : options_.epochs - epoch_; }

  const Log& log() const override { return log_; }
  const Graph& graph() const override { return task_.graph; }
  Memory& memory() override { return engine_.memory(); }
  const h5::Columns& history() const override { return history_; }
  double rate() const override { return engine_.base_rate(); }
  void set_rate(double rate) override { engine_.set_base_rate(rate); }
  void stop(const std::string& reason) override;
  void set_weights_epoch(int64_t epoch) override { weights_epoch_ = epoch; }
  Model model() override;
  void write(const std::string& file, const Model& model) override;

 private:
  struct Named {
    std::string name;
    std::unique_ptr<Callback> callback;
  };
  static std::vector<Named> taken_callbacks(RunParts& parts);
  std::vector<std::string> columns() const;
  RunInfo outlook() const;
  void run_epoch();
  void say_profile() const;
  void end_epoch();
  h5::Columns epoch_row(const std::optional<Metrics>& validation) const;
  std::span<const StepResult> steps();
  std::string kept() const;
  void between_steps();
  void obey(Request request);
  void say_status() const;
  void commit();
  bool try_commit();
  std::string outcome() const;
  [[noreturn]] void leave(const std::string& why);
  void state(State& state);
  void check_counts(const State& state) const;

  const TrainOptions& options_;
  const Dataset& data_;
  const std::optional<std::pair<double, double>>
      float_range_;  ///< of float images; looked for once, each checkpoint tells it
  Backend& backend_;
  const Log& log_;
  const Progress& progress_;
  Task task_;
  std::string validation_;        ///< split, empty for none
  RunParts parts_;                ///< optimizer, schedule and callbacks are taken out of it
  std::vector<Named> callbacks_;  ///< before the engine, which must know what they look at
  TrainingEngine engine_;
  std::vector<std::pair<std::string, std::string>> rules_;
  std::optional<CheckpointFile> file_;
  Clock clock_;
  h5::Columns history_;
  StepsTable steps_;
  Running epoch_sums_;
  int64_t epoch_ = 0, in_epoch_ = 0;  ///< epochs that have ended, batches done in the one that runs
  double epoch_seconds_ = 0;          ///< of this epoch before a break
  bool stopped_ = false, resumed_ = false;
  std::string stop_reason_;
  int64_t weights_epoch_ = 0;   ///< whose weights they are when the run has ended; 0 for the last one's
  std::string committed_;       ///< position of the newest checkpoint, empty for none
  std::string leaving_;         ///< why the run is to end as soon as a checkpoint is written, empty when it is not
  std::string commit_failure_;  ///< why the last checkpoint could not be written, empty when it was
  double retry_at_ = 0;         ///< clock_.now() from which on it is tried again
};

}  // namespace nn
