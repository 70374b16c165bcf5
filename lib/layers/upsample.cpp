// SPDX-License-Identifier: MIT
// upsample:FACTOR: each pixel copied FACTOR times along height and width, or values between the centres of the pixels.
// PyTorch (align_corners=False) and Keras (half pixel centers) agree.
#include "base/error.h"
#include "layers/layer.h"
#include "layers/window.h"

namespace nn {
namespace {

constexpr int64_t largest_factor = 1024;

class UpsampleLayer final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    set.add("factor", factor_, "K|HxW", "rows and columns that a pixel becomes")
        .by_place()
        .must()
        .called("pytorch", "scale_factor")
        .called("keras", "size");
    set.flag("bilinear", bilinear_, "values between the centres of the pixels; otherwise copies of the nearest")
        .called("pytorch", "mode")
        .called("keras", "interpolation");
  }
  void check() const override {
    for (const int64_t n : {factor_.h, factor_.w})
      if (n < 1 || n > largest_factor)
        throw UsageError("factor must lie between 1 and " + value_text(largest_factor) + ", found " +
                         value_text(factor_));
  }
  Shape output_shape(const Shape& x) const override {
    check_image(x);
    const Shape out{x[0], x[1] * factor_.h, x[2] * factor_.w};
    out.count();
    return out;
  }
  ValueId lower(Lowering& to, ValueId x) const override {
    return to.op(Upsample{factor_.h, factor_.w, bilinear_}, {x}, output_shape(to.shape(x)));
  }

 private:
  Extent factor_;
  bool bilinear_ = false;
};

}  // namespace

extern const LayerType upsample_layer;
const LayerType upsample_layer{"upsample",
                               "a larger image: copies of the pixels, or values between them",
                               [] { return std::unique_ptr<Layer>(new UpsampleLayer); },
                               {{"upsample:2", {2, 2, 3}}, {"upsample:3x2,bilinear", {2, 3, 2}}},
                               {"Upsample", "UpSampling2D", "", "interpolate resize unpool"}};

}  // namespace nn
