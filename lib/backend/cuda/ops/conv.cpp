// SPDX-License-Identifier: MIT
// Convolutions and transposed convolutions: one geometry of a large image and a small one behind it, and three ways
// through it. A convolution goes forward to the small image, a transposed one to the large image.
// Each way has two kernels: a product of matrices that are never stored (product.h), and, where a group has few
// channels, a thread or a block an element.
#include "backend/cpu/conv/kinds.h"
#include "backend/cuda/ops/product.h"
#include "backend/cuda/ops/sums.h"
#include "backend/cuda/steps.h"

namespace nn::cuda {
namespace conv {

/// Weights are {small channels, large channels / groups, kernel_h, kernel_w}.
struct Geometry {
  int64_t batch, groups, large, small;  ///< channels of a group
  int64_t h, w, oh, ow;                 ///< of the large image and the small one
  int64_t kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left, dilation_h, dilation_w;

  NN_HD int64_t taps() const { return kernel_h * kernel_w; }
  NN_HD int64_t large_at(int64_t n, int64_t group, int64_t c, int64_t cell) const {
    return ((n * groups + group) * large + c) * h * w + cell;
  }
  NN_HD int64_t small_at(int64_t n, int64_t group, int64_t o, int64_t cell) const {
    return ((n * groups + group) * small + o) * oh * ow + cell;
  }
  NN_HD int64_t weight_at(int64_t group, int64_t o, int64_t c, int64_t tap) const {
    return ((group * small + o) * large + c) * taps() + tap;
  }
  /// Cell of the large image that the tap of a cell of the small one falls on; -1: in the padding.
  NN_HD int64_t large_cell(int64_t cell, int64_t tap) const {
    const int64_t row = cell / ow * stride_h + tap / kernel_w * dilation_h - pad_top;
    const int64_t column = cell % ow * stride_w + tap % kernel_w * dilation_w - pad_left;
    return row >= 0 && row < h && column >= 0 && column < w ? row * w + column : -1;
  }
  /// Cell of the small image whose tap falls on that cell of the large one; -1: there is none.
  NN_HD int64_t small_cell(int64_t cell, int64_t tap) const {
    const int64_t row = cell / w + pad_top - tap / kernel_w * dilation_h;
    const int64_t column = cell % w + pad_left - tap % kernel_w * dilation_w;
    if (row < 0 || column < 0 || row % stride_h != 0 || column % stride_w != 0) return -1;
    const int64_t p = row / stride_h, q = column / stride_w;
    return p < oh && q < ow ? p * ow + q : -1;
  }
};

// ---- as products: rows are cells of all samples, or channels; k runs over channels and taps, or over cells
struct LargeWindows {  // row: cell of the small image; k: channel and tap
  Geometry g;
  const float* large;
  NN_DEVICE float at(int64_t group, int64_t row, int64_t k) const {
    const int64_t area = g.oh * g.ow, cell = g.large_cell(row % area, k % g.taps());
    return cell < 0 ? 0.0f : large[g.large_at(row / area, group, k / g.taps(), cell)];
  }
};
struct SmallWindows {  // row: cell of the large image; k: channel of the small image and tap
  Geometry g;
  const float* small;
  NN_DEVICE float at(int64_t group, int64_t row, int64_t k) const {
    const int64_t area = g.h * g.w, cell = g.small_cell(row % area, k % g.taps());
    return cell < 0 ? 0.0f : small[g.small_at(row / area, group, k / g.taps(), cell)];
  }
};
struct WeightsOfSmall {  // row: channel of the small image
  Geometry g;
  const float* w;
  NN_DEVICE float at(int64_t group, int64_t o, int64_t k) const {
    return w[g.weight_at(group, o, k / g.taps(), k % g.taps())];
  }
};
struct WeightsOfLarge {  // row: channel of the large image
  Geometry g;
  const float* w;
  NN_DEVICE float at(int64_t group, int64_t c, int64_t k) const {
    return w[g.weight_at(group, k / g.taps(), c, k % g.taps())];
  }
};
struct SmallCells {  // row: channel of the small image; k: its cells
  Geometry g;
  const float* small;
  NN_DEVICE float at(int64_t group, int64_t o, int64_t k) const {
    const int64_t area = g.oh * g.ow;
    return small[g.small_at(k / area, group, o, k % area)];
  }
};
struct LargeTaps {  // row: channel of the large image and tap; k: cells of the small image
  Geometry g;
  const float* large;
  NN_DEVICE float at(int64_t group, int64_t row, int64_t k) const {
    const int64_t area = g.oh * g.ow, cell = g.large_cell(k % area, row % g.taps());
    return cell < 0 ? 0.0f : large[g.large_at(k / area, group, row / g.taps(), cell)];
  }
};
/// An image, by cell and channel.
struct ImageOut {
  float* p;
  int64_t groups, channels, area;  ///< channels of a group
  const float* bias;
  bool add;
  NN_DEVICE void put(int64_t group, int64_t m, int64_t c, float v) const {
    float* to = p + ((m / area * groups + group) * channels + c) * area + m % area;
    if (bias) v += bias[group * channels + c];
    *to = add ? *to + v : v;
  }
};
struct WeightsOut {
  float* p;
  int64_t small, row;
  bool add;
  NN_DEVICE void put(int64_t group, int64_t o, int64_t k, float v) const {
    float* to = p + (group * small + o) * row + k;
    *to = add ? *to + v : v;
  }
};

// ---- element by element, sums in double
NN_KERNEL to_small(Geometry g, const float* large, const float* w, const float* bias, float* small, bool add) {
  const int64_t i = me(), area = g.oh * g.ow;
  if (i >= g.batch * g.groups * g.small * area) return;
  const int64_t cell = i % area, channel = i / area % (g.groups * g.small), n = i / area / (g.groups * g.small);
  const int64_t group = channel / g.small, o = channel % g.small;
  double sum = bias ? static_cast<double>(bias[channel]) : 0;
  for (int64_t c = 0; c < g.large; ++c)
    for (int64_t tap = 0; tap < g.taps(); ++tap)
      if (const int64_t from = g.large_cell(cell, tap); from >= 0)
        sum += static_cast<double>(w[g.weight_at(group, o, c, tap)]) *
               static_cast<double>(large[g.large_at(n, group, c, from)]);
  put(small + i, sum, add);
}
NN_KERNEL to_large(Geometry g, const float* small, const float* w, const float* bias, float* large, bool add) {
  const int64_t i = me(), area = g.h * g.w;
  if (i >= g.batch * g.groups * g.large * area) return;
  const int64_t cell = i % area, channel = i / area % (g.groups * g.large), n = i / area / (g.groups * g.large);
  const int64_t group = channel / g.large, c = channel % g.large;
  double sum = bias ? static_cast<double>(bias[channel]) : 0;
  for (int64_t tap = 0; tap < g.taps(); ++tap) {
    const int64_t from = g.small_cell(cell, tap);
    if (from < 0) continue;
    for (int64_t o = 0; o < g.small; ++o)
      sum += static_cast<double>(w[g.weight_at(group, o, c, tap)]) *
             static_cast<double>(small[g.small_at(n, group, o, from)]);
  }
  put(large + i, sum, add);
}
/// A block a weight.
struct WeightTerms {
  int64_t count;
  Geometry g;
  const float *large, *small;
  NN_DEVICE double value(int64_t i, int64_t j) const {
    const int64_t area = g.oh * g.ow, tap = i % g.taps(), c = i / g.taps() % g.large, o = i / g.taps() / g.large;
    const int64_t from = g.large_cell(j % area, tap), group = o / g.small;
    if (from < 0) return 0;
    return static_cast<double>(large[g.large_at(j / area, group, c, from)]) *
           static_cast<double>(small[g.small_at(j / area, group, o % g.small, j % area)]);
  }
};

/// The three ways, each by the kernel that suits it.
class Ways {
 public:
  /// bf16: operands are rounded; of convolutions that are products in all three ways.
  Ways(Device& device, const Geometry& g, bool forward_to_small, bool training, bool bf16)
      : device_(device), g_(g), rounding_{bf16 ? 1.0F : 0.0F, bf16 ? 1.0F : 0.0F} {
    const int64_t cells = g.batch * g.oh * g.ow, large_cells = g.batch * g.h * g.w;
    if ((training || forward_to_small) && g.small >= fewest)
      small_ = {device, {g.groups, cells, g.small, g.large * g.taps()}};
    if ((training || !forward_to_small) && g.large >= fewest)
      large_ = {device, {g.groups, large_cells, g.large, g.small * g.taps()}};
    if (training && by_tiles()) weights_ = {device, {g.groups, g.small, g.large * g.taps(), cells}};
  }
  size_t bytes() const { return small_.bytes() + large_.bytes() + weights_.bytes(); }
  std::string kernel() const { return by_tiles() ? "own tiles" : "own"; }

