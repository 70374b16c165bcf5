// SPDX-License-Identifier: MIT
// Products of matrices whose elements are read and written by small objects, so that dense layers and convolutions
// share one kernel: out(m, n) = sum over k of a(m, k) b(n, k). A block makes a tile of 32 x 32 with 64 threads, 4 x 4
// elements each. Long sums are cut into slices, which a second kernel adds in order. Tiles and slices depend on shapes
// only.
//
//   struct Operand { NN_DEVICE float at(int64_t group, int64_t row, int64_t k) const; };
//   struct Out { NN_DEVICE void put(int64_t group, int64_t m, int64_t n, float v) const; };
//   Product<A, B, Out> product(device, {groups, m, n, k});      // once: room for slices
//   product.launch(a, b, out);
#pragma once

#include "backend/cuda/launch.h"

namespace nn::cuda {

struct ProductSize {
  int64_t groups, m, n, k;
};

/// What is done to an operand before it is multiplied (Precision::bf16): nothing for 0, else it is rounded to bf16
/// times this factor (pixels.h).
struct Rounding {
  float a = 0, b = 0;
};
/// To nearest even, what is below the smallest normal number to 0, as ref/rounded.cpp.
NN_DEVICE float rounded(float v, float factor) {
  if (factor == 0) return v;
  v *= factor;
  if (v != v) return v;
#ifdef __CUDACC__
  const uint32_t bits = __float_as_uint(v);
#else
  const uint32_t bits = std::bit_cast<uint32_t>(v);
#endif
  const uint32_t kept = (bits & 0x7FFFFFFFu) < 0x00800000u ? 0 : (bits + 0x7FFFu + (bits >> 16 & 1)) & 0xFFFF0000u;
#ifdef __CUDACC__
  return __uint_as_float(kept) / factor;
#else
  return std::bit_cast<float>(kept) / factor;
#endif
}

constexpr int tile_rows = 32, tile_depth = 16, tile_threads = 64;
constexpr size_t tile_shared = 2 * tile_depth * (tile_rows + 4) * sizeof(float);

/// Sums of slices, {slices, groups, m, n}.
struct SliceOut {
  float* parts;
  int64_t groups, m, n;
  NN_DEVICE void put(int64_t slice, int64_t group, int64_t i, int64_t j, float v) const {
    parts[((slice * groups + group) * m + i) * n + j] = v;
  }
};
/// The result itself, of one slice.
template <class Out>
struct WholeOut {
  Out out;
  NN_DEVICE void put(int64_t, int64_t group, int64_t i, int64_t j, float v) const { out.put(group, i, j, v); }
};

template <class A, class B, class Out>
NN_KERNEL tile_product(A a, B b, Out out, ProductSize s, int64_t slice, Rounding r) {
  NN_SHARED(float, shared);
  constexpr int row = tile_rows + 4;
  float *as = shared, *bs = shared + tile_depth * row;
  const int t = static_cast<int>(threadIdx.x);
  const int64_t group = blockIdx.z % s.groups, part = blockIdx.z / s.groups;
  const int64_t m0 = static_cast<int64_t>(blockIdx.x) * tile_rows, n0 = static_cast<int64_t>(blockIdx.y) * tile_rows;
  const int64_t begin = part * slice, end = begin + slice < s.k ? begin + slice : s.k;
  const int mine_m = t / 8 * 4, mine_n = t % 8 * 4;
  float sum[4][4] = {};
  for (int64_t k0 = begin; k0 < end; k0 += tile_depth) {
    for (int i = t; i < tile_depth * tile_rows; i += tile_threads) {
      const int64_t k = k0 + i % tile_depth, row_of_tile = i / tile_depth;
      const int at = i % tile_depth * row + i / tile_depth;
      as[at] = k < end && m0 + row_of_tile < s.m ? rounded(a.at(group, m0 + row_of_tile, k), r.a) : 0.0f;
      bs[at] = k < end && n0 + row_of_tile < s.n ? rounded(b.at(group, n0 + row_of_tile, k), r.b) : 0.0f;
    }
    __syncthreads();
    for (int k = 0; k < tile_depth; ++k) {
      const float4 va = *reinterpret_cast<const float4*>(as + k * row + mine_m);
      const float4 vb = *reinterpret_cast<const float4*>(bs + k * row + mine_n);
      const float left[4] = {va.x, va.y, va.z, va.w}, right[4] = {vb.x, vb.y, vb.z, vb.w};
      for (int i = 0; i < 4; ++i)
        for (int j = 0; j < 4; ++j) sum[i][j] += left[i] * right[j];
    }
    __syncthreads();
  }
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j)
      if (m0 + mine_m + i < s.m && n0 + mine_n + j < s.n)
        out.put(part, group, m0 + mine_m + i, n0 + mine_n + j, sum[i][j]);
}

template <class Out>
NN_KERNEL sum_slices(const float* parts, int64_t slices, ProductSize s, Out out) {
  const int64_t i = me(), all = s.groups * s.m * s.n;
  if (i >= all) return;
  float sum = 0;
  for (int64_t k = 0; k < slices; ++k) sum += parts[k * all + i];
  out.put(i / s.n / s.m, i / s.n % s.m, i % s.n, sum);
}

template <class A, class B, class Out>
class Product {
 public:
  Product() = default;
  Product(Device& device, const ProductSize& size) : device_(&device), size_(size) {
    const int64_t tiles = size.groups * tiles_of(size.m) * tiles_of(size.n);
    // Where tiles are too few to fill a GPU, more blocks share a sum, each of 128 terms at least.
    int64_t wanted = tiles < 256 ? 256 / (tiles > 0 ? tiles : 1) : 1;
    const int64_t most = (size.k + 127) / 128;
    wanted = wanted > most ? most : wanted;
    slice_ = ((size.k + wanted - 1) / wanted + tile_depth - 1) / tile_depth * tile_depth;
    slices_ = (size.k + slice_ - 1) / slice_;
    if (slices_ > 1) parts_ = Array<float>(device, static_cast<size_t>(slices_ * size.groups * size.m * size.n));
  }
  size_t bytes() const { return parts_.bytes(); }
  void launch(const A& a, const B& b, const Out& out, const Rounding& rounding = {}) const {
    const Launch how{{tiles_of(size_.m), tiles_of(size_.n), static_cast<unsigned>(size_.groups * slices_)},
                     {tile_threads},
                     tile_shared};
    if (slices_ <= 1)
      return cuda::launch(*device_, &tile_product<A, B, WholeOut<Out>>, how, a, b, WholeOut<Out>{out}, size_, slice_,
                          rounding);
    cuda::launch(*device_, &tile_product<A, B, SliceOut>, how, a, b,
                 SliceOut{parts_.get(), size_.groups, size_.m, size_.n}, size_, slice_, rounding);
    cuda::launch(*device_, &sum_slices<Out>, each(size_.groups * size_.m * size_.n), parts_.get(), slices_, size_, out);
  }

 private:
  static unsigned tiles_of(int64_t n) { return static_cast<unsigned>((n + tile_rows - 1) / tile_rows); }
  Device* device_ = nullptr;
  ProductSize size_{};
  int64_t slice_ = 1, slices_ = 1;
  Array<float> parts_;
};

}  // namespace nn::cuda
