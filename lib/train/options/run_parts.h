// SPDX-License-Identifier: MIT
// The plug-ins that a run's options name, made under its framework: what is checked before the data is waited for, and
// what the rules in force and the compatibility report walk.
#pragma once

#include <optional>
#include <vector>

#include "layers/initializer.h"
#include "model/network.h"
#include "train/callbacks/callback.h"
#include "train/run/trainer.h"

namespace nn {

/// --like with what nn-train's own options set over it; options of optimizers, layers and so on go over it in turn.
FrameworkRules rules_of(const TrainOptions& options);

struct RunParts {
  /// UsageError for a wrong name or value in any of them. Without a model there are no layers.
  explicit RunParts(const TrainOptions& options);

  FrameworkRules rules;
  std::vector<Network::Node> layers;
  Configured<Optimizer> optimizer;
  Configured<Schedule> schedule;
  std::optional<Configured<Loss>> loss;         ///< when it is named
  std::optional<Configured<Initializer>> init;  ///< --init, when it is none of a model
  std::vector<Configured<Callback>> callbacks;

  /// Initialisers that a layer names: its weight's, its bias's.
  std::vector<Configured<Initializer>> initializers(const OptionSet& of_layer) const;
};

}  // namespace nn
