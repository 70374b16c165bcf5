// SPDX-License-Identifier: MIT
// What is computed: a network lowered together with its loss for one dataset. Made before any memory is taken, so that
// everything that does not fit is said at once.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "data/dataset.h"
#include "losses/loss.h"
#include "model/model_file.h"
#include "model/network.h"
#include "train/run/trainer.h"

namespace nn {

struct Task {
  std::unique_ptr<Network> network;
  Graph graph;       ///< with the loss
  std::string loss;  ///< spec text as resolved
  TargetKind kind = TargetKind::labels;
  int64_t classes = 0;              ///< that the data knows, 0 for none
  std::vector<std::string> frozen;  ///< layers that are not trained
  int64_t outputs() const { return graph.value(graph.output()).shape.count(); }
};

/// From nn-train's options: reads the layers, chooses the loss by the labels, applies --init, --freeze,
/// --class-weight and --label-smoothing. Errors name the layer, line and column; a softmax before cross_entropy (and a
/// sigmoid before bce) is refused.
Task training_task(const TrainOptions& options, const Dataset& data);
/// From a trained model.
Task model_task(const Model& model);

/// Error when a row (all when there are none) of a split of texts has no token, more than the network takes, or one
/// outside of its vocabulary. Nothing where the network takes no tokens.
void check_tokens(const Network& network, const Graph& graph, const Split& split, std::span<const int64_t> rows = {});

/// The prepared samples of a split must be what the network takes, its labels and targets what the loss takes.
void check_split(const Task& task, const Split& split);

}  // namespace nn
