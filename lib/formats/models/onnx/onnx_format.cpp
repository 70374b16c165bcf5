// SPDX-License-Identifier: MIT
// ONNX: networks as graphs of operators, as exporters of PyTorch, TensorFlow, Keras and Paddle write them.
#include <filesystem>
#include <map>
#include <set>

#include "formats/intake.h"
#include "formats/models/description.h"
#include "formats/models/onnx/onnx_bytes.h"
#include "formats/models/onnx/onnx_file.h"
#include "formats/models/onnx/onnx_model.h"
#include "formats/models/onnx/onnx_write.h"

namespace nn {
namespace {

const Content onnx_content{.begins = is_onnx};

/// Where values beside the file may lie; empty for standard input.
std::string folder_of(const std::string& input) {
  if (input == "-") return {};
  const std::string folder = std::filesystem::path(input).parent_path().string();
  return folder.empty() ? "." : folder;
}

std::string metadata(const onnx::ModelProto& proto, const char* key) {
  for (const onnx::StringStringEntryProto& entry : proto.metadata_props())
    if (entry.key() == key) return entry.value();
  return {};
}

/// What was written here says itself which layers it has, while its graph is as it was written: nothing is lost then,
/// such as the rate of a dropout.
bool read_own(const onnx::ModelProto& proto, const OnnxPlace& place, ForeignModel& model) {
  const std::string description = metadata(proto, description_key), sum = metadata(proto, onnx_graph_key);
  if (description.empty() || sum.empty() || sum != onnx_graph_sum(proto.graph())) return false;
  ForeignModel own;
  take_description(description, own);
  std::map<std::string, const onnx::TensorProto*> constants;
  for (const onnx::TensorProto& tensor : proto.graph().initializer()) constants[tensor.name()] = &tensor;
  for (const Param& p : Network(own.layers, own.input).lower().params) {
    const auto found = constants.find(p.path());
    if (found == constants.end()) return false;
    OnnxTensor tensor = read_tensor(*found->second, place);
    if (!tensor.is_float || Shape(tensor.dims) != p.shape) return false;
    ForeignTensor foreign{p.path(), p.shape, tensor.stored, std::move(tensor.floats)};
    foreign.path = p.path();
    own.tensors.push_back(std::move(foreign));
  }
  model = std::move(own);
  return true;
}

ForeignModel read_onnx(const std::string& input, const OnnxOptions& options) {
  const std::vector<std::byte> bytes = input_bytes(input, options, onnx_content);
  return in_context(shown_name(input),
                    [&] { return model_in_onnx(bytes, folder_of(input), options.budget, options.sample); });
}

/// The files in which values of the graph's constants lie.
std::vector<std::string> values_beside(const std::string& input) {
  const onnx::ModelProto proto = parse_onnx(input_bytes(input, FormatOptions{}, onnx_content), Budget{});
  std::set<std::string> files;
  const auto add = [&](const onnx::TensorProto& tensor) {
    for (const onnx::StringStringEntryProto& entry : tensor.external_data())
      if (entry.key() == "location") files.insert(folder_of(input) + "/" + entry.value());
  };
  for (const onnx::TensorProto& tensor : proto.graph().initializer()) add(tensor);
  for (const onnx::NodeProto& node : proto.graph().node())
    for (const onnx::AttributeProto& attribute : node.attribute()) add(attribute.t());
  return {files.begin(), files.end()};
}

}  // namespace

ForeignModel model_in_onnx(std::span<const std::byte> bytes, const std::string& folder, const Budget& budget,
                           const Shape& sample) {
  const onnx::ModelProto proto = parse_onnx(bytes, budget);
  const OnnxPlace place{folder, budget};
  ForeignModel model;
  return read_own(proto, place, model) ? model : model_of_onnx(proto, place, sample);
}

extern const ModelFormat onnx_model;
const ModelFormat onnx_model{
    .name = "onnx",
    .summary = "networks of ONNX, as the exporters of PyTorch, TensorFlow, Keras and Paddle write them",
    .suffixes = {".onnx"},
    .folder = false,
    .text = false,
    .content = &onnx_content,
    .reader = reader_with<OnnxOptions, read_onnx>,
    .writer = writer_with<OnnxOptions, write_onnx>,
    .beside = values_beside,
};

}  // namespace nn
