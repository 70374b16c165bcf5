// SPDX-License-Identifier: MIT
#include "backend/cuda/arenas.h"

#include "backend/cuda/device_math.h"
#include "backend/cuda/launch.h"
#include "backend/formula/updates.h"

namespace nn::cuda {
namespace arenas {

template <class F>
NN_KERNEL update(const UpdatePart* parts, float* w, const float* g, Slots slots, ConstantsPlace constants) {
  const UpdatePart part = parts[blockIdx.x];
  const float* c = constants.table + static_cast<int64_t>(*constants.step) * formula::max_constants;
  for (int64_t i = part.begin + threadIdx.x; i < part.begin + part.count; i += blockDim.x) {
    float s[F::slots > 0 ? F::slots : 1] = {};
    for (int j = 0; j < F::slots; ++j) s[j] = slots.at[j][i];
    F::step(w[i], g[i], s, c);
    for (int j = 0; j < F::slots; ++j) slots.at[j][i] = s[j];
  }
}

/// A block sums a slice of fixed length.
template <class Term>
NN_KERNEL sum_slices(int64_t n, int64_t slice, const float* x, Term term, double* parts) {
  NN_SHARED(double, scratch);
  const int64_t begin = blockIdx.x * slice, end = begin + slice < n ? begin + slice : n;
  double sum = 0;
  for (int64_t i = begin + threadIdx.x; i < end; i += blockDim.x) sum += term(x[i]);
  sum = sum_of_block(sum, scratch);
  if (threadIdx.x == 0) parts[blockIdx.x] = sum;
}
NN_KERNEL sum_parts(int64_t n, const double* parts, double* out) {
  NN_SHARED(double, scratch);
  double sum = 0;
  for (int64_t i = threadIdx.x; i < n; i += blockDim.x) sum += parts[i];
  sum = sum_of_block(sum, scratch);
  if (threadIdx.x == 0) *out = sum;
}
struct Square {
  NN_DEVICE double operator()(float v) const { return static_cast<double>(v) * static_cast<double>(v); }
};
struct NotFinite {
  NN_DEVICE double operator()(float v) const { return v - v == 0 ? 0 : 1; }
};
template <class Term>
void launch_sum(Device& device, int64_t n, const float* x, Term term, double* parts) {
  const int64_t slice = std::max<int64_t>((n + sum_blocks - 1) / sum_blocks, 256);
  const int64_t slices = std::max<int64_t>((n + slice - 1) / slice, 1);
  launch(device, &sum_slices<Term>, blocks(slices), n, slice, x, term, parts);
  launch(device, &sum_parts, blocks(1), slices, parts, parts + sum_blocks);
}

NN_KERNEL penalty(int64_t n, const float* w, float* g, double l1, double l2, double* out) {
  NN_SHARED(double, scratch);
  double sum = 0;
  for (int64_t i = threadIdx.x; i < n; i += blockDim.x) {
    const double v = static_cast<double>(w[i]);
    sum += l1 * fabs(v) + l2 * v * v;
    if (g) g[i] += static_cast<float>(2 * l2 * v + (v > 0 ? l1 : v < 0 ? -l1 : 0.0));
  }
  sum = sum_of_block(sum, scratch);
  if (threadIdx.x == 0) *out = sum;
}
NN_KERNEL blend(int64_t n, float* to, double a, const float* from, double b) {
  const int64_t i = me();
  if (i < n)
    to[i] = static_cast<float>((a == 0 ? 0 : a * static_cast<double>(to[i])) + b * static_cast<double>(from[i]));
}
NN_KERNEL swap(int64_t n, float* one, float* other) {
  const int64_t i = me();
  if (i >= n) return;
  const float v = one[i];
  one[i] = other[i];
  other[i] = v;
}
NN_KERNEL scale(int64_t n, float* x, float factor) {
  const int64_t i = me();
  if (i < n) x[i] *= factor;
}
NN_KERNEL clip(int64_t n, float* x, float limit) {
  const int64_t i = me();
  if (i < n) x[i] = x[i] > limit ? limit : x[i] < -limit ? -limit : x[i];  // a NaN stays
}

}  // namespace arenas

void launch_update(Device& device, std::string_view formula, std::span<const UpdatePart> parts, float* weights,
                   const float* gradients, const Slots& slots, const ConstantsPlace& constants) {
  const Launch how{{static_cast<unsigned>(parts.size())}, {256}};
#define UPDATE(name, Type)                                                                                          \
  if (formula == #name)                                                                                             \
    return launch(device, &arenas::update<formula::Type<float, DeviceMath>>, how, parts.data(), weights, gradients, \
                  slots, constants);
#include "backend/formula/updates.def"
#undef UPDATE
  throw UsageError(unknown_name("update formula", formula, formula::update_names()));
}

void launch_squares(Device& device, int64_t n, const float* x, double* parts) {
  arenas::launch_sum(device, n, x, arenas::Square{}, parts);
}
void launch_not_finite(Device& device, int64_t n, const float* x, double* parts) {
  arenas::launch_sum(device, n, x, arenas::NotFinite{}, parts);
}
void launch_penalty(Device& device, int64_t n, const float* w, float* g, double l1, double l2, double* sum) {
  launch(device, &arenas::penalty, blocks(1, 256), n, w, g, l1, l2, sum);
}
void launch_blend(Device& device, int64_t n, float* to, double a, const float* from, double b) {
  launch(device, &arenas::blend, each(n), n, to, a, from, b);
}
void launch_swap(Device& device, int64_t n, float* one, float* other) {
  launch(device, &arenas::swap, each(n), n, one, other);
}
void launch_scale(Device& device, int64_t n, float* x, float factor) {
  launch(device, &arenas::scale, each(n), n, x, factor);
}
void launch_clip(Device& device, int64_t n, float* x, float limit) {
  launch(device, &arenas::clip, each(n), n, x, limit);
}

}  // namespace nn::cuda