  void to_small(const float* large, const float* w, const float* bias, const Sink& small) const {
    if (g_.small >= fewest)
      return small_.launch({g_, large}, {g_, w}, {small.at, g_.groups, g_.small, g_.oh * g_.ow, bias, small.add},
                           rounding_);
    launch(device_, &conv::to_small, each(g_.batch * g_.groups * g_.small * g_.oh * g_.ow), g_, large, w, bias,
           small.at, small.add);
  }
  void to_large(const float* small, const float* w, const float* bias, const Sink& large) const {
    if (g_.large >= fewest)
      return large_.launch({g_, small}, {g_, w}, {large.at, g_.groups, g_.large, g_.h * g_.w, bias, large.add},
                           rounding_);
    launch(device_, &conv::to_large, each(g_.batch * g_.groups * g_.large * g_.h * g_.w), g_, small, w, bias, large.at,
           large.add);
  }
  void to_weights(const float* large, const float* small, const Sink& dw) const {
    if (by_tiles())
      return weights_.launch({g_, small}, {g_, large}, {dw.at, g_.small, g_.large * g_.taps(), dw.add}, rounding_);
    sum_terms(device_, g_.groups * g_.small * g_.large * g_.taps(),
              WeightTerms{g_.batch * g_.oh * g_.ow, g_, large, small}, dw);
  }

