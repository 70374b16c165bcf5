// SPDX-License-Identifier: MIT
// Max and average pooling, forward a thread an output, backward a thread an input that asks the windows which hold it.
// The first maximum in row order takes the gradient, or all of them share it; a NaN wins over numbers.
#include "backend/cuda/ops/sums.h"
#include "backend/cuda/steps.h"

namespace nn::cuda {
namespace pool {

struct Planes {
  Pool p;
  int64_t planes, h, w, oh, ow;
  NN_HD int64_t outputs() const { return planes * oh * ow; }
};
struct Window {
  int64_t top, left, bottom, right;  ///< cells inside the input
};

NN_DEVICE int64_t at_least_0(int64_t first, int64_t dilation) {
  return first >= 0 ? first : first + (dilation - 1 - first) / dilation * dilation;
}
NN_DEVICE int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
NN_DEVICE Window window_of(const Planes& s, int64_t p, int64_t q) {
  const int64_t top = p * s.p.stride_h - s.p.pad_top, left = q * s.p.stride_w - s.p.pad_left;
  return {at_least_0(top, s.p.dilation_h), at_least_0(left, s.p.dilation_w),
          least(top + (s.p.kernel_h - 1) * s.p.dilation_h + 1, s.h),
          least(left + (s.p.kernel_w - 1) * s.p.dilation_w + 1, s.w)};
}
/// What an average divides by.
NN_DEVICE double divisor_of(const Planes& s, int64_t p, int64_t q) {
  const Window in = window_of(s, p, q);
  if (!s.p.count_padding) return static_cast<double>((in.bottom - in.top) * (in.right - in.left));
  const int64_t top = p * s.p.stride_h - s.p.pad_top, left = q * s.p.stride_w - s.p.pad_left;
  const int64_t rows = least(top + s.p.kernel_h, s.h + s.p.pad_bottom - s.p.beyond_h) - top;
  const int64_t columns = least(left + s.p.kernel_w, s.w + s.p.pad_right - s.p.beyond_w) - left;
  return static_cast<double>(rows * columns);
}

/// from: of a maximum its place in the plane, or, where equal ones share, how many there are.
NN_KERNEL forward(Planes s, const float* x, float* y, int32_t* from) {
  const int64_t i = me();
  if (i >= s.outputs()) return;
  const int64_t q = i % s.ow, p = i / s.ow % s.oh, plane = i / s.ow / s.oh;
  const Window in = window_of(s, p, q);
  const float* at = x + plane * s.h * s.w;
  if (s.p.kind == Pool::Kind::average) {
    double sum = 0;
    for (int64_t r = in.top; r < in.bottom; ++r)
      for (int64_t c = in.left; c < in.right; ++c) sum += static_cast<double>(at[r * s.w + c]);
    y[i] = static_cast<float>(sum / divisor_of(s, p, q));
    return;
  }
  int64_t best = in.top * s.w + in.left;
  for (int64_t r = in.top; r < in.bottom; r += s.p.dilation_h)
    for (int64_t c = in.left; c < in.right; c += s.p.dilation_w) {
      const float v = at[r * s.w + c];
      if (v > at[best] || v != v) best = r * s.w + c;
    }
  y[i] = at[best];
  if (!from) return;
  int32_t ties = 0;
  for (int64_t r = in.top; s.p.share_ties && r < in.bottom; r += s.p.dilation_h)
    for (int64_t c = in.left; c < in.right; c += s.p.dilation_w) ties += at[r * s.w + c] == at[best];
  from[i] = s.p.share_ties ? ties : static_cast<int32_t>(best);
}

/// The first window that may hold a cell, and the step to it: windows p of [first, last] with cell = p stride + k
/// dilation - pad.
NN_DEVICE int64_t first_window(int64_t cell, int64_t pad, int64_t kernel, int64_t stride, int64_t dilation) {
  const int64_t from = cell + pad - (kernel - 1) * dilation;
  return from <= 0 ? 0 : (from + stride - 1) / stride;
}
NN_DEVICE int64_t last_window(int64_t cell, int64_t pad, int64_t stride, int64_t windows) {
  return least((cell + pad) / stride, windows - 1);
}

NN_KERNEL backward(Planes s, const float* x, const float* y, const float* dy, const int32_t* from, float* dx,
                   bool add) {
  const int64_t i = me();
  if (i >= s.planes * s.h * s.w) return;
  const int64_t c = i % s.w, r = i / s.w % s.h, plane = i / s.w / s.h;
  const int64_t last_p = last_window(r, s.p.pad_top, s.p.stride_h, s.oh);
  const int64_t last_q = last_window(c, s.p.pad_left, s.p.stride_w, s.ow);
  double sum = 0;
  for (int64_t p = first_window(r, s.p.pad_top, s.p.kernel_h, s.p.stride_h, s.p.dilation_h); p <= last_p; ++p) {
    if ((r + s.p.pad_top - p * s.p.stride_h) % s.p.dilation_h != 0) continue;
    for (int64_t q = first_window(c, s.p.pad_left, s.p.kernel_w, s.p.stride_w, s.p.dilation_w); q <= last_q; ++q) {
      if ((c + s.p.pad_left - q * s.p.stride_w) % s.p.dilation_w != 0) continue;
      const int64_t cell = (plane * s.oh + p) * s.ow + q;
      const double g = static_cast<double>(dy[cell]);
      if (s.p.kind == Pool::Kind::average)
        sum += g / divisor_of(s, p, q);
      else if (!s.p.share_ties)
        sum += from[cell] == r * s.w + c ? g : 0;
      else if (x[i] == y[cell])
        sum += g / from[cell];
    }
  }
  put(dx + i, sum, add);
}

class PoolStep final : public OpStep {
 public:
  PoolStep(const Pool& op, const Setup& setup)
      : OpStep(setup.device),
        planes_{op, setup.batch() * setup.in()[0], setup.in()[1], setup.in()[2], setup.out()[1], setup.out()[2]} {
    if (setup.training() && op.kind == Pool::Kind::max) from_ = {setup.device, static_cast<size_t>(planes_.outputs())};
  }
  size_t bytes() const override { return from_.bytes(); }
  void forward(const OpArrays& a) override {
    launch(device_, &pool::forward, each(planes_.outputs()), planes_, a.x[0], a.y, from_.get());
  }
  void backward(const OpArrays& a) override {
    if (const Sink& dx = a.dx[0])
      launch(device_, &pool::backward, each(planes_.planes * planes_.h * planes_.w), planes_, a.x[0], a.y, a.dy,
             from_.get(), dx.at, dx.add);
  }

 private:
  Planes planes_;
  Array<int32_t> from_;
};

}  // namespace pool

std::unique_ptr<Step> make_step(const Pool& op, const Setup& setup) {
  return std::make_unique<pool::PoolStep>(op, setup);
}

}  // namespace nn::cuda
