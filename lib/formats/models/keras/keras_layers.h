// SPDX-License-Identifier: MIT
// The layers of a network of ours as Keras has them.
#pragma once

#include <string>
#include <vector>

#include "base/text/json.h"
#include "model/model_file.h"

namespace nn {

/// A layer that is written. Its arrays are parameters of ours, in Keras' order.
struct WrittenLayer {
  std::string type, name;
  Json config;                      ///< without the name
  std::vector<std::string> inputs;  ///< names of layers
  Shape output;                     ///< here
  std::vector<std::string> arrays;  ///< paths of parameters
};

/// With the InputLayer first. logits: without the softmax or sigmoid that the loss does here. Error naming a layer that
/// Keras lacks.
std::vector<WrittenLayer> keras_layers_of(const Network& network, const std::string& loss, bool logits);
/// The text of a Keras configuration of shapes: rows, columns, channels.
Json channels_last(const Shape& shape, bool batch);

}  // namespace nn
