// SPDX-License-Identifier: MIT
// Batch norm with relu, and with the max pooling behind that: two kernels forward and two backward. What batch norm and
// relu give is not kept: backward reads x again, and which cell of a window was the maximum, or that relu gave 0.
// A block has one channel and some samples; each sums the parts of its channel by itself, in order.
#include "backend/cuda/ops/sums.h"
#include "backend/cuda/patterns/pattern.h"

namespace nn::cuda {
namespace norm_pattern {

struct Norm {
  int64_t batch, channels, h, w, oh, ow;
  int64_t kernel_h, kernel_w;  ///< of the pooling, which is its stride; 1 and 1 without one
  int64_t slices, slice;       ///< parts of the batch, samples of one
  double epsilon, momentum;
  bool unbiased, used;  ///< used: the running statistics, which then stay as they are
  NN_HD int64_t plane(int64_t n, int64_t c) const { return (n * channels + c) * h * w; }
  NN_HD int64_t pooled(int64_t n, int64_t c) const { return (n * channels + c) * oh * ow; }
  NN_HD double count() const { return static_cast<double>(batch * h * w); }
};
/// Two sums of a part of a channel.
struct Pair {
  double first, second;
};
constexpr unsigned threads = 256;
constexpr uint8_t nowhere = 255;  ///< relu gave 0

NN_DEVICE int64_t end_of_slice(const Norm& s, int64_t slice) {
  const int64_t end = (slice + 1) * s.slice;
  return end < s.batch ? end : s.batch;
}
/// Of a channel, by every thread.
NN_DEVICE Pair summed(const Norm& s, const Pair* parts) {
  Pair sum{0, 0};
  for (int64_t i = 0; i < s.slices; ++i) {
    const Pair part = parts[static_cast<int64_t>(blockIdx.x) * s.slices + i];
    sum.first += part.first;
    sum.second += part.second;
  }
  return sum;
}
NN_DEVICE void keep(const Norm& s, Pair* parts, double first, double second, double* scratch) {
  first = sum_of_block(first, scratch);
  second = sum_of_block(second, scratch);
  if (threadIdx.x == 0) parts[static_cast<int64_t>(blockIdx.x) * s.slices + blockIdx.y] = {first, second};
}

/// Sums of x - pivot and of its square: the pivot, a value of the channel, keeps the digits where the mean is far from
/// 0.
NN_KERNEL sums(Norm s, const float* x, Pair* parts) {
  NN_SHARED(double, scratch);
  const int64_t c = blockIdx.x, area = s.h * s.w, begin = blockIdx.y * s.slice;
  const double pivot = static_cast<double>(x[s.plane(0, c)]);
  double sum = 0, squares = 0;
  for (int64_t i = threadIdx.x; i < (end_of_slice(s, blockIdx.y) - begin) * area; i += blockDim.x) {
    const double v = static_cast<double>(x[s.plane(begin + i / area, c) + i % area]) - pivot;
    sum += v;
    squares += v * v;
  }
  keep(s, parts, sum, squares, scratch);
}

struct Arrays {
  const float *x, *weight, *bias;
  float *running_mean, *running_variance;
  float* y;
  uint8_t* from;  ///< null where there is no backward
  Pair* kept;     ///< {channels}: mean and scale
};
NN_KERNEL apply(Norm s, Arrays a, const Pair* parts) {
  const int64_t c = blockIdx.x, begin = blockIdx.y * s.slice, cells = s.oh * s.ow;
  double mean, variance;
  if (s.used) {
    mean = static_cast<double>(a.running_mean[c]);
    variance = static_cast<double>(a.running_variance[c]);
  } else {
    const Pair sum = summed(s, parts);
    const double from_pivot = sum.first / s.count(), squares = sum.second - sum.first * from_pivot;
    mean = static_cast<double>(a.x[s.plane(0, c)]) + from_pivot;
    variance = (squares > 0 ? squares : squares != squares ? squares : 0) / s.count();
    if (threadIdx.x == 0 && blockIdx.y == 0) {
      const double shown = s.unbiased && s.count() > 1 ? variance * s.count() / (s.count() - 1) : variance;
      const double old = 1 - s.momentum;
      a.running_mean[c] = static_cast<float>(old * static_cast<double>(a.running_mean[c]) + s.momentum * mean);
      a.running_variance[c] = static_cast<float>(old * static_cast<double>(a.running_variance[c]) + s.momentum * shown);
    }
  }
  const double scale = 1 / sqrt(variance + s.epsilon), weight = static_cast<double>(a.weight[c]),
               bias = static_cast<double>(a.bias[c]);
  if (threadIdx.x == 0 && blockIdx.y == 0) a.kept[c] = {mean, scale};
  for (int64_t i = threadIdx.x; i < (end_of_slice(s, blockIdx.y) - begin) * cells; i += blockDim.x) {
    const int64_t n = begin + i / cells, cell = i % cells;
    const float* top = a.x + s.plane(n, c) + cell / s.ow * s.kernel_h * s.w + cell % s.ow * s.kernel_w;
    float best = 0;
    uint8_t place = nowhere;
    for (int64_t k = 0; k < s.kernel_h * s.kernel_w; ++k) {
      const double x = static_cast<double>(top[k / s.kernel_w * s.w + k % s.kernel_w]);
      const float v = static_cast<float>((x - mean) * scale * weight + bias);
      if (v > best || v != v) {
        best = v;
        place = static_cast<uint8_t>(k);
      }
    }
    a.y[s.pooled(n, c) + cell] = best;
    if (a.from) a.from[s.pooled(n, c) + cell] = place;
  }
}

struct Back {
  const float *x, *weight, *dy;
  const uint8_t* from;
  const Pair* kept;
  Sink dx, dweight, dbias;
};
/// Sums of dy and of dy times the normalised x, over the cells that it came through.
NN_KERNEL back_sums(Norm s, Back a, Pair* parts) {
  NN_SHARED(double, scratch);
  const int64_t c = blockIdx.x, begin = blockIdx.y * s.slice, cells = s.oh * s.ow;
  const Pair kept = a.kept[c];
  double sum = 0, dot = 0;
  for (int64_t i = threadIdx.x; i < (end_of_slice(s, blockIdx.y) - begin) * cells; i += blockDim.x) {
    const int64_t n = begin + i / cells, cell = i % cells;
    const int64_t k = a.from[s.pooled(n, c) + cell];
    if (k == nowhere) continue;
    const int64_t at = (cell / s.ow * s.kernel_h + k / s.kernel_w) * s.w + cell % s.ow * s.kernel_w + k % s.kernel_w;
    const double g = static_cast<double>(a.dy[s.pooled(n, c) + cell]);
    sum += g;
    dot += g * (static_cast<double>(a.x[s.plane(n, c) + at]) - kept.first) * kept.second;
  }
  keep(s, parts, sum, dot, scratch);
}
NN_KERNEL back_apply(Norm s, Back a, const Pair* parts) {
  const int64_t c = blockIdx.x, begin = blockIdx.y * s.slice, area = s.h * s.w;
  const Pair kept = a.kept[c], sum = summed(s, parts);
  if (threadIdx.x == 0 && blockIdx.y == 0) {
    if (a.dweight.at) put(a.dweight.at + c, sum.second, a.dweight.add);
    if (a.dbias.at) put(a.dbias.at + c, sum.first, a.dbias.add);
  }
  if (!a.dx.at) return;
  const double factor = static_cast<double>(a.weight[c]) * kept.second;
  const double mean = s.used ? 0 : sum.first / s.count(), slope = s.used ? 0 : sum.second / s.count();
  for (int64_t i = threadIdx.x; i < (end_of_slice(s, blockIdx.y) - begin) * area; i += blockDim.x) {
    const int64_t n = begin + i / area, row = i % area / s.w, column = i % area % s.w;
    const int64_t p = row / s.kernel_h, q = column / s.kernel_w, at = s.plane(n, c) + i % area;
    double g = 0;
    if (p < s.oh && q < s.ow) {
      const int64_t cell = s.pooled(n, c) + p * s.ow + q;
      if (a.from[cell] == row % s.kernel_h * s.kernel_w + column % s.kernel_w) g = static_cast<double>(a.dy[cell]);
    }
    const double normalised = (static_cast<double>(a.x[at]) - kept.first) * kept.second;
    put(a.dx.at + at, factor * (g - mean - normalised * slope), a.dx.add);
  }
}

class NormStep final : public Step {
 public:
  NormStep(Device& device, const Norm& norm, bool training)
      : Step(device),
        norm_(norm),
        kept_(device, static_cast<size_t>(norm.channels)),
        parts_(device, static_cast<size_t>(norm.channels * norm.slices)) {
    if (training) from_ = {device, static_cast<size_t>(norm.batch * norm.channels * norm.oh * norm.ow)};
  }
  std::string kernel() const override { return "norm"; }
  size_t bytes() const override { return kept_.bytes() + parts_.bytes() + from_.bytes(); }

