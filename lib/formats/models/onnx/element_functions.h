// SPDX-License-Identifier: MIT
// Operators that are functions of single numbers: one, two, or one with constants of the node.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "formats/models/onnx/onnx_tensor.h"

namespace nn {

struct ElementFunction {
  std::function<double(double, double)> f;
  std::string type;  ///< operator: "Add"
  bool of_two = false;
};

/// Of an operator; empty for one that is no such function. Constants that are inputs (Clip) are not among them.
std::optional<ElementFunction> element_function(OnnxNode& node);
double sigmoid(double x);
double softplus(double x);  ///< ln(1 + e^x)
/// min(max(x, lo), hi)
ElementFunction clip_function(double lo, double hi);

}  // namespace nn
