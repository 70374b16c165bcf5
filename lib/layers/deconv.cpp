// SPDX-License-Identifier: MIT
// deconv:CHANNELS,KERNEL: transposed convolution, weight {in, out/groups, kh, kw}. Its fan in is out/groups * kh * kw
// in both frameworks: they take the axis that is the input of a convolution.
#include <algorithm>
#include <optional>

#include "base/error.h"
#include "layers/weights.h"
#include "layers/window.h"

namespace nn {
namespace {

constexpr int64_t largest_padding = 1 << 20;

class TransposedConvolution final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    set.add("channels", channels_, "N", "number of output channels")
        .by_place()
        .must()
        .called("pytorch", "out_channels")
        .called("keras", "filters");
    set.add("kernel", window_.kernel, "K|HxW", "size of the window").by_place().must().called("kernel_size");
    set.add("stride", window_.stride, "K|HxW", "distance of the windows of neighbouring cells")
        .called("pytorch", "stride")
        .called("keras", "strides");
    set.add("pad", window_.pad, "K|HxW|T:B:L:R", "rows and columns cut off at each side, or as T:B:L:R")
        .called("pytorch", "padding")
        .called("keras", "Cropping2D");
    set.add("out-pad", more_, "K|HxW", "further rows at the bottom and columns at the right").called("output_padding");
    set.flag("same", window_.same, "cut to stride times height and width")
        .lacks("pytorch", "the size of Keras")
        .called("keras", "padding");
    set.flag("whole-strides", whole_strides_,
             "without same and out-pad: at least stride times height and width, where the window is smaller than the "
             "stride (Keras)")
        .in("keras", "true")
        .named_rule("deconv_whole_strides");
    set.add("groups", groups_, "N", "channels are divided into N independent groups")
        .called("pytorch", "groups")
        .lacks("keras", "the groups as given");
    set.add("dilation", window_.dilation, "K|HxW", "distance of neighbouring cells of the window")
        .called("pytorch", "dilation")
        .called("keras", "dilation_rate");
    weights_.declare(set);
  }
  void check() const override {
    check_groups(channels_, groups_);
    check_window(window_);
    if (std::min(more().h, more().w) < 0 || std::max(more().h, more().w) > largest_padding)
      throw UsageError("out-pad must lie between 0 and " + value_text(largest_padding) + ", found " +
                       value_text(more()));
    if (more_ && window_.same) throw UsageError("'same' chooses the size itself: leave out out-pad or same");
    weights_.check();
  }
  Shape output_shape(const Shape& x) const override {
    const Deconv op = op_on(x);
    const Shape out{channels_, size(x[1], op.kernel_h, op.stride_h, op.dilation_h) - op.pad_top - op.pad_bottom,
                    size(x[2], op.kernel_w, op.stride_w, op.dilation_w) - op.pad_left - op.pad_right};
    if (out[1] < 1 || out[2] < 1)
      throw Error("nothing of " + x.text() + " is left where " + value_text(window_.pad) +
                  " is cut off at the sides: give less padding or a larger kernel");
    out.count();
    return out;
  }
  std::string refusal(const FrameworkRules& like, const Shape&, int64_t) const override {
    const auto beyond = [&](int64_t more, int64_t stride, int64_t dilation) {
      return more >= std::max(stride, dilation);
    };
    if (like.framework == Framework::pytorch) {
      if (window_.pad.one_sided()) return "a transposed convolution that is cut unevenly";
      if (beyond(more().h, window_.stride.h, window_.dilation.h) ||
          beyond(more().w, window_.stride.w, window_.dilation.w))
        return "out-pad that is not below the stride or the dilation";
    }
    if (like.dilation_needs_unit_stride && window_.stride != Extent{1, 1} && window_.dilation != Extent{1, 1})
      return "dilation together with another stride than 1";
    return "";
  }
  ValueId lower(Lowering& to, ValueId x) const override {
    const Shape in = to.shape(x);
    const Deconv op = op_on(in);
    const Shape weight{in[0], channels_ / groups_, op.kernel_h, op.kernel_w};
    weight.count();
    const int64_t field = op.kernel_h * op.kernel_w;
    auto params = weights_.params(to, weight, weight[1] * field, weight[0] * field, {}, channels_);
    return to.op(op, {x}, output_shape(in), std::move(params));
  }

 private:
  static int64_t size(int64_t n, int64_t kernel, int64_t stride, int64_t dilation) {
    return (n - 1) * stride + reach(kernel, dilation);
  }
  Extent more() const { return more_.value_or(Extent{}); }

  /// What is cut off before and behind along one axis; behind it may be below 0.
  void cut(int64_t kernel, int64_t stride, int64_t dilation, int64_t more, int64_t& before, int64_t& behind) const {
    const int64_t beyond = reach(kernel, dilation) - stride;  // what a window has more than a stride
    if (window_.same) {
      before = std::max<int64_t>(beyond, 0) / 2;
      behind = beyond - before;
    } else if (more_) {
      behind -= more;
    } else if (whole_strides_ && !window_.pad) {
      behind = std::min<int64_t>(beyond, 0);
    }
  }
  Deconv op_on(const Shape& x) const {
    check_image(x);
    check_divided(x, groups_);
    const Extent &kernel = window_.kernel, &stride = window_.stride, &dilation = window_.dilation;
    Padding p = window_.pad;
    cut(kernel.h, stride.h, dilation.h, more().h, p.top, p.bottom);
    cut(kernel.w, stride.w, dilation.w, more().w, p.left, p.right);
    return {x[0],   channels_, kernel.h, kernel.w, stride.h,   stride.w,  p.top,
            p.left, p.bottom,  p.right,  groups_,  dilation.h, dilation.w};
  }

  int64_t channels_ = 0, groups_ = 1;
  WindowRule window_;
  std::optional<Extent> more_;
  bool whole_strides_ = false;
  WeightOptions weights_;
};

}  // namespace

extern const LayerType deconv_layer;
const LayerType deconv_layer{
    "deconv",
    "transposed convolution: each pixel adds a window to a larger image",
    [] { return std::unique_ptr<Layer>(new TransposedConvolution); },
    {{"deconv:3,3", {2, 2, 3}},
     {"deconv:2,4x3,stride=2,pad=1", {3, 3, 2}},
     {"deconv:2,3,stride=2,pad=1:0:0:1,out-pad=1", {1, 2, 3}},
     {"deconv:2,3,stride=2,same,bias=false", {2, 3, 2}},
     {"deconv:2,2,stride=3,whole-strides", {1, 2, 2}},
     {"deconv:4,2,groups=2,dilation=2x1,init=he_normal", {4, 2, 3}}},
    {"ConvTranspose2d", "Conv2DTranspose", "", "deconvolution transposed_convolution conv_transpose convtranspose"}};

}  // namespace nn