 private:
  static constexpr int64_t fewest = 4;  ///< channels of a group for which a tile pays
  bool by_tiles() const { return g_.small >= fewest && g_.large * g_.taps() >= fewest; }
  Device& device_;
  Geometry g_;
  Rounding rounding_;
  Product<LargeWindows, WeightsOfSmall, ImageOut> small_;
  Product<SmallWindows, WeightsOfLarge, ImageOut> large_;
  Product<SmallCells, LargeTaps, WeightsOut> weights_;
};

template <class Kind>
Geometry geometry_of(const Kind& c, int64_t batch, const Shape& large, const Shape& small) {
  return {batch,     c.groups,   large[0] / c.groups, small[0] / c.groups, large[1],   large[2],
          small[1],  small[2],   c.kernel_h,          c.kernel_w,          c.stride_h, c.stride_w,
          c.pad_top, c.pad_left, c.dilation_h,        c.dilation_w};
}

NN_KERNEL add_bias(int64_t n, int64_t channels, int64_t area, const float* bias, float* y) {
  const int64_t i = me();
  if (i < n) y[i] += bias[i / area % channels];
}

/// A convolution by a library, where it has it: of one group with 16 channels and more on both sides.
class ByLibrary {
 public:
  ByLibrary(const Conv& op, const Setup& setup) {
    const Shape &in = setup.in(), &out = setup.out();
    const double work = static_cast<double>(setup.batch() * out.count()) *
                        static_cast<double>(op.in_channels * op.kernel_h * op.kernel_w);
    if (op.groups != 1 || op.in_channels < 16 || op.out_channels < 16 || !setup.asks_library(work)) return;
    if (setup.options.precision == Precision::bf16) return;
    ConvRequest r{Pass::forward, setup.batch(), in[0],         in[1],         in[2],
                  out[0],        out[1],        out[2],        op.kernel_h,   op.kernel_w,
                  op.stride_h,   op.stride_w,   op.pad_top,    op.pad_left,   op.pad_bottom,
                  op.pad_right,  op.dilation_h, op.dilation_w, Math::float32, setup.options.exact};
    size_t most = 0;
    for (const Pass pass : {Pass::forward, Pass::input_gradient, Pass::weight_gradient}) {
      if (pass != Pass::forward && !setup.training()) break;
      r.pass = pass;
      auto& by = by_[static_cast<size_t>(pass)];
      by = setup.device.conv(r);
      if (by) most = std::max(most, by->workspace());
    }
    workspace_ = {setup.device, most};
  }
  const Routine* of(Pass pass) const { return by_[static_cast<size_t>(pass)].get(); }
  void launch(Pass pass, const float* x, const float* w, const float* y) const {
    of(pass)->launch(x, w, const_cast<float*>(y), nullptr, false, workspace_.get());
  }
  size_t bytes() const { return workspace_.bytes(); }

