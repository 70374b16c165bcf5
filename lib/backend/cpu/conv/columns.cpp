// SPDX-License-Identifier: MIT
// Convolution as a product with the columns of one sample: y{oc, cells} = w{oc, taps} col{taps, cells}.
// The weight gradient is summed over the samples of a tile as dw^T{taps, oc} += col dy^T, then over tiles in order.
#include <algorithm>

#include "backend/cpu/plan/pattern.h"

namespace nn::cpu {
namespace {

class ConvStep final : public Step {
 public:
  explicit ConvStep(StepData data) : Step(std::move(data)), op_(d.as<Conv>()) {
    const Conv& op = op_;
    const Shape &in = d.in(), &out = d.out();
    window_ = {in[1],       in[2],       out[1],      out[2],     op.kernel_h,
               op.kernel_w, op.stride_h, op.stride_w, op.pad_top, op.pad_left};
    ic_ = op.in_channels / op.groups;
    oc_ = op.out_channels / op.groups;
    cells_ = out[1] * out[2];
    plane_ = in[1] * in[2];
    taps_ = ic_ * op.kernel_h * op.kernel_w;
    col_row_ = round_up(cells_, d.kernels.panel);
    oc_row_ = round_up(oc_, d.kernels.panel);
    if (d.training) partial_ = d.floats(d.tiles * stride());
  }

  void forward(int, const Tile& t) override {
    const float* bias = d.weight(1);
    for (int64_t n = t.begin; n < t.end; ++n)
      for (int64_t g = 0; g < op_.groups; ++g) {
        columns(n, g, t.scratch);
        d.kernels.gemm({.m = oc_,
                        .n = cells_,
                        .k = taps_,
                        .a = d.weight(0) + g * oc_ * taps_,
                        .a_row = taps_,
                        .a_col = 1,
                        .b = t.scratch,
                        .b_row = col_row_,
                        .c = d.y + (n * op_.groups + g) * oc_ * cells_,
                        .c_row = cells_,
                        .row_bias = bias ? bias + g * oc_ : nullptr,
                        .b_padded = true});
      }
  }

  void backward(int, const Tile& t) override {
    float* partial = partial_.get() + t.index * stride();
    std::memset(partial, 0, static_cast<size_t>(stride()) * sizeof(float));
    for (int64_t n = t.begin; n < t.end; ++n)
      for (int64_t g = 0; g < op_.groups; ++g) {
        const float* dy = d.dy + (n * op_.groups + g) * oc_ * cells_;
        if (d.gradient(0)) add_weight_gradient(n, g, dy, t.scratch, partial + g * taps_ * oc_row_);
        if (d.gradient(1))
          for (int64_t o = 0; o < oc_; ++o)
            partial[op_.groups * taps_ * oc_row_ + g * oc_ + o] +=
                static_cast<float>(d.kernels.sum(dy + o * cells_, cells_));
        if (d.dx[0]) input_gradient(n, g, dy, t.scratch);
      }
  }

  void finish(const Tile& t, const Updater& updater) override {
    if (float* w = d.gradient(0)) {
      const auto [begin, end] = part_of(op_.groups * oc_, t.index, t.count);
      for (int64_t o = begin; o < end; ++o) {
        const int64_t g = o / oc_;
        for (int64_t tap = 0; tap < taps_; ++tap) w[o * taps_ + tap] = tile_sum((g * taps_ + tap) * oc_row_ + o % oc_);
      }
      updater.done(d.op().params[0], begin * taps_, end * taps_);
    }
    if (float* b = d.gradient(1); b && t.index == 0) {
      for (int64_t o = 0; o < op_.groups * oc_; ++o) b[o] = tile_sum(op_.groups * taps_ * oc_row_ + o);
      updater.done(d.op().params[1], 0, op_.groups * oc_);
    }
  }

  int64_t scratch() const override {
    // Columns; behind them dy transposed, or the narrow last panel of a product.
    return taps_ * col_row_ + std::max(cells_ * oc_row_, std::max(oc_, taps_) * d.kernels.panel);
  }
  size_t bytes() const override { return partial_.bytes(); }
  std::string kernel() const override { return "im2col+gemm"; }

 private:
  int64_t stride() const { return round_up(op_.groups * (taps_ * oc_row_ + oc_), 16); }
  float tile_sum(int64_t i) const {
    float s = partial_[i];
    for (int t = 1; t < d.tiles; ++t) s += partial_[t * stride() + i];
    return s;
  }
  void columns(int64_t n, int64_t g, float* col) const {
    const float* x = d.x[0] + (n * op_.groups + g) * ic_ * plane_;
    for (int64_t c = 0; c < ic_; ++c)
      d.kernels.im2col(window_, x + c * plane_, col + c * op_.kernel_h * op_.kernel_w * col_row_, col_row_);
  }
  void add_weight_gradient(int64_t n, int64_t g, const float* dy, float* scratch, float* sum) const {
    columns(n, g, scratch);
    float* turned = scratch + taps_ * col_row_;
    d.kernels.transpose(dy, oc_, cells_, cells_, turned, oc_row_);
    d.kernels.gemm({.m = taps_,
                    .n = oc_,
                    .k = cells_,
                    .a = scratch,
                    .a_row = col_row_,
                    .a_col = 1,
                    .b = turned,
                    .b_row = oc_row_,
                    .c = sum,
                    .c_row = oc_row_,
                    .add = true,
                    .b_padded = true});
  }
  void input_gradient(int64_t n, int64_t g, const float* dy, float* scratch) const {
    d.kernels.gemm({.m = taps_,
                    .n = cells_,
                    .k = oc_,
                    .a = d.weight(0) + g * oc_ * taps_,
                    .a_row = 1,
                    .a_col = taps_,
                    .b = dy,
                    .b_row = cells_,
                    .c = scratch,
                    .c_row = col_row_,
                    .scratch = scratch + taps_ * col_row_});
    float* dx = d.dx[0] + (n * op_.groups + g) * ic_ * plane_;
    std::memset(dx, 0, static_cast<size_t>(ic_ * plane_) * sizeof(float));
    for (int64_t c = 0; c < ic_; ++c)
      d.kernels.col2im(window_, scratch + c * op_.kernel_h * op_.kernel_w * col_row_, col_row_, dx + c * plane_);
  }

  Conv op_;
  Window window_{};
  int64_t ic_, oc_, cells_, plane_, taps_, col_row_, oc_row_;
  Floats partial_;  // of each tile: dw^T{group, taps, oc_row}, then db
};

}  // namespace

extern const Pattern conv_columns_pattern;
const Pattern conv_columns_pattern{
    "conv_columns", &match_one<Conv>, only(Layout::nchw), only(Layout::nchw), false, [](StepData d) -> StepPointer {
      return std::make_unique<ConvStep>(std::move(d));
    }};

}  // namespace nn::cpu
