// SPDX-License-Identifier: MIT
// maxpool:KERNEL, avgpool:KERNEL, globalavgpool, globalmaxpool.
#include <algorithm>

#include "base/error.h"
#include "layers/layer.h"
#include "layers/window.h"

namespace nn {
namespace {

/// Windows along one axis.
struct Windows {
  int64_t size, out, kernel, stride, dilation, before;
};

/// Each window holds a cell of the input: dilated ones may step over all of them.
bool holds_cells(const Windows& a) {
  for (int64_t p = 0; a.dilation > 1 && p < a.out; ++p) {
    const int64_t start = p * a.stride - a.before, tap = start >= 0 ? 0 : (a.dilation - 1 - start) / a.dilation;
    if (tap >= a.kernel || start + tap * a.dilation >= a.size) return false;
  }
  return true;
}

template <Pool::Kind kind>
class Pooling final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    set.add("kernel", window_.kernel, "K|HxW", "size of the window")
        .by_place()
        .must()
        .called("pytorch", "kernel_size")
        .called("keras", "pool_size");
    set.add("stride", stride_, "K|HxW", "step of the window; 0: the size of the window")
        .by_place()
        .called("pytorch", "stride")
        .called("keras", "strides");
    set.add("pad", window_.pad, "K|HxW|T:B:L:R",
            "cells added at each side, or as T:B:L:R at the top, bottom, left and right; at most half the window")
        .called("pytorch", "padding")
        .called("keras", "ZeroPadding2D");
    set.flag("same", window_.same, "pad so that every cell is in a window").called("padding");
    set.flag("ceil", window_.ceil,
             "the last window may stick out at the bottom and right, where it would otherwise be left out; what sticks "
             "out never counts")
        .called("pytorch", "ceil_mode")
        .lacks("keras", "the windows as given");
    if (kind == Pool::Kind::average)
      set.flag("count-pad", count_pad_, "divide by the whole window at the borders (PyTorch); never with same")
          .called("pytorch", "count_include_pad")
          .called("keras", "(never)");
    else
      set.add("dilation", window_.dilation, "K|HxW", "distance of neighbouring cells of the window")
          .called("pytorch", "dilation")
          .lacks("keras", "the dilation as given");
  }
  void check() const override {
    if ((stride_.h == 0) != (stride_.w == 0))
      throw UsageError("stride must be at least 1, found " + value_text(stride_));
    const WindowRule rule = whole();
    check_window(rule);
    const Padding& pad = rule.pad;
    const int64_t h = reach(rule.kernel.h, rule.dilation.h), w = reach(rule.kernel.w, rule.dilation.w);
    if (std::max(pad.top, pad.bottom) * 2 > h || std::max(pad.left, pad.right) * 2 > w)
      throw UsageError("pad must be at most half of the window " + value_text(Extent{h, w}) + ", found " +
                       value_text(pad));
  }
  Shape output_shape(const Shape& x) const override {
    const Window w = place_window(x, whole());
    const WindowRule rule = whole();
    if (!holds_cells({x[1], w.out_h, rule.kernel.h, rule.stride.h, rule.dilation.h, w.top}) ||
        !holds_cells({x[2], w.out_w, rule.kernel.w, rule.stride.w, rule.dilation.w, w.left}))
      throw Error("a window of dilation " + value_text(window_.dilation) + " holds nothing but padding on " + x.text() +
                  ": give less padding or a smaller dilation");
    return {x[0], w.out_h, w.out_w};
  }
  std::string refusal(const FrameworkRules& like, const Shape& x, int64_t) const override {
    WindowRule rule = whole();
    const Window w = place_window(x, rule);
    if (like.pools_pad_as_same && rule.pad) {
      rule.pad = {}, rule.same = true;
      const Window s = place_window(x, rule);
      const bool as_same = s.top == w.top && s.left == w.left && s.out_h == w.out_h && s.out_w == w.out_w;
      if (!as_same || (kind == Pool::Kind::average && count_pad_))
        return "pooling padded by other cells than 'same' adds and leaves out; padded as PyTorch does";
    }
    if (like.same_needs_unit_stride && window_.pad.one_sided()) return "pooling padded unevenly";
    // ceil_mode gives what 'same' adds at the bottom and right alone.
    const bool uneven = (w.top && w.top != w.bottom) || (w.left && w.left != w.right) || (w.top == 0) != (w.left == 0);
    if (like.same_needs_unit_stride && window_.same && uneven)
      return "pooling padded unevenly; padded as TensorFlow does";
    return "";
  }
  ValueId lower(Lowering& to, ValueId x) const override {
    const Shape in = to.shape(x);
    const WindowRule rule = whole();
    const Window w = place_window(in, rule);
    return to.op(
        Pool{kind, rule.kernel.h, rule.kernel.w, rule.stride.h, rule.stride.w, w.top, w.left, w.bottom, w.right,
             count_pad_ && !rule.same, rule.dilation.h, rule.dilation.w, false, w.beyond_h, w.beyond_w},
        {x}, {in[0], w.out_h, w.out_w});
  }

