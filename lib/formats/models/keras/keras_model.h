// SPDX-License-Identifier: MIT
// A model of Keras as its files hold it: layers with their configuration, inputs and arrays. Versions 2 and 3, as
// .keras, .weights.h5 and .h5. Source: keras/src/saving/saving_lib.py, legacy/saving/legacy_h5_format.py.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/text/json.h"
#include "formats/models/model_format.h"
#include "h5/reading/foreign.h"

namespace nn {

struct KerasLayer {
  std::string type, name;  ///< "Conv2D", "conv2d_1"; of a model that is a layer: "base/conv2d_1"
  Json config;
  std::vector<std::string> inputs;       ///< names of layers; none for an InputLayer
  std::vector<ForeignTensor> arrays;     ///< in Keras' order: kernel, bias; named "conv2d_1/0"
  std::string short_name = {};           ///< "conv2d_1"
  std::vector<std::string> models = {};  ///< that it is in, the outermost first, without that of the file: "base"
  std::optional<double> number = {};     ///< that stands beside the only input, as in x / 127.5
  bool number_is_first = false;          ///< as in 1 - x
  std::vector<std::string> groups = {};  ///< one in the other, where .weights.h5 has it: "functional", "conv2d_1"
};

struct KerasModel {
  std::vector<KerasLayer> layers;  ///< in the order of the file
  std::string output;              ///< name of the layer
  std::string loss;                ///< that it was compiled with: "sparse_categorical_crossentropy"; empty: not told
  bool is_version_2 = false;
  Shape input;  ///< told outside of the layers, with the batch axis and in Keras' order; rank 0: not told
};

/// "BatchNormalization" is batch_normalization, "ReLU" re_lu: what Keras calls a layer of the class.
std::string snake_case(const std::string& type);
/// Layers of a configuration (Sequential or Functional), without arrays; those of a model that is a layer stand in its
/// place. Error naming what is not supported.
KerasModel keras_layers(const Json& config);
/// compile: compile_config or training_config.
void take_loss(const Json& compile, KerasModel& model);

/// Gives the layers their arrays. root: where the objects lie ("" or "/model_weights").
void take_new_arrays(const h5::ForeignFile& file, KerasModel& model);
void take_legacy_arrays(const h5::ForeignFile& file, const std::string& root, KerasModel& model);
/// All arrays of a file without a configuration, by the names of layers.
std::vector<ForeignTensor> named_arrays(const h5::ForeignFile& file);

/// The model as layer text, with the parameters that the arrays are. Error naming layer and class of what has no
/// counterpart here.
ForeignModel translated(const KerasModel& model);

}  // namespace nn
