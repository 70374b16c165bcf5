// SPDX-License-Identifier: MIT
// 5x5 kernels by Toom-Cook F(4x4,5x5): 64 products for 16 outputs instead of 400, in float32 with about eight times the
// rounding error of the direct sum (1e-6 of the outputs' size).
#include <algorithm>

#include "backend/cpu/conv/lanes/lanes_step.h"

namespace nn::cpu {
namespace {

class ConvLanesToomStep final : public ConvLanesStep {
 public:
  explicit ConvLanesToomStep(StepData data) : ConvLanesStep(std::move(data)), t_{s_, k_.lanes} {
    set_up({t_.frame_h(), t_.frame_w(), t_.weights(), t_.gradient()});
    pack_part_ = parts_.take(t_.gradient());
    if (!d.training) {
      items_part_ = parts_.take(t_.inputs(1));
      return;
    }
    items_ = d.floats(d.tiles * t_.inputs(vectors()));
    work_part_ = parts_.take(std::max(t_.weights_scratch(vectors()), t_.inputs_scratch()));
    if (framed_) dx_frame_part_ = parts_.take(s_.in * t_.frame_h() * t_.frame_w() * k_.lanes);
  }
  std::string kernel() const override { return "lanes, F(4x4,5x5)"; }
  size_t bytes() const override { return ConvLanesStep::bytes() + items_.bytes(); }

 protected:
  void pack(const Tile& t, const float* w, float* p) override { k_.toom_pack(t_, w, p, t.scratch + pack_part_); }

  void forward_vector(const Tile& t, int64_t v, const Planes& x, const float* packed, const Planes& y,
                      const LanesAfter& after) override {
    float* items = d.training ? items_of(t) + v / k_.lanes * t_.inputs(1) : t.scratch + items_part_;
    k_.toom_inputs(t_, x, items);
    k_.toom_forward(t_, items, packed, y, after);
  }

  void go_back(const Tile& t, const Planes& dy, const Planes& dx, const float* packed, float* gradient) override {
    float* work = t.scratch + work_part_;
    if (d.gradient(0)) k_.toom_weights(t_, items_of(t), dy, after(t, 0), gradient, work);
    if (!dx.at) return;
    for (int64_t v = 0; v < t.samples(); v += k_.lanes) {
      const Planes to = at_vector(dx, v);
      if (!framed_) {
        k_.toom_inputs_gradient(t_, at_vector(dy, v), after(t, v), packed, to, work);
        continue;
      }
      const Planes frame = dense(t.scratch + dx_frame_part_, t_.frame_h(), t_.frame_w(), k_.lanes);
      k_.toom_inputs_gradient(t_, at_vector(dy, v), after(t, v), packed, frame, work);
      k_.copy_planes(
          s_.in, in_[1], in_[2],
          {frame.at + op_.pad_top * frame.row + op_.pad_left * frame.cell, frame.channel, frame.row, frame.cell}, to);
    }
  }

  void collect(int64_t begin, int64_t end, float* gradient) const override {
    for (int64_t n = begin; n < end;) {
      const int64_t tap = n % ToomConv::taps, kernel = n / ToomConv::taps,
                    stop = std::min(end, n - tap + ToomConv::taps);
      const int64_t row = s_.in * t_.out_padded(), first = kernel % s_.in * t_.out_padded() + kernel / s_.in;
      for (int64_t at = tap * row + first; n < stop; ++n, at += row) {
        float sum = 0;
        for (int k = 0; k < d.tiles; ++k) sum += gradient_of(k)[at];
        gradient[n] = sum;
      }
    }
  }

 private:
  float* items_of(const Tile& t) const { return items_.get() + t.index * t_.inputs(vectors()); }

  ToomConv t_;
  int64_t pack_part_ = 0, items_part_ = 0, work_part_ = 0, dx_frame_part_ = 0;
  Floats items_;  // inputs of each tile, transformed
};

constexpr int64_t fewest_channels = 6, smallest_side = 8;

}  // namespace

bool toom_suits(const Conv& op, const Shape& out) {
  return op.kernel_h == 5 && op.kernel_w == 5 && op.stride_h == 1 && op.stride_w == 1 &&
         op.in_channels >= fewest_channels && op.out_channels >= fewest_channels && out[1] >= smallest_side &&
         out[2] >= smallest_side;
}

StepPointer make_conv_lanes_toom(StepData data) { return std::make_unique<ConvLanesToomStep>(std::move(data)); }

}  // namespace nn::cpu
