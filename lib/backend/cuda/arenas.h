// SPDX-License-Identifier: MIT
// What is done to whole arenas on the device: norms, sums, clipping, penalties, updates.
#pragma once

#include <string_view>

#include "backend/cuda/device.h"
#include "backend/formula/limits.h"

namespace nn::cuda {

/// Elements of an arena that one block updates; never the padding between parameters, whose slots some formulas would
/// fill.
struct UpdatePart {
  int64_t begin, count;
};
constexpr int64_t largest_part = 1024;

struct Slots {
  float* at[formula::max_slots];
};

/// Where the constants of a step's update stand: table[*step * max_constants].
struct ConstantsPlace {
  const float* table;
  const int32_t* step;
};

/// UsageError for an unknown formula.
void launch_update(Device& device, std::string_view formula, std::span<const UpdatePart> parts_on_device,
                   float* weights, const float* gradients, const Slots& slots, const ConstantsPlace& constants);

/// Sums in double, by a fixed number of blocks.
constexpr int64_t sum_blocks = 256;
/// parts: {sum_blocks + 1}; the last is the sum of squares.
void launch_squares(Device& device, int64_t n, const float* x, double* parts);
/// The last is how many elements are not finite.
void launch_not_finite(Device& device, int64_t n, const float* x, double* parts);
/// sum = l1 sum|w| + l2 sum w^2, and its gradient added to g, if there is one.
void launch_penalty(Device& device, int64_t n, const float* w, float* g, double l1, double l2, double* sum);

/// to = a to + b from; a = 0 does not read `to`.
void launch_blend(Device& device, int64_t n, float* to, double a, const float* from, double b);
void launch_swap(Device& device, int64_t n, float* one, float* other);
void launch_scale(Device& device, int64_t n, float* x, float factor);
void launch_clip(Device& device, int64_t n, float* x, float limit);

}  // namespace nn::cuda
