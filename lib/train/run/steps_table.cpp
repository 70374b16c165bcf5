// SPDX-License-Identifier: MIT
#include "train/run/steps_table.h"

#include <cmath>

#include "base/text/number.h"

namespace nn {

StepsTable::StepsTable(int64_t every, int64_t answers, bool norm, bool ratio, bool loss_of_batches)
    : every_(every), loss_of_batches_(loss_of_batches), sums_{.answers = answers} {
  if (!every) return;
  for (const char* name : {"step", "epoch", "loss"}) columns_.push_back({name, {}});
  if (answers > 0) columns_.push_back({"accuracy", {}});
  columns_.push_back({"learning_rate", {}});
  if (norm) columns_.push_back({"gradient_norm", {}});
  if (ratio) columns_.push_back({"update_ratio", {}});
}

void StepsTable::add(const StepResult& step, int64_t epoch) {
  if (!every_) return;
  sums_.add(step, loss_of_batches_);
  if (step.batch % every_) return;
  for (auto& [name, values] : columns_) {
    double value = step.rate;
    if (name == "step")
      value = static_cast<double>(step.batch);
    else if (name == "epoch")
      value = static_cast<double>(epoch);
    else if (name == "loss")
      value = sums_.loss();
    else if (name == "accuracy")
      value = sums_.accuracy();
    else if (name == "gradient_norm")
      value = sums_.updates ? sums_.gradient_norm() : NAN;
    else if (name == "update_ratio")
      value = sums_.updates ? sums_.update_ratio() : NAN;
    values.push_back(value);
  }
  sums_ = {.answers = sums_.answers};
}

void StepsTable::state(State& state, int64_t batches) {
  if (!every_) return;
  const State::Scope scope(state, "steps");
  sums_.state(state);
  const auto rows = static_cast<size_t>(batches / every_);
  for (auto& [name, values] : columns_) {
    state.growing("table/" + name, values);
    if (state.restoring() && values.size() != rows)
      state.refuse("table/" + name, value_text(rows) + " rows", value_text(values.size()));
  }
}

}  // namespace nn
