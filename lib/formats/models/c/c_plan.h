// SPDX-License-Identifier: MIT
// What a network does for one sample, as a list of steps over places in one static array of floats.
#pragma once

#include <vector>

#include "graph/graph.h"
#include "model/model_file.h"

namespace nn {

/// Weights by ParamId, as the model has them.
using CWeights = std::vector<const std::vector<float>*>;
/// Error for a parameter that the model lacks or has in another shape.
CWeights weights_by_param(const Graph& graph, const Model& model);

struct CStep {
  const Op* op = nullptr;
  ValueId output = -1;
  /// Of a batch norm behind a product, folded into its weights: y = scale * product + shift by output channel; empty
  /// without one.
  std::vector<double> scale, shift;
};

struct CPlan {
  std::vector<CStep> steps;
  /// Where each value lies in the buffer, in floats; -1: it is the sample as the caller has it, or no step makes it.
  std::vector<int64_t> place;
  int64_t floats = 0;  ///< size of the buffer
};

/// Reshapes and dropout take no step: their values lie where the input lies. So does the output of an op that keeps
/// places (op_table) where nothing reads the input later. Other values share memory where no step needs both.
/// sample_in_buffer: the sample is written there before the first step.
CPlan c_plan(const Graph& graph, const CWeights& weights, bool sample_in_buffer);

/// scale and shift of a batch norm in inference: y = scale * x + shift by channel.
struct ChannelLine {
  std::vector<double> scale, shift;
};
ChannelLine line_of(const BatchNorm& norm, const Op& op, const CWeights& weights);

}  // namespace nn
