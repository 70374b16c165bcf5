// SPDX-License-Identifier: MIT
// Layers that the shapes of a file's weights allow, for who knows the network and has only its weights.
#pragma once

#include <string>

#include "formats/models/model_format.h"

namespace nn {

/// Layer text with remarks on what shapes do not show: activations, pooling, strides, padding, branches.
std::string proposed_layers(const ForeignModel& model);

}  // namespace nn
