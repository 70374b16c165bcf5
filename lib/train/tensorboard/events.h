// SPDX-License-Identifier: MIT
// TensorBoard's events as records that are ready to be written. wall_time: seconds since 1970. Scalars, histograms and
// texts are tensors, as TensorFlow 2 writes them; `first`: the first of its tag in the file, which says how to show it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "graph/graph.h"
#include "train/tensorboard/histogram.h"

namespace nn::tensorboard {

/// The first record of every file.
std::string version_event(double wall_time);
/// A session begins: readers drop what earlier files of the folder hold for `step` and later steps.
std::string start_event(double wall_time, int64_t step);
std::string scalar_event(double wall_time, int64_t step, const std::string& tag, double value, bool first);
std::string histogram_event(double wall_time, int64_t step, const std::string& tag, const Histogram& histogram,
                            bool first);
/// A table of two columns; each cell is Markdown.
std::string table_event(double wall_time, int64_t step, const std::string& tag,
                        const std::vector<std::pair<std::string, std::string>>& rows, bool first);
/// One node an op, named after its layer; shapes with -1 for the batch.
std::string graph_event(double wall_time, const Graph& graph);

}  // namespace nn::tensorboard