 private:
  std::unique_ptr<Routine> by_[3];
  Array<std::byte> workspace_;
};

/// Of the gradient of a bias, all but dy.
ChannelTerms bias_terms(const Setup& setup) {
  const int64_t pixels = setup.out()[1] * setup.out()[2];
  return {setup.batch() * pixels, setup.out()[0], pixels, nullptr};
}
void sum_bias(Device& device, ChannelTerms terms, const OpArrays& a) {
  terms.dy = a.dy;
  sum_terms(device, terms.channels, terms, a.optional_dparam(1));
}

class ConvStep final : public OpStep {
 public:
  ConvStep(const Conv& op, const Setup& setup)
      : OpStep(setup.device),
        ways_(setup.device, geometry_of(op, setup.batch(), setup.in(), setup.out()), true, setup.training(),
              setup.options.precision == Precision::bf16 && cpu::in_bf16(op)),
        library_(op, setup),
        bias_(bias_terms(setup)) {}
  std::string kernel() const override {
    const Routine* by = library_.of(Pass::forward);
    return by ? by->name() : ways_.kernel();
  }
  size_t bytes() const override { return ways_.bytes() + library_.bytes(); }
  void forward(const OpArrays& a) override {
    const float* bias = a.optional_param(1);
    if (!library_.of(Pass::forward)) return ways_.to_small(a.x[0], a.param[0], bias, {a.y, false});
    library_.launch(Pass::forward, a.x[0], a.param[0], a.y);
    const int64_t n = bias_.count * bias_.channels;
    if (bias) launch(device_, &add_bias, each(n), n, bias_.channels, bias_.inner, bias, a.y);
  }
  void backward(const OpArrays& a) override {
    const Sink &dx = a.dx[0], &dw = a.dparam[0];
    if (dx && !dx.add && library_.of(Pass::input_gradient))
      library_.launch(Pass::input_gradient, dx.at, a.param[0], a.dy);
    else if (dx)
      ways_.to_large(a.dy, a.param[0], nullptr, dx);
    if (dw && !dw.add && library_.of(Pass::weight_gradient))
      library_.launch(Pass::weight_gradient, a.x[0], dw.at, a.dy);
    else if (dw)
      ways_.to_weights(a.x[0], a.dy, dw);
    sum_bias(device_, bias_, a);
  }

 private:
  Ways ways_;
  ByLibrary library_;
  ChannelTerms bias_;
};

class DeconvStep final : public OpStep {
 public:
  DeconvStep(const Deconv& op, const Setup& setup)
      : OpStep(setup.device),
        ways_(setup.device, geometry_of(op, setup.batch(), setup.out(), setup.in()), false, setup.training(), false),
        bias_(bias_terms(setup)) {}
  std::string kernel() const override { return ways_.kernel(); }
  size_t bytes() const override { return ways_.bytes(); }
  void forward(const OpArrays& a) override { ways_.to_large(a.x[0], a.param[0], a.optional_param(1), {a.y, false}); }
  void backward(const OpArrays& a) override {
    if (a.dx[0]) ways_.to_small(a.dy, a.param[0], nullptr, a.dx[0]);
    if (a.dparam[0]) ways_.to_weights(a.dy, a.x[0], a.dparam[0]);
    sum_bias(device_, bias_, a);
  }

 private:
  Ways ways_;
  ChannelTerms bias_;
};

}  // namespace conv

std::unique_ptr<Step> make_step(const Conv& op, const Setup& setup) {
  return std::make_unique<conv::ConvStep>(op, setup);
}
std::unique_ptr<Step> make_step(const Deconv& op, const Setup& setup) {
  return std::make_unique<conv::DeconvStep>(op, setup);
}

}  // namespace nn::cuda
