// SPDX-License-Identifier: MIT
// A model of ours as a file of ONNX.
#pragma once

#include <vector>

#include "formats/models/model_format.h"
#include "formats/models/onnx/graph_writer.h"

namespace nn {

struct OnnxOptions : FormatOptions {
  int opset = usual_opset;
  bool with_prep = false;  ///< the recipe in front and softmax behind
  void declare_reading(OptionSet&) {}
  void declare_writing(OptionSet& set);
};

constexpr const char* onnx_graph_key = "nn_graph";  ///< in the metadata: onnx_graph_sum of the graph as it was written

std::vector<ForeignFile> write_onnx(const Model& model, const OnnxOptions& options);
/// SHA-256 of the nodes. What was written here and never changed is read by its description.
std::string onnx_graph_sum(const onnx::GraphProto& graph);

/// The recipe of a model as nodes behind its raw input, with the sums that the recipe does, in their order. Returns the
/// name of the prepared samples. Error for a step that has no nodes.
std::string write_recipe(GraphWriter& to, const Model& model, const std::string& raw);
/// Whether its raw samples are bytes.
bool takes_bytes(const Model& model);

}  // namespace nn
