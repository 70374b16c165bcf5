// SPDX-License-Identifier: MIT
// Memory, plans and rules of one training run, and its epochs. trainer.cpp decides what is run; this runs it.
#pragma once

#include <memory>

#include "train/dropout_words.h"
#include "train/metrics.h"
#include "train/sweep.h"
#include "train/task.h"

namespace nn {

/// Loss and accuracy over the samples seen so far in an epoch.
struct Running {
  int64_t samples = 0, hits = 0;
  double loss_sum = 0;
  double loss() const { return loss_sum / static_cast<double>(samples); }
  double accuracy() const { return static_cast<double>(hits) / static_cast<double>(samples); }
};

class Session {
 public:
  /// Error or UsageError for options out of range. The references must outlive the session.
  Session(const Task& task, const TrainOptions& options, const Dataset& data, Backend& backend);

  Memory& memory() { return *memory_; }
  double base_rate() const { return base_rate_; }
  double last_rate() const { return last_rate_; }
  int64_t steps_per_epoch() const { return train_->sweep.steps(); }
  bool has_accuracy() const { return judged_ > 0 && train_->labelled; }

  /// The order of the samples of the next epoch.
  void begin_epoch();
  /// One optimizer step. ConditionError "diverged" when the loss is not a number.
  void step(int64_t epoch, int64_t in_epoch, Running& running);
  /// Metrics of a split with the weights as they are; the plans are kept for the next time.
  Metrics measure(const std::string& split);
  size_t bytes() const;

 private:
  /// A split with the batches and plans that run it.
  struct Part {
    Part(const Task& task, const Split& split, const Dataset& data, Backend& backend, Memory& memory,
         const Sweep::Settings& settings, Stream* augmentation, int64_t judged);
    const Split& split;
    bool labelled;
    Batches batches;
    std::vector<int64_t> rows;
    std::vector<int32_t> labels;  ///< of one batch
    Tally tally;
    Sweep sweep;
  };
  void count_hits(Plan& plan, std::span<const int64_t> rows, Running& running);

  const Task& task_;
  const TrainOptions& options_;
  const Dataset& data_;
  Backend& backend_;
  Decision decision_;
  int64_t judged_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<Schedule> schedule_;
  std::unique_ptr<Memory> memory_;
  Philox shuffle_, augment_;
  DropoutWords words_;
  double base_rate_ = 0, last_rate_ = 0;
  int64_t steps_done_ = 0;
  std::unique_ptr<Part> train_;
  std::vector<std::unique_ptr<Part>> measured_;
};

}  // namespace nn
