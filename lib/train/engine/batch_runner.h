// SPDX-License-Identifier: MIT
// Runs chosen rows of a split through compiled plans, batch after batch in their order: one plan for full batches and
// one for what is left, over one shared Memory.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "backend/backend.h"
#include "data/batches.h"
#include "train/engine/step_queue.h"

namespace nn {

/// Of ragged samples that are not trained on: rows in flight for each thread, enough to keep it at work.
constexpr int64_t rows_of_thread = 1024;

class BatchRunner {
 public:
  struct Settings {
    int64_t batch = 256;
    bool training = false;
    int tiles = 4;
    bool exact = false;  ///< PlanOptions::exact
    Precision precision = Precision::float32;
    HitRule hits = HitRule::none;
    int64_t rows = 0;  ///< of ragged samples: batches are smaller where they could have more rows; 0: they are not
  };
  /// n: number of rows of each runner. All references must outlive the runner. stream: for augmentation, or null.
  BatchRunner(const Graph& graph, Memory& memory, Backend& backend, Batches& batches, int64_t n,
              const Settings& settings, Stream* augmentation = nullptr);

  BatchRunner(const BatchRunner&) = delete;
  BatchRunner& operator=(const BatchRunner&) = delete;

  int64_t batch() const { return batch_; }  ///< samples of a full one
  int64_t steps() const { return (n_ + batch_ - 1) / batch_; }
  int64_t full_steps() const { return n_ / batch_; }
  /// Prepares the samples of step `step` (rows: all n of the runner, in order) in its plan and returns it.
  Plan& load(std::span<const int64_t> rows, int64_t step);
  /// The rows that load() takes for a step.
  std::span<const int64_t> rows_of(std::span<const int64_t> rows, int64_t step) const;
  /// How many full batches run() takes at most; 1: it is not to be called.
  int64_t steps_at_once() const { return full_->steps_at_once(); }
  /// Trains on the batches from step `step` on, one for each step in the queue.
  std::span<const StepOutcome> run(StepQueue& queue, std::span<const int64_t> rows, int64_t step,
                                   std::string_view formula);
  size_t bytes() const;
  /// Of both plans together, as Plan::set_profile and Plan::times.
  void set_profile(bool on);
  std::vector<StepTime> times() const;

 private:
  void describe_source();
  /// Of ragged samples: rows that this many have together at most.
  int64_t most_rows(int64_t samples) const;
  void load_tokens(const Plan::Inputs& inputs, std::span<const int64_t> rows);

  Backend& backend_;
  Batches& batches_;
  int64_t n_, batch_;
  Stream* augmentation_;
  Source source_;                 // of the samples as they are stored, where plans can take them so
  std::vector<std::byte> read_;   // those of a batch, where they stay in a file
  std::vector<int64_t> lengths_;  // of ragged samples, the longest first
  ColumnRows tokens_;             // of a batch
  std::unique_ptr<Plan> full_, rest_;
};

}  // namespace nn
