// SPDX-License-Identifier: MIT
// What a training starts from: the weights of other models.
#include <fmt/format.h>

#include <stdexcept>

#include "base/text/number.h"
#include "train/engine/layer_patterns.h"
#include "train/engine/training_engine.h"

namespace nn {

void TrainingEngine::take_used() {
  // The layers are those of the files, and so all their weights fit.
  const Taken taken = take_weights(*options_.used, *memory_);
  if (!taken.unused.empty()) throw std::logic_error("weights of a used model without a place: " + taken.unused.front());
}

void TrainingEngine::take_start() {
  const Model start = matched_to(*options_.init_from, *task_.network, task_.graph);
  const EndNames names =
      end_names(task_.kind == TargetKind::labels, data_.classes, data_.target_names, data_.feature_names);
  taken_ = take_weights(start, *memory_, names,
                        matching_layers("--init-except", options_.init_except, *task_.network, task_.graph));
  const std::string kept = start.optimizer
                               ? fmt::format("({}, a learning rate of {})", printable(start.optimizer->optimizer),
                                             value_text(start.optimizer->rate))
                               : std::string();
  if (!options_.init_optimizer) {
    if (start.optimizer)
      taken_.sentences.push_back("the state of the optimizer there is left " + kept + "; --init-optimizer takes it");
    return;
  }
  if (!options_.init_from->no_optimizer.empty())
    throw Error("--init-optimizer: the optimizer's state is not taken: " + options_.init_from->no_optimizer);
  steps_before_ = take_optimizer(start, *optimizer_, taken_, *memory_, names);
  taken_.sentences.push_back(fmt::format("the optimizer goes on from its state there{} {}",
                                         steps_before_ > 1 ? fmt::format(" after {} steps", steps_before_) : "", kept));
}

}  // namespace nn
