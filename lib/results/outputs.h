// SPDX-License-Identifier: MIT
// How the outputs of a network for one sample become a class and probabilities.
#pragma once

#include <cstdint>
#include <span>

namespace nn {

/// softmax: outputs are logits of exclusive classes. logistic: logits of exclusive classes, each by itself; one output
/// is a yes or no. independent: logits of targets of their own, each a yes or no. largest: outputs rank the classes as
/// they are (a softmax layer, or mse on one-hot targets). none: regression.
enum class OutputKind { softmax, logistic, independent, largest, none };

/// The class: the first largest output (for one logistic output: 1 when positive); -1 when some output is not a number.
int32_t decide(std::span<const float> outputs, OutputKind kind);
/// How many of the outputs, logits of a yes or no each, are on the side of their targets.
int64_t right_targets(std::span<const float> outputs, std::span<const float> targets);
/// The label is among the k largest outputs, ties won by the lower class.
bool within_top(std::span<const float> outputs, int32_t label, int k);
/// Probabilities (for largest and none the outputs as they are). out has the size of outputs, and may be the same
/// memory.
void probabilities(std::span<const float> outputs, OutputKind kind, std::span<float> out);

}  // namespace nn