 private:
  WindowRule whole() const {
    WindowRule rule = window_;
    rule.stride = stride_.h == 0 ? rule.kernel : stride_;
    return rule;
  }

  WindowRule window_;
  Extent stride_;  // 0: the size of the window
  bool count_pad_ = kind == Pool::Kind::average;
};

template <Pool::Kind kind>
class GlobalPooling final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    if (kind == Pool::Kind::max)
      set.flag("share-ties", share_ties_,
               "equal maxima share the gradient (Keras); otherwise the first has it (PyTorch)")
          .in("keras", "true")
          .named_rule("globalmaxpool_share_ties");
  }
  Shape output_shape(const Shape& x) const override {
    check_image(x);
    return {x[0]};
  }
  ValueId lower(Lowering& to, ValueId x) const override {
    const Shape in = to.shape(x);
    const Pool whole{kind, in[1], in[2], in[1], in[2], 0, 0, 0, 0, kind == Pool::Kind::average, 1, 1, share_ties_};
    return to.op(Reshape{}, {to.op(whole, {x}, {in[0], 1, 1})}, {in[0]});
  }

 private:
  bool share_ties_ = false;
};

}  // namespace

extern const LayerType maxpool_layer, avgpool_layer, globalavgpool_layer, globalmaxpool_layer;
const LayerType maxpool_layer{"maxpool",
                              "largest value of each window",
                              [] { return std::unique_ptr<Layer>(new Pooling<Pool::Kind::max>); },
                              {{"maxpool:2", {2, 4, 6}},
                               {"maxpool:3,2", {1, 7, 6}},
                               {"maxpool:3,stride=2,pad=1", {2, 5, 5}},
                               {"maxpool:2x3,same", {1, 5, 5}},
                               {"maxpool:3,2,ceil", {1, 6, 7}},
                               {"maxpool:3x2,2x1,pad=1:0:0:1", {2, 5, 4}},
                               {"maxpool:2,1,dilation=2x3,pad=1x0", {1, 5, 6}}},
                              {"MaxPool2d", "MaxPooling2D", "", "max_pooling pool pooling"}};
const LayerType avgpool_layer{"avgpool",
                              "mean of each window",
                              [] { return std::unique_ptr<Layer>(new Pooling<Pool::Kind::average>); },
                              {{"avgpool:2", {2, 4, 6}},
                               {"avgpool:3,2,pad=1", {1, 5, 6}},
                               {"avgpool:3,1,pad=1,count-pad=false", {1, 4, 4}},
                               {"avgpool:2,same", {2, 5, 5}},
                               {"avgpool:3,2,pad=1,ceil", {1, 6, 4}},
                               {"avgpool:3x1,2x1,pad=1:0:0:0", {2, 5, 3}}},
                              {"AvgPool2d", "AveragePooling2D", "", "average_pooling average_pool avg_pooling"}};
const LayerType globalavgpool_layer{"globalavgpool",
                                    "mean over height and width: one value per channel",
                                    [] { return std::unique_ptr<Layer>(new GlobalPooling<Pool::Kind::average>); },
                                    {{"globalavgpool", {3, 4, 5}}},
                                    {"AdaptiveAvgPool2d(1)", "GlobalAveragePooling2D", "",
                                     "gap global_average_pooling global_average_pool global_avg_pool2d "
                                     "adaptive_avg_pool"}};
const LayerType globalmaxpool_layer{"globalmaxpool",
                                    "maximum over height and width: one value per channel",
                                    [] { return std::unique_ptr<Layer>(new GlobalPooling<Pool::Kind::max>); },
                                    {{"globalmaxpool", {3, 4, 5}}, {"globalmaxpool:share-ties", {2, 3, 2}}},
                                    {"AdaptiveMaxPool2d(1)", "GlobalMaxPooling2D", "",
                                     "gmp global_max_pooling global_max_pool global_max_pool2d adaptive_max_pool"}};

}  // namespace nn
