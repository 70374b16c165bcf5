// SPDX-License-Identifier: MIT
// Convolution and transposed convolution as a product with the columns of one sample: small{channels, cells} = w
// col{taps, cells}. The weight gradient is summed over the samples of a tile as dw^T{taps, channels} += col small^T,
// then over tiles in order.
#include "backend/cpu/conv/columns.h"

#include <algorithm>

#include "backend/cpu/plan/pattern.h"

namespace nn::cpu {

void Columns::columns(const float* large, float* col) const {
  const int64_t kernel = window_.kernel_h * window_.kernel_w;
  for (int64_t c = 0; c < large_; ++c)
    kernels_.im2col(window_, large + c * plane_, col + c * kernel * col_row_, col_row_);
}

void Columns::gather(const float* weights, const float* large, const float* bias, float* small, float* scratch) const {
  for (int64_t g = 0; g < groups_; ++g) {
    columns(large + g * large_ * plane_, scratch);
    kernels_.gemm({.m = small_,
                   .n = cells_,
                   .k = taps_,
                   .a = weights + g * small_ * taps_,
                   .a_row = taps_,
                   .a_col = 1,
                   .b = scratch,
                   .b_row = col_row_,
                   .c = small + g * small_ * cells_,
                   .c_row = cells_,
                   .row_bias = bias ? bias + g * small_ : nullptr,
                   .b_padded = true});
  }
}

void Columns::scatter(const float* weights, const float* small, float* large, float* scratch) const {
  const int64_t kernel = window_.kernel_h * window_.kernel_w;
  for (int64_t g = 0; g < groups_; ++g) {
    kernels_.gemm({.m = taps_,
                   .n = cells_,
                   .k = small_,
                   .a = weights + g * small_ * taps_,
                   .a_row = 1,
                   .a_col = taps_,
                   .b = small + g * small_ * cells_,
                   .b_row = cells_,
                   .c = scratch,
                   .c_row = col_row_,
                   .scratch = scratch + taps_ * col_row_});
    float* planes = large + g * large_ * plane_;
    std::memset(planes, 0, static_cast<size_t>(large_ * plane_) * sizeof(float));
    for (int64_t c = 0; c < large_; ++c)
      kernels_.col2im(window_, scratch + c * kernel * col_row_, col_row_, planes + c * plane_);
  }
}

void Columns::add_weight_gradient(const float* large, const float* small, float* sums, float* scratch) const {
  for (int64_t g = 0; g < groups_; ++g) {
    columns(large + g * large_ * plane_, scratch);
    float* turned = scratch + taps_ * col_row_;
    kernels_.transpose(small + g * small_ * cells_, small_, cells_, cells_, turned, small_row_);
    kernels_.gemm({.m = taps_,
                   .n = small_,
                   .k = cells_,
                   .a = scratch,
                   .a_row = col_row_,
                   .a_col = 1,
                   .b = turned,
                   .b_row = small_row_,
                   .c = sums + g * taps_ * small_row_,
                   .c_row = small_row_,
                   .add = true,
                   .b_padded = true});
  }
}

namespace {

/// Of both: weights whose gradient is summed tile by tile, and a bias per channel of the output.
class ColumnsStep : public Step {
 public:
  ColumnsStep(StepData data, Columns columns)
      : Step(std::move(data)), columns_(columns), channels_(d.out()[0]), cells_(d.out().count() / channels_) {
    if (d.training) partial_ = d.floats(d.tiles * stride());
  }
  void backward(int, const Tile& t) override {
    float* partial = partial_.get() + t.index * stride();
    std::memset(partial, 0, static_cast<size_t>(stride()) * sizeof(float));
    for (int64_t n = t.begin; n < t.end; ++n) {
      const float* dy = d.dy + n * channels_ * cells_;
      if (d.gradient(0)) add_weight_gradient(n, partial, t.scratch);
      if (d.gradient(1))
        for (int64_t o = 0; o < channels_; ++o)
          partial[columns_.sums() + o] += static_cast<float>(d.kernels.sum(dy + o * cells_, cells_));
      if (d.dx[0]) input_gradient(n, t.scratch);
    }
  }
  void finish(const Tile& t, const Updater& updater) override {
    const int64_t taps = columns_.taps();
    if (float* w = d.gradient(0)) {
      const auto [begin, end] = part_of(columns_.small_channels(), t.index, t.count);
      for (int64_t c = begin; c < end; ++c)
        for (int64_t tap = 0; tap < taps; ++tap) w[c * taps + tap] = tile_sum(columns_.place(c, tap));
      updater.done(d.op().params[0], begin * taps, end * taps);
    }
    if (float* b = d.gradient(1); b && t.index == 0) {
      for (int64_t o = 0; o < channels_; ++o) b[o] = tile_sum(columns_.sums() + o);
      updater.done(d.op().params[1], 0, channels_);
    }
  }
  int64_t scratch() const override { return columns_.scratch(); }
  size_t bytes() const override { return partial_.bytes(); }
  std::string kernel() const override { return "im2col+gemm"; }

