// SPDX-License-Identifier: MIT
// The history finer than epochs (--history-every): one row each N batches, means over them.
#pragma once

#include "base/state.h"
#include "h5/schema.h"
#include "train/engine/training_engine.h"

namespace nn {

class StepsTable {
 public:
  /// every: batches a row, 0 for no table. answers: of a sample, as in Running, 0 for no accuracy. norm, ratio: which
  /// columns there are besides. loss_of_batches: as Running.
  StepsTable(int64_t every, int64_t answers, bool norm, bool ratio, bool loss_of_batches);
  /// A row is made of what was added since the last one.
  void add(const StepResult& step, int64_t epoch);
  const h5::Columns& columns() const { return columns_; }  ///< step, epoch, loss, ...; empty without a table
  /// batches: done in the run.
  void state(State& state, int64_t batches);

 private:
  int64_t every_;
  bool loss_of_batches_;
  Running sums_;
  h5::Columns columns_;
};

}  // namespace nn
