// SPDX-License-Identifier: MIT
// CUDA C++ on the processor, for tests. The same kernels, in the same source, are compiled by nvcc for a GPU and by any
// C++20 compiler for this: a thread of a block is a fiber, made only when one has to wait. It is slow and exact, and
// stricter than a GPU:
//   - shared memory is full of NaN when a block begins; device memory when it is allocated;
//   - a barrier that some threads of a block (or lanes of a mask) do not reach is an Error that names the place;
//   - the order in which threads and blocks run is chosen (SIM_ORDER=forward, reverse or a number that seeds a
//   shuffle), so
//     that a missing barrier shows as results that depend on it;
//   - built with -fsanitize=address every access outside an array is found: each allocation is one of malloc.
// What it does not show: speed, coalescing, bank conflicts, register spills, memory models weaker than one thread's.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <source_location>

#define NN_HD inline
#define NN_DEVICE inline
#define NN_KERNEL [[maybe_unused]] static void
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __restrict__ __restrict
#define NN_SHARED(Type, name) Type* name = static_cast<Type*>(::nn::sim::shared())

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(4) uchar4 {
  unsigned char x, y, z, w;
};

namespace nn::sim {
using Place = std::source_location;

/// Where the running thread stands; set when it is switched to.
struct Here {
  dim3 thread, block, block_dim, grid_dim;
};
extern Here here;

struct Config {
  dim3 grid, block;
  size_t shared = 0;
  bool cooperative = false;  ///< all blocks live at once, sync_grid() works
};
/// "forward", "reverse" or a number: the order of threads and blocks; at first that of SIM_ORDER.
void set_order(const char* order);
/// Runs one kernel to its end. body: the kernel with its arguments bound.
void run(const Config& config, const std::function<void()>& body);

void* shared();
void sync_block(Place place);
void sync_grid(Place place);
/// All lanes of the mask give 8 bytes, wait, and see those of all.
const uint64_t* exchange(unsigned mask, uint64_t mine, Place place);
unsigned lane();

/// What a program may ask about the runs so far.
struct Counts {
  long kernels = 0, blocks = 0, threads = 0, barriers = 0, warp_operations = 0;
};
extern Counts counts;

template <class T>
uint64_t pack(T v) {
  uint64_t bits = 0;
  static_assert(sizeof(T) <= 8);
  std::memcpy(&bits, &v, sizeof v);
  return bits;
}
template <class T>
T unpack(uint64_t bits) {
  T v;
  std::memcpy(&v, &bits, sizeof v);
  return v;
}
}  // namespace nn::sim

#define threadIdx (::nn::sim::here.thread)
#define blockIdx (::nn::sim::here.block)
#define blockDim (::nn::sim::here.block_dim)
#define gridDim (::nn::sim::here.grid_dim)

inline void __syncthreads(nn::sim::Place p = nn::sim::Place::current()) { nn::sim::sync_block(p); }
inline void __syncwarp(unsigned mask = ~0u, nn::sim::Place p = nn::sim::Place::current()) {
  nn::sim::exchange(mask, 0, p);
}
inline void __threadfence() {}
template <class T>
T __shfl_sync(unsigned mask, T v, int from, int width = 32, nn::sim::Place p = nn::sim::Place::current()) {
  const unsigned l = nn::sim::lane();
  const uint64_t* all = nn::sim::exchange(mask, nn::sim::pack(v), p);
  return nn::sim::unpack<T>(all[(l & ~unsigned(width - 1)) + (unsigned(from) & unsigned(width - 1))]);
}
template <class T>
T __shfl_down_sync(unsigned mask, T v, unsigned delta, int width = 32, nn::sim::Place p = nn::sim::Place::current()) {
  const unsigned l = nn::sim::lane(), in = l & unsigned(width - 1);
  const uint64_t* all = nn::sim::exchange(mask, nn::sim::pack(v), p);
  return in + delta < unsigned(width) ? nn::sim::unpack<T>(all[l + delta]) : v;
}
template <class T>
T __shfl_xor_sync(unsigned mask, T v, int bits, int width = 32, nn::sim::Place p = nn::sim::Place::current()) {
  const unsigned l = nn::sim::lane(), to = l ^ unsigned(bits);
  const uint64_t* all = nn::sim::exchange(mask, nn::sim::pack(v), p);
  return (to & ~unsigned(width - 1)) == (l & ~unsigned(width - 1)) ? nn::sim::unpack<T>(all[to]) : v;
}
inline unsigned __ballot_sync(unsigned mask, int predicate, nn::sim::Place p = nn::sim::Place::current()) {
  const uint64_t* all = nn::sim::exchange(mask, predicate != 0, p);
  unsigned bits = 0;
  for (unsigned l = 0; l < 32; ++l)
    if (mask >> l & 1) bits |= unsigned(all[l]) << l;
  return bits;
}
inline unsigned __umulhi(unsigned a, unsigned b) { return unsigned(uint64_t{a} * b >> 32); }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
inline float rsqrtf(float x) { return 1 / std::sqrt(x); }
template <class T>
T __ldg(const T* p) {
  return *p;
}

namespace nn::cuda {
inline void sync_grid(nn::sim::Place p = nn::sim::Place::current()) { nn::sim::sync_grid(p); }
}  // namespace nn::cuda
