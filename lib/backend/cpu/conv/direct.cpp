// SPDX-License-Identifier: MIT
// 3x3 convolution directly, a sample at a time, through tables of the places of its taps. The gradient of the input is
// the convolution of the bordered gradient with the weights turned by half a turn.
#include "backend/cpu/conv/block/block.h"

namespace nn::cpu {
namespace {

constexpr int64_t taps = 9;

class DirectConvolution final : public Convolution {
 public:
  DirectConvolution(const StepData& d, const BlockShape& s)
      : d_(d),
        s_(s),
        kernels_(*d.kernels.in_blocks),
        offsets_(offsets(s.c, s.frame_w, s.pixel, false)),
        back_offsets_(offsets(s.k, s.w + 2, s.kp, true)),
        weights_(d, s.weights()),
        back_weights_(d, d.training ? s.k * taps * s.cp : 0),
        forward_{s.oh, s.ow, s.row(), s.pixel, offsets_.data(), s.c * taps, s.kp},
        backward_{s.h, s.w, (s.w + 2) * s.kp, s.kp, back_offsets_.data(), s.k * taps, s.cp} {}

  void forward(const Tile& t, float* frame, BlockSamples& samples) override {
    if (t.samples() == 0) return;
    const float* w = forward_weights(t);
    zero(frame, s_.frame());
    for (int64_t n = t.begin; n < t.end; ++n) {
      samples.input(n, frame);
      kernels_.direct(forward_, frame, w, samples.output(n));
      samples.made(n);
    }
  }

  void backward(const Tile& t, float* scratch, float* dw, bool input_gradient, BlockSamples& samples) override {
    float *frame = scratch, *dc = frame + s_.frame(), *dx = dc + gradient_frame();
    if (dw) zero(dw, s_.weights());
    if (t.samples() == 0) return;
    zero(scratch, s_.frame() + gradient_frame());
    const float* w = samples.forgotten() ? forward_weights(t) : nullptr;
    const float* back =
        input_gradient ? back_weights_.get(d_, t, [&](float* to) { weights_by_output(d_, s_, to); }) : nullptr;
    float* inside = dc + ((2 - s_.top) * (s_.w + 2) + 2 - s_.left) * s_.kp;
    for (int64_t n = t.begin; n < t.end; ++n) {
      if (dw || w) samples.input(n, frame);
      if (w) kernels_.direct(forward_, frame, w, samples.output(n));
      samples.gradient(n, {0, s_.oh}, inside, (s_.w + 2) * s_.kp);
      if (dw) kernels_.direct_weight_gradient(forward_, frame, inside, (s_.w + 2) * s_.kp, dw);
      if (!input_gradient) continue;
      kernels_.direct(backward_, dc, back, dx);
      samples.input_gradient(n, {0, s_.h}, dx, s_.w * s_.cp);
      samples.gradient_made(n);
    }
  }

  int64_t scratch() const override { return s_.frame() + gradient_frame() + s_.h * s_.w * s_.cp; }
  size_t bytes() const override { return weights_.bytes() + back_weights_.bytes(); }
  const char* name() const override { return "direct"; }

 private:
  const float* forward_weights(const Tile& t) {
    return weights_.get(d_, t, [&](float* to) { weights_by_input(d_, s_, to); });
  }
  /// Of channel c and tap (i, j), in this order: where it lies from the first tap on.
  static std::vector<int64_t> offsets(int64_t channels, int64_t frame_w, int64_t width, bool turned) {
    std::vector<int64_t> all;
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t tap = 0; tap < taps; ++tap) {
        const int64_t at = turned ? taps - 1 - tap : tap;
        all.push_back((at / 3 * frame_w + at % 3) * width + c);
      }
    return all;
  }
  /// The gradient with a border, so that each pixel of the input has nine of them.
  int64_t gradient_frame() const { return (s_.h + 2) * (s_.w + 2) * s_.kp; }
  static void zero(float* p, int64_t n) { std::memset(p, 0, static_cast<size_t>(n) * sizeof(float)); }

  const StepData& d_;
  const BlockShape& s_;
  const BlockKernels& kernels_;
  std::vector<int64_t> offsets_, back_offsets_;
  ReadyWeights weights_, back_weights_;
  Direct forward_, backward_;
};

}  // namespace

std::unique_ptr<Convolution> make_direct(const StepData& d, const BlockShape& s) {
  return std::make_unique<DirectConvolution>(d, s);
}

}  // namespace nn::cpu
