// SPDX-License-Identifier: MIT
// Which layers compute a function of one number. Exporters spell GELU, hard swish, SiLU and the like in many ways, of
// three to eight nodes. Here the spelling does not matter: the function is compared with that of each layer at many
// points.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace nn {

using OneFunction = std::function<double(double)>;

/// A layer without weights, or a factor and a shift of every value (a layer scale).
struct FunctionLayer {
  std::string word;  ///< "leaky_relu:0.1"; empty: factor * x + shift
  double factor = 1, shift = 0;
};

/// In the order in which they follow each other; no layer at all for f(x) = x. Empty: no layers here compute f.
std::optional<std::vector<FunctionLayer>> layers_of(const OneFunction& f);

/// Shortest text of a number that was a float32 in a file.
std::string float_text(double value);

}  // namespace nn