 protected:
  virtual void add_weight_gradient(int64_t sample, float* sums, float* scratch) const = 0;
  virtual void input_gradient(int64_t sample, float* scratch) const = 0;
  const float* x(int64_t sample) const { return d.x[0] + sample * d.in().count(); }
  const float* dy(int64_t sample) const { return d.dy + sample * d.out().count(); }
  float* y(int64_t sample) const { return d.y + sample * d.out().count(); }
  float* dx(int64_t sample) const { return d.dx[0] + sample * d.in().count(); }

  const Columns columns_;
  const int64_t channels_, cells_;  // of the output

 private:
  int64_t stride() const { return round_up(columns_.sums() + channels_, 16); }
  float tile_sum(int64_t i) const {
    float s = partial_[i];
    for (int t = 1; t < d.tiles; ++t) s += partial_[t * stride() + i];
    return s;
  }
  Floats partial_;  // of each tile: dw^T{group, taps, small_row}, then db
};

class ConvStep final : public ColumnsStep {
 public:
  explicit ConvStep(StepData data) : ColumnsStep(data, Columns(data.kernels, data.as<Conv>(), data.in(), data.out())) {}
  void forward(int, const Tile& t) override {
    for (int64_t n = t.begin; n < t.end; ++n) columns_.gather(d.weight(0), x(n), d.weight(1), y(n), t.scratch);
  }

 private:
  void add_weight_gradient(int64_t n, float* sums, float* scratch) const override {
    columns_.add_weight_gradient(x(n), dy(n), sums, scratch);
  }
  void input_gradient(int64_t n, float* scratch) const override {
    columns_.scatter(d.weight(0), dy(n), dx(n), scratch);
  }
};

class DeconvStep final : public ColumnsStep {
 public:
  explicit DeconvStep(StepData data)
      : ColumnsStep(data, Columns(data.kernels, data.as<Deconv>(), data.out(), data.in())) {}
  void forward(int, const Tile& t) override {
    const float* bias = d.weight(1);
    for (int64_t n = t.begin; n < t.end; ++n) {
      columns_.scatter(d.weight(0), x(n), y(n), t.scratch);
      for (int64_t o = 0; bias && o < channels_; ++o)
        d.kernels.affine(y(n) + o * cells_, 1, bias[o], y(n) + o * cells_, cells_);
    }
  }

 private:
  void add_weight_gradient(int64_t n, float* sums, float* scratch) const override {
    columns_.add_weight_gradient(dy(n), x(n), sums, scratch);
  }
  void input_gradient(int64_t n, float* scratch) const override {
    columns_.gather(d.weight(0), dy(n), nullptr, dx(n), scratch);
  }
};

template <class Op, class Kind>
constexpr Pattern pattern(const char* name) {
  return {name, &match_one<Op>, only(Layout::nchw), only(Layout::nchw), false, [](StepData d) -> StepPointer {
            return std::make_unique<Kind>(std::move(d));
          }};
}

}  // namespace

extern const Pattern conv_columns_pattern, deconv_pattern;
const Pattern conv_columns_pattern = pattern<Conv, ConvStep>("conv_columns");
const Pattern deconv_pattern = pattern<Deconv, DeconvStep>("deconv");

}  // namespace nn::cpu
