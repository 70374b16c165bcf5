// SPDX-License-Identifier: MIT
// What the backends do not compute yet.
#pragma once

#include <string_view>

#include "graph/graph.h"

namespace nn {

/// Error that names the op and its layer when a graph has what neither ref nor cpu computes: ragged values where an op
/// takes none, or asks for them, values that are not float32 (but for ids and the labels of a loss), more than one
/// input of samples, a loss whose labels or targets are computed. device: for the message.
void refuse_unsupported(const Graph& graph, std::string_view device);
/// The same where its samples are ragged, for a device that takes no such ones.
void refuse_ragged(const Graph& graph, std::string_view device);

}  // namespace nn
