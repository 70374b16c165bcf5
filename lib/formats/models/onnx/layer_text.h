// SPDX-License-Identifier: MIT
// Layers that were found in a graph as text of the layer language.
#pragma once

#include <string>
#include <vector>

#include "formats/models/onnx/graph_reader.h"

namespace nn {

struct WrittenLayers {
  std::string text;
  std::vector<ForeignTensor> weights;  ///< with the paths that their layers have in the text
};
/// Those that the layer `last` needs, each behind what it takes.
WrittenLayers written_layers(const std::vector<FoundLayer>& layers, int last);

}  // namespace nn
