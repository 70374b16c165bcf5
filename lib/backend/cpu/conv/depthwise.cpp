// SPDX-License-Identifier: MIT
// Convolution of each channel by itself, a sample at a time: where it lies, or from a copy with whole vectors of
// channels.
#include <algorithm>

#include "backend/cpu/conv/block/block.h"

namespace nn::cpu {
namespace {

class DepthwiseConvolution final : public Convolution {
 public:
  DepthwiseConvolution(const StepData& d, const BlockShape& s)
      : d_(d), s_(s), kernels_(*d.kernels.in_blocks), weights_(d, s.weights()) {
    shape_ = {
        .h = s.h, .w = s.w, .oh = s.oh, .ow = s.ow, .width = s.kp, .kernel_h = s.kernel_h, .kernel_w = s.kernel_w};
    shape_.stride_h = s.stride_h, shape_.stride_w = s.stride_w;
    shape_.dilation_h = s.dilation_h, shape_.dilation_w = s.dilation_w;
    shape_.top = s.top, shape_.left = s.left;
    if (s.stride_h != 1 || s.stride_w != 1) return;
    back_ = shape_;
    std::swap(back_.h, back_.oh);
    std::swap(back_.w, back_.ow);
    back_.top = (s.kernel_h - 1) * s.dilation_h - s.top;
    back_.left = (s.kernel_w - 1) * s.dilation_w - s.left;
  }

  void forward(const Tile& t, float* frame, BlockSamples& samples) override {
    if (t.samples() == 0) return;
    const float* w = ready_weights(t);
    if (!s_.in_place) std::fill_n(frame, s_.frame(), 0.f);
    for (int64_t n = t.begin; n < t.end; ++n) {
      kernels_.depthwise(shape_, input(n, frame, samples), w, samples.output(n));
      samples.made(n);
    }
  }

  void backward(const Tile& t, float* scratch, float* dw, bool input_gradient, BlockSamples& samples) override {
    float *frame = scratch, *dc = frame + s_.frame(), *dx_frame = dc + s_.made(), *turned = dx_frame + s_.frame();
    if (dw) std::fill_n(dw, s_.weights(), 0.f);
    if (t.samples() == 0) return;
    if (!s_.in_place) std::fill_n(frame, s_.frame(), 0.f);
    const float* w = ready_weights(t);
    for (int64_t tap = 0; back_.width && tap < s_.taps(); ++tap)
      std::copy_n(w + tap * s_.kp, s_.kp, turned + (s_.taps() - 1 - tap) * s_.kp);
    for (int64_t n = t.begin; n < t.end; ++n) {
      samples.gradient(n, {0, s_.oh}, dc, s_.ow * s_.kp);
      if (dw) kernels_.depthwise_weight_gradient(shape_, input(n, frame, samples), dc, dw);
      if (!input_gradient) continue;
      float* dx = s_.dx_in_place ? samples.input_gradient(n) : dx_frame;
      if (back_.width) {
        kernels_.depthwise(back_, dc, turned, dx);
      } else {
        std::fill_n(dx, s_.frame(), 0.f);
        kernels_.depthwise_input_gradient(shape_, dc, w, dx);
      }
      if (!s_.dx_in_place) samples.input_gradient(n, {0, s_.h}, dx, s_.row());
      samples.gradient_made(n);
    }
  }

  int64_t scratch() const override { return 2 * s_.frame() + s_.made() + s_.weights(); }
  size_t bytes() const override { return weights_.bytes(); }
  const char* name() const override { return "depthwise"; }

 private:
  const float* input(int64_t n, float* frame, BlockSamples& samples) const {
    if (s_.in_place) return samples.input(n);
    samples.input(n, frame);
    return frame;
  }
  const float* ready_weights(const Tile& t) {
    return weights_.get(d_, t, [&](float* to) { weights_by_input(d_, s_, to); });
  }

  const StepData& d_;
  const BlockShape& s_;
  const BlockKernels& kernels_;
  ReadyWeights weights_;
  Depthwise shape_{};
  Depthwise back_{};  // without strides: the gradient of the input is a convolution with the weights turned by half a
                      // turn
};

}  // namespace

std::unique_ptr<Convolution> make_depthwise(const StepData& d, const BlockShape& s) {
  return std::make_unique<DepthwiseConvolution>(d, s);
}

}  // namespace nn::cpu
