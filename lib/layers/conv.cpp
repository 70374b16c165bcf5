// SPDX-License-Identifier: MIT
// conv:CHANNELS,KERNEL: cross-correlation, weight {out, in/groups, kh, kw}.
#include "base/error.h"
#include "layers/weights.h"
#include "layers/window.h"

namespace nn {
namespace {

class Convolution final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    set.add("channels", channels_, "N", "number of output channels")
        .by_place()
        .must()
        .called("pytorch", "out_channels")
        .called("keras", "filters");
    set.add("kernel", window_.kernel, "K|HxW", "size of the window").by_place().must().called("kernel_size");
    set.add("stride", window_.stride, "K|HxW", "step of the window")
        .called("pytorch", "stride")
        .called("keras", "strides");
    set.add("pad", window_.pad, "K|HxW|T:B:L:R",
            "zeros added at each side, or as T:B:L:R at the top, bottom, left and right")
        .called("pytorch", "padding, ZeroPad2d")
        .called("keras", "ZeroPadding2D");
    set.flag("same", window_.same, "pad so that stride 1 keeps height and width").called("padding");
    set.add("dilation", window_.dilation, "K|HxW", "distance of neighbouring cells of the window")
        .called("pytorch", "dilation")
        .called("keras", "dilation_rate");
    set.add("groups", groups_, "N", "channels are divided into N independent groups").called("groups");
    weights_.declare(set);
  }
  void check() const override {
    check_groups(channels_, groups_);
    check_window(window_);
    weights_.check();
  }
  Shape output_shape(const Shape& x) const override {
    const Window w = place_window(x, window_);
    check_divided(x, groups_);
    weight_shape(x).count();
    return {channels_, w.out_h, w.out_w};
  }
  std::string refusal(const FrameworkRules& like, const Shape&, int64_t) const override {
    const bool strided = window_.stride != Extent{1, 1};
    if (like.same_needs_unit_stride && window_.same && strided)
      return "'same' with another stride than 1; padded as TensorFlow does";
    if (like.dilation_needs_unit_stride && strided && window_.dilation != Extent{1, 1})
      return "dilation together with another stride than 1";
    return "";
  }
  ValueId lower(Lowering& to, ValueId x) const override {
    const Shape in = to.shape(x);
    const Window w = place_window(in, window_);
    const Shape weight = weight_shape(in);
    const Extent &kernel = window_.kernel, &stride = window_.stride, &dilation = window_.dilation;
    const int64_t field = kernel.h * kernel.w;
    auto params = weights_.params(to, weight, weight[1] * field, weight[0] * field);
    return to.op(Conv{in[0], channels_, kernel.h, kernel.w, stride.h, stride.w, w.top, w.left, w.bottom, w.right,
                      groups_, dilation.h, dilation.w},
                 {x}, {channels_, w.out_h, w.out_w}, std::move(params));
  }

 private:
  Shape weight_shape(const Shape& x) const { return {channels_, x[0] / groups_, window_.kernel.h, window_.kernel.w}; }

  int64_t channels_ = 0, groups_ = 1;
  WindowRule window_;
  WeightOptions weights_;
};

}  // namespace

extern const LayerType conv_layer;
const LayerType conv_layer{"conv",
                           "convolution over height and width",
                           [] { return std::unique_ptr<Layer>(new Convolution); },
                           {{"conv:3,3", {2, 5, 6}},
                            {"conv:4,3,same", {2, 4, 5}},
                            {"conv:2,3x2,stride=2,pad=1", {3, 6, 5}},
                            {"conv:4,3,same,groups=2,bias=false", {4, 5, 5}},
                            {"conv:3,2,same,stride=2,init=glorot_uniform", {1, 5, 4}},
                            {"conv:4,1,groups=4,l2=0.01", {4, 3, 3}},
                            {"conv:3,4x1,stride=2x1,pad=1:0:0:2", {2, 6, 3}},
                            {"conv:2,3,dilation=2x1,pad=2:2:1:0", {2, 5, 4}}},
                           {"Conv2d", "Conv2D", "", "convolution convolution2d"}};

}  // namespace nn
