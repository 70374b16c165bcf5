// SPDX-License-Identifier: MIT
// A layer's example as a network by itself.
#pragma once

#include <string>

#include "layers/layer.h"

namespace nn::test {

/// The example in a network: of ragged samples behind what makes them.
struct ExampleNetwork {
  std::string layers;
  Shape input;
  explicit ExampleNetwork(const LayerExample& e) : layers(e.text), input(e.input) {
    if (!e.ragged) return;
    input = {5};
    if (e.vocabulary == 0) layers = "tokens:5 embed:" + std::to_string(e.input[0]) + ",vocabulary=9 " + layers;
    if (e.vocabulary > 0 && !layers.starts_with("tokens")) layers = "tokens:5 " + layers;
  }
};

}  // namespace nn::test
