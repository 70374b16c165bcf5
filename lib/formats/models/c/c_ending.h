// SPDX-License-Identifier: MIT
// What the outputs of a model are, and what is made of them behind its layers.
#pragma once

#include <string>
#include <vector>

#include "graph/graph.h"
#include "model/model_file.h"

namespace nn {

/// As nn-predict has them (results/outputs.h). softmax: probabilities of exclusive classes, of logits. sigmoid_classes:
/// of exclusive classes, each by itself. sigmoid: each output a yes or no. classes: outputs rank the classes as they
/// are. none: regression.
enum class CEnding { softmax, sigmoid_classes, sigmoid, classes, none };

/// graph: without a loss. Error where the loss does not fit the outputs.
CEnding c_ending(const Model& model, const Graph& graph);
inline bool decides(CEnding ending) { return ending != CEnding::sigmoid && ending != CEnding::none; }
/// Whether the results are between 0 and 1 by what is made of them.
inline bool gives_probabilities(CEnding ending) { return ending < CEnding::classes; }

/// A name for each output, its number where it has none.
std::vector<std::string> c_output_names(const Model& model, CEnding ending, int64_t outputs);

}  // namespace nn
