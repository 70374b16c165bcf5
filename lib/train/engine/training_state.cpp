// SPDX-License-Identifier: MIT
// What a checkpoint holds of a engine. Each field is checked, when it comes back, against what it is for.
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/text/number.h"
#include "data/stored_rows.h"
#include "train/engine/training_engine.h"

namespace nn {
namespace {

constexpr double most = std::numeric_limits<double>::max(),
                 largest_weight = static_cast<double>(std::numeric_limits<float>::max()),
                 unlimited = std::numeric_limits<double>::infinity();

/// Means and sums of squares, by the names of the optimizers' slots.
bool holds_squares(const std::string& slot) { return slot == "v" || slot == "v_max" || slot == "sum"; }

}  // namespace

void Running::state(State& state) {
  constexpr int64_t any = std::numeric_limits<int64_t>::max();
  state.field("samples", samples, 0, any);
  state.field("hits", hits, 0, state.restoring() ? samples * answers : any);
  state.field("updates", updates, 0, state.restoring() ? samples : any);
  state.field("loss_sum", loss_sum);
  state.field("loss_weight", loss_weight, 0, most);
  state.field("gradient_norm_sum", gradient_norm_sum);
  state.field("update_ratio_sum", update_ratio_sum);
  if (state.restoring() && (gradient_norm_sum < 0 || update_ratio_sum < 0))
    state.refuse("gradient_norm_sum", "a sum of norms", "a negative number");
  if (state.restoring() && (loss_weight > 0) != (samples > 0))
    state.refuse("loss_weight", "the weight of " + value_text(samples) + " samples", value_text(loss_weight));
}

void TrainingEngine::arena_state(State& state, const std::string& name, Part part, int slot, double least,
                                 double largest) {
  const State::Scope scope(state, name);
  const Graph& graph = task_.graph;
  for (size_t p = 0; p < graph.params.size(); ++p) {
    const Param& param = graph.params[p];
    if (part == Part::slot && !param.trainable) continue;
    const ParamId id = static_cast<ParamId>(p);
    std::vector<double> values(static_cast<size_t>(param.shape.count()));
    memory_->read(part, id, values, slot);
    if (memory_->in_double()) {
      state.field(param.path(), values);
    } else {
      std::vector<float> floats(values.begin(), values.end());
      state.field(param.path(), floats);
      values.assign(floats.begin(), floats.end());
    }
    if (!state.restoring()) continue;
    state.check_each(param.path(), values, least, largest);
    memory_->write(part, id, values, slot);
  }
}

void TrainingEngine::state(State& state, bool in_epoch) {
  constexpr int64_t any = std::numeric_limits<int64_t>::max();
  state.field("batches", batches_done_, 0, any);
  const int64_t least_updates = options_.accumulate == 1 ? batches_done_ : batches_done_ / options_.accumulate;
  state.field("updates", updates_done_, state.restoring() ? least_updates : 0, state.restoring() ? batches_done_ : any);
  state.field("rate", base_rate_, 0, most);
  state.field("last_rate", last_rate_, 0, most);
  {
    const State::Scope scope(state, "random");
    random_->state(state);
  }
  std::vector<uint64_t> augment = augment_.state();
  state.field("augment", augment);
  if (memory_->in_double()) arena_state(state, "weights", Part::weights, 0, -largest_weight, largest_weight);
  const std::vector<std::string> names = optimizer_->slots();
  for (size_t i = 0; i < names.size(); ++i)
    arena_state(state, "optimizer/" + names[i], Part::slot, static_cast<int>(i),
                holds_squares(names[i]) ? 0 : -unlimited, unlimited);
  if (state.restoring() ? state.has("optimizer/steps_before") : steps_before_ > 0)
    state.field("optimizer/steps_before", steps_before_, 0, any);
  std::vector<double> scalars = optimizer_->scalars();
  if (!scalars.empty()) state.field("optimizer/scalars", scalars);
  state.check_each("optimizer/scalars", scalars, -most, most);
  if (const StoredRows* stored = train_->split.stored()) {
    const int64_t now = stored->block_rows();
    int64_t rows = now;
    state.field("block_rows", rows, 1, any);
    if (rows != now)
      state.refuse("block_rows", fmt::format("blocks of {} rows, as --max-memory gives now", now), value_text(rows));
  } else if (state.restoring() && state.has("block_rows")) {
    state.refuse("block_rows", "a run with all samples in memory, as --max-memory allows now", "one with blocks");
  }
  if (average_ >= 0) arena_state(state, "running", Part::slot, average_, -largest_weight, largest_weight);
  if (sum_ >= 0) {
    state.field("summed_batches", summed_batches_, 0, options_.accumulate - 1);
    const auto batches = static_cast<double>(summed_batches_);
    state.field("summed_samples", summed_samples_, batches, batches * static_cast<double>(options_.batch));
    arena_state(state, "sum", Part::slot, sum_, -unlimited, unlimited);
  }
  if (!state.restoring()) return;
  augment_.restore(augment);
  if (!scalars.empty()) optimizer_->restore_scalars(scalars);
  if (in_epoch) take_order(random_->order_again(train_->split.size(), options_.shuffle));
}

}  // namespace nn
