// SPDX-License-Identifier: MIT
// Sums of many terms, one a parameter: gradients of biases, scales, slopes. Device code, and its launch.
//
//   struct Terms { int64_t count; NN_DEVICE double value(int64_t p, int64_t j) const; };   // term j of sum p
//   sum_terms(device, parameters, Terms{...}, sink);
#pragma once

#include "backend/cuda/launch.h"
#include "backend/cuda/step.h"

namespace nn::cuda {

NN_DEVICE void put(float* to, double value, bool add) {
  *to = add ? *to + static_cast<float>(value) : static_cast<float>(value);
}

/// A block a sum, in double, in an order that depends on the number of terms only.
template <class Terms>
NN_KERNEL sums_of_terms(Terms terms, float* to, bool add) {
  NN_SHARED(double, scratch);
  double sum = 0;
  for (int64_t j = threadIdx.x; j < terms.count; j += blockDim.x) sum += terms.value(blockIdx.x, j);
  sum = sum_of_block(sum, scratch);
  if (threadIdx.x == 0) put(to + blockIdx.x, sum, add);
}

/// Threads of a block that shares that many terms.
inline unsigned threads_for(int64_t count) { return count > 2048 ? 256 : count > 64 ? 128 : 32; }

template <class Terms>
void sum_terms(Device& device, int64_t parameters, const Terms& terms, const Sink& to) {
  if (to) launch(device, &sums_of_terms<Terms>, blocks(parameters, threads_for(terms.count)), terms, to.at, to.add);
}

/// Of {outer, channels, inner}: over outer and inner.
struct ChannelTerms {
  int64_t count, channels, inner;
  const float* dy;
  NN_DEVICE double value(int64_t c, int64_t j) const {
    return static_cast<double>(dy[(j / inner * channels + c) * inner + j % inner]);
  }
};

}  // namespace nn::cuda
