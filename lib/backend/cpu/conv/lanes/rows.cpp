// SPDX-License-Identifier: MIT
// Kernels 5 wide by Toom-Cook F(4,5) along x, for few input channels, forward only: backward it gains nothing over the
// direct sums, where most of the time goes into moving data.
#include "backend/cpu/conv/lanes/direct.h"

namespace nn::cpu {
namespace {

ToomRows sizes_of(const StepData& d) {
  const Conv& op = d.as<Conv>();
  const Shape &in = d.in(), &out = d.out(0);
  return {{op.in_channels, op.out_channels, op.kernel_h, op.kernel_w, op.stride_h, op.stride_w, out[1], out[2],
           op.pad_top, op.pad_top + in[1]},
          d.kernels.lanes};
}

class ConvLanesRowsStep final : public ConvLanesDirectStep {
 public:
  ConvLanesRowsStep(const ToomRows& sizes, StepData data)
      : ConvLanesDirectStep(std::move(data), {sizes.frame_w(), sizes.weights()}), t_(sizes) {
    work_part_ = parts_.take(t_.transformed());
  }
  std::string kernel() const override { return "lanes, F(4,5)"; }

 protected:
  void pack(const Tile& t, const float* w, float* p) override {
    ConvLanesDirectStep::pack(t, w, p);
    k_.rows_pack(t_, w, p + packed_size());
  }
  void forward_vector(const Tile& t, int64_t, const Planes& x, const float* packed, const Planes& y,
                      const LanesAfter& after) override {
    k_.rows_forward(t_, x, packed + packed_size(), y, after, t.scratch + work_part_);
  }

 private:
  ToomRows t_;
  int64_t work_part_ = 0;
};

constexpr int64_t smallest_width = 8, fewest_outputs = 4, fewest_sums = 3;

}  // namespace

bool rows_suit(const Conv& op, const Shape& out) {
  return op.kernel_w == 5 && op.stride_w == 1 && op.kernel_h + op.stride_h <= ToomRows::most_rows &&
         op.out_channels >= fewest_outputs && op.in_channels * op.kernel_h >= fewest_sums && out[2] >= smallest_width;
}

StepPointer make_conv_lanes_rows(StepData data) {
  const ToomRows sizes = sizes_of(data);
  return std::make_unique<ConvLanesRowsStep>(sizes, std::move(data));
}

}  // namespace nn::cpu
