// SPDX-License-Identifier: MIT
#include "backend/cpu/conv/lanes/direct.h"

#include <algorithm>

namespace nn::cpu {

ConvLanesDirectStep::ConvLanesDirectStep(StepData data, const More& more)
    : ConvLanesStep(std::move(data)), weights_(s_.taps() * s_.out) {
  const int64_t padded_w = in_[2] + op_.pad_left + op_.pad_right;
  set_up(
      {in_[1] + op_.pad_top + op_.pad_bottom, std::max(padded_w, more.frame_w), packed_size() + more.packed, weights_});
  if (!d.training) return;
  plan_gradient();
  g_part_ = parts_.take(s_.out * g_h_ * g_w_ * k_.lanes);
  sums_part_ = parts_.take(weights_ * k_.lanes);
}

/// Where the gradient of the outputs lies: with dx it gets a border and, between its cells, stride - 1 zeros, so that
/// dx is a convolution of it with the turned kernel.
void ConvLanesDirectStep::plan_gradient() {
  const bool wide = d.dx[0] != nullptr;
  step_h_ = wide ? s_.stride_h : 1, step_w_ = wide ? s_.stride_w : 1;
  g_top_ = wide ? s_.kernel_h - 1 - op_.pad_top : 0, g_left_ = wide ? s_.kernel_w - 1 - op_.pad_left : 0;
  g_h_ = wide ? in_[1] + s_.kernel_h - 1 : s_.oh, g_w_ = wide ? in_[2] + s_.kernel_w - 1 : s_.ow;
  g_has_holes_ = wide || (pool_ && (s_.oh % 2 + s_.ow % 2) > 0);
}

/// {in, kernel area, out}, then for dx {out, turned area, in}.
void ConvLanesDirectStep::pack(const Tile&, const float* w, float* p) {
  const int64_t area = s_.kernel_h * s_.kernel_w;
  float* turned = p + weights_;
  for (int64_t o = 0; o < s_.out; ++o)
    for (int64_t i = 0; i < s_.in; ++i)
      for (int64_t k = 0; k < area; ++k, ++w) {
        p[(i * area + k) * s_.out + o] = *w;
        if (d.training) turned[(o * area + area - 1 - k) * s_.in + i] = *w;
      }
}

void ConvLanesDirectStep::forward_vector(const Tile&, int64_t, const Planes& x, const float* packed, const Planes& y,
                                         const LanesAfter& after) {
  k_.direct_forward(s_, x, packed, y, after);
}

void ConvLanesDirectStep::go_back(const Tile& t, const Planes& dy, const Planes& dx, const float* packed,
                                  float* gradient) {
  float* sums = t.scratch + sums_part_;
  std::memset(sums, 0, static_cast<size_t>(weights_ * k_.lanes) * sizeof(float));
  const Planes whole = dense(t.scratch + g_part_, g_h_, g_w_, k_.lanes);
  const Planes g{whole.at + g_top_ * whole.row + g_left_ * whole.cell, whole.channel, step_h_ * whole.row,
                 step_w_ * whole.cell};
  for (int64_t v = 0; v < t.samples(); v += k_.lanes) {
    if (dx.at || (d.gradient(0) && !windows())) {
      if (g_has_holes_) std::memset(whole.at, 0, static_cast<size_t>(s_.out * whole.channel) * sizeof(float));
      k_.spread(s_, at_vector(dy, v), after(t, v), g);
    }
    if (d.gradient(0)) add_products(t, v, at_vector(dy, v), g, sums);
    if (!dx.at) continue;
    const LanesConv turned{s_.out, s_.in,  s_.kernel_h, s_.kernel_w, 1,
                           1,      in_[1], in_[2],      g_top_,      g_top_ + (s_.oh - 1) * step_h_ + 1};
    k_.direct_forward(turned, whole, packed + weights_, at_vector(dx, v), {});
  }
  if (d.gradient(0)) k_.sum_lanes(sums, weights_, gradient);
}

/// dy: gradients of what is stored, g: of all outputs, not read behind windows.
void ConvLanesDirectStep::add_products(const Tile& t, int64_t v, const Planes& dy, const Planes& g, float* sums) const {
  if (windows())
    k_.window_weights(s_, framed_x(t, v), dy, after(t, v), sums);
  else
    k_.direct_weights(s_, framed_x(t, v), g, sums);
}

void ConvLanesDirectStep::collect(int64_t begin, int64_t end, float* gradient) const {
  std::memcpy(gradient + begin, gradient_of(0) + begin, static_cast<size_t>(end - begin) * sizeof(float));
  for (int k = 1; k < d.tiles; ++k)
    d.kernels.add(gradient + begin, gradient_of(k) + begin, gradient + begin, end - begin);
}

StepPointer make_conv_lanes_direct(StepData data) { return std::make_unique<ConvLanesDirectStep>(std::move(data)); }

}  // namespace nn::cpu
