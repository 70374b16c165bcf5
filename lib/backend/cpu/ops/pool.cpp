// SPDX-License-Identifier: MIT
// Max pooling of planes in rows: keeps the place of each maximum for backward. The rest is in pool_lanes.cpp.
#include "backend/cpu/plan/pattern.h"

namespace nn::cpu {
namespace {

class MaxPoolStep final : public Step {
 public:
  explicit MaxPoolStep(StepData data) : Step(std::move(data)) {
    const Pool& op = d.as<Pool>();
    const Shape &in = d.in(), &out = d.out();
    window_ = {in[1],       in[2],       out[1],      out[2],     op.kernel_h,
               op.kernel_w, op.stride_h, op.stride_w, op.pad_top, op.pad_left};
    channels_ = in[0];
    plane_ = in[1] * in[2];
    cells_ = out[1] * out[2];
    if (d.training) index_ = d.array<int32_t>(d.batch * channels_ * cells_);
  }
  void forward(int, const Tile& t) override {
    for (int64_t p = t.begin * channels_; p < t.end * channels_; ++p)
      d.kernels.max_pool(window_, d.x[0] + p * plane_, d.y + p * cells_,
                         d.training ? index_.get() + p * cells_ : nullptr);
  }
  void backward(int, const Tile& t) override {
    if (!d.dx[0]) return;
    for (int64_t p = t.begin * channels_; p < t.end * channels_; ++p)
      d.kernels.max_pool_backward(d.dy + p * cells_, index_.get() + p * cells_, cells_, d.dx[0] + p * plane_, plane_);
  }
  size_t bytes() const override { return index_.bytes(); }
  std::string kernel() const override { return "max"; }

 private:
  Window window_{};
  int64_t channels_, plane_, cells_;
  Aligned<int32_t> index_;
};

}  // namespace

StepPointer make_max_pool(StepData data) { return std::make_unique<MaxPoolStep>(std::move(data)); }

extern const Pattern max_pool_pattern;
const Pattern max_pool_pattern{"max_pool",
                               [](const Chain& c) -> size_t {
                                 const Pool* p = c.as<Pool>(0);
                                 return p && p->kind == Pool::Kind::max && p->plain() ? 1 : 0;
                               },
                               only(Layout::nchw),
                               only(Layout::nchw),
                               false,
                               &make_max_pool};

}  // namespace nn::cpu
