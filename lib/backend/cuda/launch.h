// SPDX-License-Identifier: MIT
// Launches of kernels, for files that hold some (language.h).
//
//   launch(device, &kernel, each(n), n, x, y);      // a thread for each of n elements
//   launch(device, &sums, blocks(n), ...);          // a block of 128 for each of n, with room for sum_of_block()
#pragma once

#include <tuple>
#include <type_traits>

#include "backend/cuda/device.h"
#include "backend/cuda/language.h"

namespace nn::cuda {

/// The arguments become the kernel's own types first, so that their addresses are right.
template <class... P, class... A>
void launch(Device& device, void (*kernel)(P...), const Launch& how, const A&... arguments) {
  if (how.grid.x == 0 || how.grid.y == 0 || how.grid.z == 0) return;
  std::tuple<P...> values{static_cast<P>(arguments)...};
  std::apply(
      [&](auto&... each) {
        void* pointers[] = {const_cast<void*>(static_cast<const void*>(&each))..., nullptr};
#ifdef __CUDACC__
        device.launch(reinterpret_cast<const void*>(kernel), how, pointers, {});
#else
        device.launch(nullptr, how, pointers, [kernel, values] { std::apply(kernel, values); });
#endif
      },
      values);
}

constexpr unsigned threads_of_block = 128;

inline Launch each(int64_t n) {
  return {{static_cast<unsigned>((n + threads_of_block - 1) / threads_of_block)}, {threads_of_block}};
}
inline Launch blocks(int64_t n, unsigned threads = threads_of_block) {
  return {{static_cast<unsigned>(n)}, {threads}, threads / 32 * sizeof(double)};
}

/// Of all threads of the launch this one's number.
NN_DEVICE int64_t me() { return static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; }

template <class T>
NN_DEVICE T sum_of_warp(T v) {
  for (int d = 16; d > 0; d /= 2) v += __shfl_xor_sync(~0u, v, d);
  return v;
}
template <class T>
NN_DEVICE T largest_of_warp(T v) {
  for (int d = 16; d > 0; d /= 2) {
    const T other = __shfl_xor_sync(~0u, v, d);
    v = other > v ? other : v;
  }
  return v;
}

/// Of all threads of a block (a multiple of 32), to all of them; scratch: one T a warp. The order of the sum is fixed.
template <class T>
NN_DEVICE T sum_of_block(T v, T* scratch) {
  const unsigned warp = threadIdx.x / 32, warps = blockDim.x / 32;
  v = sum_of_warp(v);
  if (threadIdx.x % 32 == 0) scratch[warp] = v;
  __syncthreads();
  v = threadIdx.x % 32 < warps ? scratch[threadIdx.x % 32] : T(0);
  v = sum_of_warp(v);
  __syncthreads();
  return v;
}

}  // namespace nn::cuda
