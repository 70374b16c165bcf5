// SPDX-License-Identifier: MIT
// Convolution as a product {pixels, terms} x {terms, outputs}, where the terms of a pixel are its window, tap by tap,
// each with all its channels. Windows of one cell that lie side by side are multiplied where they lie, others from a
// copy. Some samples are done together where they are small, so that the weights are read seldom.
#include <algorithm>

#include "backend/cpu/conv/block/block.h"

namespace nn::cpu {
namespace {

class ProductConvolution final : public Convolution {
 public:
  ProductConvolution(const StepData& d, const BlockShape& s)
      : d_(d),
        s_(s),
        terms_(s.taps() * s.c),
        area_(s.oh * s.ow),
        w_row_(round_up(s.kp, d.kernels.panel)),
        back_row_(round_up(terms_, d.kernels.panel)),
        whole_(s.taps() == 1 && s.stride_h == 1 && s.stride_w == 1 && s.frame_h == s.h && s.frame_w == s.w),
        weights_(d, terms_ * w_row_),
        back_weights_(d, d.training ? s.k * back_row_ : 0) {}

  void forward(const Tile& t, float* scratch, BlockSamples& samples) override {
    if (t.samples() == 0) return;
    const float* w = forward_weights(t, scratch);
    float *terms = scratch, *frame = terms + s_.together * area_ * terms_;
    clear_border(frame);
    each_group(t, [&](Range group) {
      d_.kernels.gemm({.m = (group.end - group.begin) * area_,
                       .n = s_.kp,
                       .k = terms_,
                       .a = terms_of(group, terms, frame, samples),
                       .a_row = terms_,
                       .a_col = 1,
                       .b = w,
                       .b_row = w_row_,
                       .c = samples.outputs(group),
                       .c_row = s_.kp,
                       .b_padded = true});
      for (int64_t n = group.begin; n < group.end; ++n) samples.made(n);
    });
  }

  void backward(const Tile& t, float* scratch, float* dw, bool input_gradient, BlockSamples& samples) override {
    if (t.samples() == 0) {
      if (dw) std::fill_n(dw, s_.weights(), 0.f);
      return;
    }
    const float* w = input_gradient ? backward_weights(t) : nullptr;
    float *terms = scratch, *frame = terms + s_.together * area_ * terms_, *dc = frame + s_.frame(),
          *sums = s_.taps() == 1 ? dw : dc + s_.together * s_.made();
    clear_border(frame);
    each_group(t, [&](Range group) {
      for (int64_t n = group.begin; n < group.end; ++n)
        samples.gradient(n, {0, s_.oh}, dc + (n - group.begin) * s_.made(), s_.ow * s_.kp);
      const int64_t pixels = (group.end - group.begin) * area_;
      if (dw)
        d_.kernels.gemm({.m = terms_,
                         .n = s_.kp,
                         .k = pixels,
                         .a = terms_of(group, terms, frame, samples),
                         .a_row = 1,
                         .a_col = terms_,
                         .b = dc,
                         .b_row = s_.kp,
                         .c = sums,
                         .c_row = s_.kp,
                         .add = group.begin > t.begin,
                         .b_padded = true});
      if (!input_gradient) return;
      input_gradients(group, dc, w, terms, frame, samples);
      for (int64_t n = group.begin; n < group.end; ++n) samples.gradient_made(n);
    });
    if (dw && s_.taps() > 1) by_channel(sums, dw);
  }

  int64_t scratch() const override {
    const int64_t work = s_.together * (area_ * terms_ + s_.made()) + s_.frame() + s_.weights() + 64;
    return std::max(work, terms_ * s_.kp);
  }
  size_t bytes() const override { return weights_.bytes() + back_weights_.bytes(); }
  const char* name() const override { return "product of pixels"; }

