// SPDX-License-Identifier: MIT
// A training step of a perceptron with relu, dropout and softmax cross entropy in three kernels:
//   first    gathers the rows of the batch and makes the first hidden layer          blocks: 16 samples x 8 units
//   middle   all that a sample does alone: the other layers, the loss, and the       blocks: 4 samples
//            gradients back to the first hidden layer
//   update   the gradient of every weight, at once followed by its update            blocks: 8 units x 112 inputs
// No array of gradients is needed, nothing is atomic, and every sum is in the order of samples, so that bits depend on
// shapes only. Device code.
#pragma once

#include "backend/cuda/ops/masks.h"
#include "backend/cuda/rows.h"

namespace nn::cuda::mlp {

constexpr int most_layers = 4;

struct Dense {
  float *w, *b;  ///< {out, in}, {out}
  Slots w_slots, b_slots;
  float *dw, *db;
  int in, out;
};
/// Behind a hidden layer's relu.
struct Drop {
  MaskRule rule;
  MaskPlace place;
  float scale = 1;
};
struct Mlp {
  const uint8_t* bytes;  ///< samples as they lie; null: x
  RowsPlace rows;
  const float* x;  ///< {batch, in}
  float factor;    ///< of a byte
  LabelsPlace labels;
  int layers, batch;
  Dense layer[most_layers];
  Drop drop[most_layers];
  float* h[most_layers];   ///< {batch, out}: what leaves a layer, behind dropout; of the last one the logits
  float* dz[most_layers];  ///< {batch, out}: gradient of what its product gives
  double* sample_loss;
  float smoothing;
};

constexpr int first_samples = 16, first_units = 8, first_threads = 256, first_chunk = 1024;
constexpr size_t first_shared = static_cast<size_t>((first_samples + first_units) * (first_chunk + 4)) * sizeof(float);

NN_DEVICE float input_of(const Mlp& m, int n, int k) {
  const int64_t in = m.layer[0].in;
  return m.bytes ? static_cast<float>(m.bytes[row_of(m.rows, n) * in + k]) : m.x[n * in + k];
}
NN_DEVICE float relu(float z) { return z > 0 || z != z ? z : 0.0f; }
NN_DEVICE float dropped(const Drop& d, int64_t at, float h) {
  return !d.place.masks || kept(d.rule, d.place, at) ? h * d.scale : 0.0f;
}

/// Into shared memory {rows, width + 4}: four words of padding, so that rows start in other banks. 0 beyond the arrays.
NN_DEVICE void load_first(const Mlp& m, int n0, int u0, int k0, int width, float* x, float* w) {
  const Dense& l = m.layer[0];
  const int row = width + 4;
  for (int i = static_cast<int>(threadIdx.x); i < first_samples * width; i += first_threads) {
    const int n = i / width, k = i % width;
    x[n * row + k] = n0 + n < m.batch && k0 + k < l.in ? input_of(m, n0 + n, k0 + k) : 0.0f;
  }
  for (int i = static_cast<int>(threadIdx.x); i < first_units * width; i += first_threads) {
    const int u = i / width, k = i % width;
    w[u * row + k] = u0 + u < l.out && k0 + k < l.in ? l.w[static_cast<int64_t>(u0 + u) * l.in + k0 + k] : 0.0f;
  }
}

/// Each warp takes every eighth run of four inputs; a lane has 2 samples x 2 units; warps are summed in order.
NN_KERNEL __launch_bounds__(first_threads) first(Mlp m) {
  NN_SHARED(float, shared);
  const Dense& l = m.layer[0];
  const int n0 = static_cast<int>(blockIdx.x) * first_samples, u0 = static_cast<int>(blockIdx.y) * first_units;
  const int warp = static_cast<int>(threadIdx.x / 32), lane = static_cast<int>(threadIdx.x % 32);
  const int n = lane / 4 * 2, u = lane % 4 * 2;
  float sum[4] = {0, 0, 0, 0};
  for (int k0 = 0; k0 < l.in; k0 += first_chunk) {
    const int left = (l.in - k0 + 3) / 4 * 4, width = left < first_chunk ? left : first_chunk, row = width + 4;
    float *x = shared, *w = shared + first_samples * row;
    load_first(m, n0, u0, k0, width, x, w);
    __syncthreads();
    for (int k = warp * 4; k < width; k += first_threads / 32 * 4)
      for (int j = 0; j < 4; ++j) {
        const float4 a = *reinterpret_cast<const float4*>(x + (n + j / 2) * row + k);
        const float4 b = *reinterpret_cast<const float4*>(w + (u + j % 2) * row + k);
        sum[j] += a.x * b.x + a.y * b.y + a.z * b.z + a.w * b.w;
      }
    __syncthreads();
  }
  float* part = shared;  // {8 warps, 16 samples, 8 units}
  for (int i = 0; i < 4; ++i) part[(warp * first_samples + n + i / 2) * first_units + u + i % 2] = sum[i];
  __syncthreads();
  if (threadIdx.x >= first_samples * first_units) return;
  float total = 0;
  for (int i = 0; i < first_threads / 32; ++i)
    total += part[i * first_samples * first_units + static_cast<int>(threadIdx.x)];
  const int sample = n0 + static_cast<int>(threadIdx.x) / first_units,
            unit = u0 + static_cast<int>(threadIdx.x) % first_units;
  if (sample >= m.batch || unit >= l.out) return;
  const int64_t at = static_cast<int64_t>(sample) * l.out + unit;
  m.h[0][at] = dropped(m.drop[0], at, relu(total * m.factor + (l.b ? l.b[unit] : 0.0f)));
}

constexpr int middle_samples = 4, middle_threads = 128;
/// Floats of a sample in shared memory: what enters each layer but the first, the logits, and two gradients.
inline size_t middle_floats(const Mlp& m) {
  size_t sum = 0, widest = 0;
  for (int i = 0; i < m.layers; ++i) {
    sum += static_cast<size_t>(m.layer[i].out);
    widest = std::max(widest, static_cast<size_t>(m.layer[i].out));
  }
  return sum + 2 * widest;
}

/// y{4, out} = w x + b, a warp an output at a time, its lanes along the inputs.
NN_DEVICE void rows_forward(const Dense& l, const float* x, float* y) {
  const int warp = static_cast<int>(threadIdx.x / 32), lane = static_cast<int>(threadIdx.x % 32);
  for (int o = warp; o < l.out; o += middle_threads / 32) {
    float sum[middle_samples] = {};
    for (int k = lane; k < l.in; k += 32) {
      const float w = l.w[static_cast<int64_t>(o) * l.in + k];
      for (int s = 0; s < middle_samples; ++s) sum[s] += w * x[s * l.in + k];
    }
    for (int s = 0; s < middle_samples; ++s) {
      const float total = sum_of_warp(sum[s]);
      if (lane == 0) y[s * l.out + o] = total + (l.b ? l.b[o] : 0.0f);
    }
  }
}

/// A warp a sample: loss, and its gradient into g.
NN_DEVICE void loss_of_rows(const Mlp& m, int n0, int count, const float* y, float* g) {
  const int warp = static_cast<int>(threadIdx.x / 32), lane = static_cast<int>(threadIdx.x % 32);
  const int classes = m.layer[m.layers - 1].out;
  if (warp >= count) return;
  const float* row = y + warp * classes;
  float largest = -HUGE_VALF, sum = 0, all = 0;
  for (int k = lane; k < classes; k += 32) largest = row[k] > largest ? row[k] : largest;
  largest = largest_of_warp(largest);
  for (int k = lane; k < classes; k += 32) {
    sum += expf(row[k] - largest);
    all += row[k] - largest;
  }
  sum = sum_of_warp(sum);
  all = sum_of_warp(all);
  const int label = static_cast<int>(label_of(m.labels, n0 + warp));
  const float even = m.smoothing / static_cast<float>(classes), hard = 1 - m.smoothing, log_sum = logf(sum);
  if (lane == 0)
    m.sample_loss[n0 + warp] = static_cast<double>(hard * (log_sum - (row[label] - largest)) +
                                                   even * (static_cast<float>(classes) * log_sum - all));
  for (int k = lane; k < classes; k += 32)
    g[warp * classes + k] =
        (expf(row[k] - largest) / sum - (k == label ? hard : 0.0f) - even) / static_cast<float>(m.batch);
}

/// A layer's gradient to global memory, and through the layer to what entered it: h > 0 says both relu and dropout.
NN_DEVICE void rows_backward(const Mlp& m, int which, int n0, int count, const float* g, const float* h,
                             float* before) {
  const Dense& l = m.layer[which];
  for (int i = static_cast<int>(threadIdx.x); i < count * l.out; i += middle_threads)
    m.dz[which][static_cast<int64_t>(n0) * l.out + i] = g[i];
  for (int i = static_cast<int>(threadIdx.x); i < count * l.in; i += middle_threads) {
    const int s = i / l.in, u = i % l.in;
    float sum = 0;
    for (int k = 0; k < l.out; ++k) sum += g[s * l.out + k] * l.w[static_cast<int64_t>(k) * l.in + u];
    before[i] = h[i] > 0 ? sum * m.drop[which - 1].scale : 0.0f;
  }
}

NN_KERNEL __launch_bounds__(middle_threads) middle(Mlp m, int widest) {
  NN_SHARED(float, shared);
  const int n0 = static_cast<int>(blockIdx.x) * middle_samples, t = static_cast<int>(threadIdx.x);
  const int count = m.batch - n0 < middle_samples ? m.batch - n0 : middle_samples;
  float* h[most_layers] = {};
  float* next = shared;
  for (int i = 0; i < m.layers; ++i) {
    h[i] = next;
    next += middle_samples * m.layer[i].out;
  }
  float *g = next, *before = next + middle_samples * widest;
  const int width = m.layer[0].out;
  for (int i = t; i < middle_samples * width; i += middle_threads)
    h[0][i] = i / width < count ? m.h[0][static_cast<int64_t>(n0) * width + i] : 0.0f;
  __syncthreads();
  for (int which = 1; which < m.layers; ++which) {
    const int out = m.layer[which].out;
    rows_forward(m.layer[which], h[which - 1], h[which]);
    __syncthreads();
    for (int i = t; i < count * out; i += middle_threads) {
      const int64_t at = static_cast<int64_t>(n0) * out + i;
      if (which + 1 < m.layers) h[which][i] = dropped(m.drop[which], at, relu(h[which][i]));
      m.h[which][at] = h[which][i];
    }
    __syncthreads();
  }
  loss_of_rows(m, n0, count, h[m.layers - 1], g);
  __syncthreads();
  for (int which = m.layers - 1; which > 0; --which) {
    rows_backward(m, which, n0, count, g, h[which - 1], before);
    __syncthreads();
    float* const swapped = g;
    g = before;
    before = swapped;
  }
  for (int i = t; i < count * width; i += middle_threads) m.dz[0][static_cast<int64_t>(n0) * width + i] = g[i];
}

constexpr int update_units = 8, update_inputs = 112, update_threads = 224, update_chunk = 128;
constexpr size_t update_shared = static_cast<size_t>(update_chunk * (update_units + update_inputs)) * sizeof(float);
NN_HD int update_blocks(const Dense& l) {
  return (l.out + update_units - 1) / update_units * ((l.in + update_inputs - 1) / update_inputs);
}

/// In the place of an update: the gradient itself.
struct Keep {};

template <class F>
NN_DEVICE void change(const Mlp&, const ConstantsPlace& constants, float* w, const Slots& slots, float*, int64_t at,
                      float g, F*) {
  const float* c = constants.table + static_cast<int64_t>(*constants.step) * formula::max_constants;
  float s[F::slots > 0 ? F::slots : 1] = {};
  for (int j = 0; j < F::slots; ++j) s[j] = slots.at[j][at];
  F::step(w[at], g, s, c);
  for (int j = 0; j < F::slots; ++j) slots.at[j][at] = s[j];
}
NN_DEVICE void change(const Mlp&, const ConstantsPlace&, float*, const Slots&, float* to, int64_t at, float g, Keep*) {
  to[at] = g;
}

/// dW{out, in} = sum over samples of dz{n, out} x{n, in}, then F at once; the first tile of inputs makes the bias, too.
/// In shared memory dz {128, 8} and x {128, 112}: all of a batch of 128 at once, so that latency is paid once.
template <class F>
NN_KERNEL __launch_bounds__(update_threads) update(Mlp m, ConstantsPlace constants) {
  NN_SHARED(float, dz);
  float* x = dz + update_chunk * update_units;
  int which = 0, block = static_cast<int>(blockIdx.x);
  for (; which + 1 < m.layers && block >= update_blocks(m.layer[which]); ++which)
    block -= update_blocks(m.layer[which]);
  const Dense& l = m.layer[which];
  const int tiles = (l.in + update_inputs - 1) / update_inputs, u0 = block / tiles * update_units,
            k0 = block % tiles * update_inputs;
  const int t = static_cast<int>(threadIdx.x), k = t % update_inputs, u = t / update_inputs;  // units u, u+2, u+4, u+6
  float sum[4] = {0, 0, 0, 0}, bias = 0;
  for (int n0 = 0; n0 < m.batch; n0 += update_chunk) {
    const int count = m.batch - n0 < update_chunk ? m.batch - n0 : update_chunk;
    for (int i = t; i < count * update_units; i += update_threads) {
      const int unit = u0 + i % update_units;
      dz[i] = unit < l.out ? m.dz[which][static_cast<int64_t>(n0 + i / update_units) * l.out + unit] : 0.0f;
    }
    for (int i = t; i < count * update_inputs; i += update_threads) {
      const int n = n0 + i / update_inputs, at = k0 + i % update_inputs;
      x[i] = at >= l.in ? 0.0f : which == 0 ? input_of(m, n, at) : m.h[which - 1][static_cast<int64_t>(n) * l.in + at];
    }
    __syncthreads();
    for (int n = 0; n < count; ++n) {
      const float v = x[n * update_inputs + k];
      for (int j = 0; j < 4; ++j) sum[j] += dz[n * update_units + u + 2 * j] * v;
      if (t < update_units) bias += dz[n * update_units + t];
    }
    __syncthreads();
  }
  for (int j = 0; j < 4; ++j) dz[t * 4 + j] = sum[j];  // so that the code of an update stands here once, not four times
#ifdef __CUDACC__
#pragma unroll 1
#endif
  for (int j = 0; j < 4; ++j) {
    const int unit = u0 + u + 2 * j;
    // Rounded by itself, as where the gradient is stored first.
    const float g = which == 0 ? __fmul_rn(dz[t * 4 + j], m.factor) : dz[t * 4 + j];
    if (unit < l.out && k0 + k < l.in)
      change(m, constants, l.w, l.w_slots, l.dw, static_cast<int64_t>(unit) * l.in + k0 + k, g,
             static_cast<F*>(nullptr));
  }
  if (l.b && k0 == 0 && t < update_units && u0 + t < l.out)
    change(m, constants, l.b, l.b_slots, l.db, u0 + t, bias, static_cast<F*>(nullptr));
}

}  // namespace nn::cuda::mlp