  void launch_forward(std::span<const OpArrays> ops) override {
    const OpArrays& a = ops.front();
    if (!norm_.used) launch(device_, &sums, how(), norm_, a.x[0], parts_.get());
    const Arrays arrays{a.x[0], a.param[0], a.param[1], a.param[2], a.param[3], ops.back().y, from_.get(), kept_.get()};
    launch(device_, &apply, how(), norm_, arrays, parts_.get());
  }
  void launch_backward(std::span<const OpArrays> ops) override {
    const OpArrays& a = ops.front();
    const Back back{a.x[0], a.param[0], ops.back().dy, from_.get(), kept_.get(), a.dx[0], a.dparam[0], a.dparam[1]};
    launch(device_, &back_sums, how(), norm_, back, parts_.get());
    launch(device_, &back_apply, how(), norm_, back, parts_.get());
  }

 private:
  Launch how() const {
    return {{static_cast<unsigned>(norm_.channels), static_cast<unsigned>(norm_.slices)},
            {threads},
            threads / 32 * sizeof(double)};
  }
  Norm norm_;
  Array<Pair> kept_, parts_;
  Array<uint8_t> from_;
};

/// A pooling whose windows do not overlap and have no border.
bool fits(const Pool& p) {
  return p.kind == Pool::Kind::max && p.plain() && p.stride_h == p.kernel_h && p.stride_w == p.kernel_w &&
         p.pad_top == 0 && p.pad_left == 0 && p.pad_bottom == 0 && p.pad_right == 0 &&
         p.kernel_h * p.kernel_w < nowhere;
}

}  // namespace norm_pattern

Match match_norm(const Joining& j, size_t first) {
  const auto* op = std::get_if<BatchNorm>(&j.graph.ops[first].what);
  const Op* relu = op ? j.next(first) : nullptr;
  const Map* map = relu ? std::get_if<Map>(&relu->what) : nullptr;
  const Shape& in = j.graph.value(j.graph.ops[first].inputs[0]).shape;
  if (!map || map->function != "relu" || in.rank() != 3) return {};
  size_t ops = 2;
  int64_t kernel_h = 1, kernel_w = 1;
  if (const Op* next = j.next(first + 1)) {
    const Pool* pool = std::get_if<Pool>(&next->what);
    if (pool && norm_pattern::fits(*pool)) {
      ops = 3;
      kernel_h = pool->kernel_h;
      kernel_w = pool->kernel_w;
    }
  }
  const Shape& out = j.graph.value(j.graph.ops[first + ops - 1].output).shape;
  const int64_t batch = j.options.batch;
  // About 512 blocks, of at least some thousand values each.
  const int64_t most = std::max<int64_t>(batch * in[1] * in[2] / 4096, 1);
  const int64_t wanted = std::min({batch, most, std::max<int64_t>(512 / op->channels, 1)});
  const int64_t slice = (batch + wanted - 1) / wanted;
  const norm_pattern::Norm norm{batch,
                                op->channels,
                                in[1],
                                in[2],
                                out[1],
                                out[2],
                                kernel_h,
                                kernel_w,
                                (batch + slice - 1) / slice,
                                slice,
                                op->epsilon,
                                op->momentum,
                                op->unbiased_running,
                                !j.options.training || op->at_rest};
  return {ops, std::make_unique<norm_pattern::NormStep>(j.device, norm, j.options.training)};
}

}  // namespace nn::cuda