 private:
  /// work(samples) for lots of equal size.
  template <class Work>
  void each_group(const Tile& t, Work&& work) const {
    const int count = static_cast<int>(ceil_of(t.samples(), s_.together));
    for (int i = 0; i < count; ++i) {
      const auto [begin, end] = part_of(t.samples(), i, count);
      work(Range{t.begin + begin, t.begin + end});
    }
  }
  void clear_border(float* frame) const {
    if (!s_.in_place && !whole_) std::fill_n(frame, s_.frame(), 0.f);
  }
  /// work(from, to, floats) for each row of a window of each pixel: where it lies in a sample, and among the terms.
  template <class Work>
  void each_piece(Work&& work) const {
    const bool close = s_.dilation_w == 1;
    const int64_t columns = close ? 1 : s_.kernel_w, floats = close ? s_.kernel_w * s_.c : s_.c;
    int64_t to = 0;
    for (int64_t y = 0; y < s_.oh; ++y)
      for (int64_t x = 0; x < s_.ow; ++x)
        for (int64_t i = 0; i < s_.kernel_h; ++i)
          for (int64_t j = 0; j < columns; ++j, to += floats)
            work((y * s_.stride_h + i * s_.dilation_h) * s_.row() + (x * s_.stride_w + j * s_.dilation_w) * s_.c, to,
                 floats);
  }
  /// {pixels of the samples, terms}
  const float* terms_of(Range group, float* terms, float* frame, BlockSamples& samples) const {
    if (whole_ && s_.in_place) return samples.input(group.begin);
    for (int64_t n = group.begin; n < group.end; ++n) {
      float* to = terms + (n - group.begin) * area_ * terms_;
      if (whole_) {
        samples.input(n, to);
        continue;
      }
      if (!s_.in_place) samples.input(n, frame);
      const float* from = s_.in_place ? samples.input(n) : frame;
      each_piece([&](int64_t in_sample, int64_t in_terms, int64_t floats) {
        std::memcpy(to + in_terms, from + in_sample, static_cast<size_t>(floats) * sizeof(float));
      });
    }
    return terms;
  }
  void input_gradients(Range group, const float* dc, const float* w, float* terms, float* frame,
                       BlockSamples& samples) const {
    float* to = whole_ && s_.dx_in_place ? samples.input_gradient(group.begin) : terms;
    d_.kernels.gemm({.m = (group.end - group.begin) * area_,
                     .n = terms_,
                     .k = s_.k,
                     .a = dc,
                     .a_row = s_.kp,
                     .a_col = 1,
                     .b = w,
                     .b_row = back_row_,
                     .c = to,
                     .c_row = terms_,
                     .b_padded = true});
    if (whole_ && s_.dx_in_place) return;
    for (int64_t n = group.begin; n < group.end; ++n) {
      const float* from = terms + (n - group.begin) * area_ * terms_;
      if (whole_) {
        samples.input_gradient(n, {0, s_.h}, from, s_.w * s_.c);
        continue;
      }
      float* dx = s_.dx_in_place ? samples.input_gradient(n) : frame;
      std::fill_n(dx, s_.frame(), 0.f);
      each_piece([&](int64_t in_sample, int64_t in_terms, int64_t floats) {
        d_.kernels.add(dx + in_sample, from + in_terms, dx + in_sample, floats);
      });
      if (s_.dx_in_place) continue;
      samples.input_gradient(n, {0, s_.h}, dx + s_.inside(), s_.row());
      std::fill_n(frame, s_.frame(), 0.f);
    }
  }
  /// Rows in the order of taps, then channels, as BlockShape::weights() has them: the other way round.
  void by_channel(const float* rows, float* to) const {
    for (int64_t c = 0; c < s_.c; ++c)
      for (int64_t tap = 0; tap < s_.taps(); ++tap)
        std::copy_n(rows + (tap * s_.c + c) * s_.kp, s_.kp, to + (c * s_.taps() + tap) * s_.kp);
  }
  const float* forward_weights(const Tile& t, float* scratch) {
    return weights_.get(d_, t, [&](float* to) {
      if (s_.taps() == 1) return d_.kernels.transpose(d_.weight(0), s_.k, s_.c, s_.c, to, w_row_);
      weights_by_input(d_, s_, scratch);
      for (int64_t c = 0; c < s_.c; ++c)
        for (int64_t tap = 0; tap < s_.taps(); ++tap)
          std::copy_n(scratch + (c * s_.taps() + tap) * s_.kp, s_.k, to + (tap * s_.c + c) * w_row_);
    });
  }
  const float* backward_weights(const Tile& t) {
    return back_weights_.get(d_, t, [&](float* to) {
      for (int64_t k = 0; k < s_.k; ++k)
        if (s_.taps() == 1)
          std::copy_n(d_.weight(0) + k * s_.c, s_.c, to + k * back_row_);
        else
          d_.kernels.transpose(d_.weight(0) + k * terms_, s_.c, s_.taps(), s_.taps(), to + k * back_row_, s_.c);
    });
  }

  const StepData& d_;
  const BlockShape& s_;
  int64_t terms_, area_;      // of a pixel; pixels of a sample
  int64_t w_row_, back_row_;  // of {terms, outputs} and {outputs, terms}
  bool whole_;                // the pixels of a sample are its windows
  ReadyWeights weights_, back_weights_;
};

}  // namespace

std::unique_ptr<Convolution> make_product(const StepData& d, const BlockShape& s) {
  return std::make_unique<ProductConvolution>(d, s);
}

}  // namespace nn::cpu
