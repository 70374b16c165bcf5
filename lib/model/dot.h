// SPDX-License-Identifier: MIT
// A network as a graph for Graphviz: `nn-info --dot model.h5 | dot -Tsvg`.
#pragma once

#include <string>

#include "model/network.h"

namespace nn {

/// A box a layer (name, arguments, parameters), an arrow with the shape that passes.
std::string dot_text(const Network& network, const std::string& title);

}  // namespace nn
