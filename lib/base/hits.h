// SPDX-License-Identifier: MIT
// Which outputs of a network are right: what a training counts at each step, on the host or on a device.
#pragma once

#include <cstdint>
#include <span>

namespace nn {

/// none: nothing is counted. first_maximum: a sample counts when the first of its largest outputs stands at its label.
/// threshold: a sample, which has one output, counts when that is above 0 exactly if its label is 1. In both, a sample
/// with an output that is not a number does not count. targets: each output counts that is above 0 exactly if its
/// target is above 1/2.
enum class HitRule { none, first_maximum, threshold, targets };

/// Whether the rule compares with labels: {samples}.
constexpr bool wants_labels(HitRule rule) { return rule == HitRule::first_maximum || rule == HitRule::threshold; }

/// Place of the first of the largest; -1 when one of them is not a number.
int32_t first_maximum(std::span<const float> outputs);

/// outputs: {samples, ...}. labels: {samples}, targets: as outputs; the rule says which of them is looked at.
int64_t count_hits(HitRule rule, std::span<const float> outputs, std::span<const int32_t> labels,
                   std::span<const float> targets);

}  // namespace nn
