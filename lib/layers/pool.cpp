// SPDX-License-Identifier: MIT
// maxpool:KERNEL, avgpool:KERNEL, globalavgpool.
#include <algorithm>

#include "base/error.h"
#include "layers/layer.h"
#include "layers/window.h"

namespace nn {
namespace {

template <Pool::Kind kind>
class Pooling final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    set.add("kernel", kernel_, "K|HxW", "size of the window")
        .by_place()
        .must()
        .called("pytorch", "kernel_size")
        .called("keras", "pool_size");
    set.add("stride", stride_, "K|HxW", "step of the window; 0: the size of the window")
        .by_place()
        .called("pytorch", "stride")
        .called("keras", "strides");
    set.add("pad", pad_, "K|HxW", "cells added at each side, at most half the window")
        .called("pytorch", "padding")
        .called("keras", "ZeroPadding2D");
    set.flag("same", same_, "pad so that every cell is in a window")
        .called("pytorch", "ceil_mode")
        .called("keras", "padding");
    if (kind == Pool::Kind::average)
      set.flag("count-pad", count_pad_, "divide by the whole window at the borders (PyTorch); never with same")
          .called("pytorch", "count_include_pad")
          .called("keras", "(never)");
  }
  void check() const override {
    if ((stride_.h == 0) != (stride_.w == 0))
      throw UsageError("stride must be at least 1, found " + value_text(stride_));
    check_window(kernel_, step(), pad_, same_);
    if (pad_.h * 2 > kernel_.h || pad_.w * 2 > kernel_.w)
      throw UsageError("pad must be at most half of the window " + value_text(kernel_) + ", found " + value_text(pad_));
  }
  Shape output_shape(const Shape& x) const override {
    const Window w = place_window(x, kernel_, step(), pad_, same_);
    return {x[0], w.out_h, w.out_w};
  }
  std::string refusal(const FrameworkRules& like, const Shape& x, int64_t) const override {
    const Window w = place_window(x, kernel_, step(), pad_, same_);
    if (like.pools_pad_as_same && (pad_.h || pad_.w)) {
      const Window s = place_window(x, kernel_, step(), {}, true);
      const bool as_same = s.top == w.top && s.left == w.left && s.out_h == w.out_h && s.out_w == w.out_w;
      if (!as_same || (kind == Pool::Kind::average && count_pad_))
        return "pooling padded by other cells than 'same' adds and leaves out; padded as PyTorch does";
    }
    // ceil_mode gives what 'same' adds at the bottom and right alone.
    const bool uneven = (w.top && w.top != w.bottom) || (w.left && w.left != w.right) || (w.top == 0) != (w.left == 0);
    if (like.same_needs_unit_stride && same_ && uneven) return "pooling padded unevenly; padded as TensorFlow does";
    return "";
  }
  ValueId lower(Lowering& to, ValueId x) const override {
    const Shape in = to.shape(x);
    const Window w = place_window(in, kernel_, step(), pad_, same_);
    return to.op(
        Pool{kind, kernel_.h, kernel_.w, step().h, step().w, w.top, w.left, w.bottom, w.right, count_pad_ && !same_},
        {x}, {in[0], w.out_h, w.out_w});
  }

 private:
  Extent step() const { return stride_.h == 0 ? kernel_ : stride_; }

  Extent kernel_, stride_, pad_;
  bool same_ = false, count_pad_ = kind == Pool::Kind::average;
};

class GlobalAverage final : public UnaryLayer {
 public:
  Shape output_shape(const Shape& x) const override {
    if (x.rank() != 3) throw Error("expected an image (channels x height x width), found " + x.text());
    return {x[0]};
  }
  ValueId lower(Lowering& to, ValueId x) const override {
    const Shape in = to.shape(x);
    const ValueId mean =
        to.op(Pool{Pool::Kind::average, in[1], in[2], in[1], in[2], 0, 0, 0, 0, true}, {x}, {in[0], 1, 1});
    return to.op(Reshape{}, {mean}, {in[0]});
  }
};

}  // namespace

extern const LayerType maxpool_layer, avgpool_layer, globalavgpool_layer;
const LayerType maxpool_layer{"maxpool",
                              "largest value of each window",
                              [] { return std::unique_ptr<Layer>(new Pooling<Pool::Kind::max>); },
                              {{"maxpool:2", {2, 4, 6}},
                               {"maxpool:3,2", {1, 7, 6}},
                               {"maxpool:3,stride=2,pad=1", {2, 5, 5}},
                               {"maxpool:2x3,same", {1, 5, 5}}},
                              {"MaxPool2d", "MaxPooling2D", "", "max_pooling pool pooling"}};
const LayerType avgpool_layer{"avgpool",
                              "mean of each window",
                              [] { return std::unique_ptr<Layer>(new Pooling<Pool::Kind::average>); },
                              {{"avgpool:2", {2, 4, 6}},
                               {"avgpool:3,2,pad=1", {1, 5, 6}},
                               {"avgpool:3,1,pad=1,count-pad=false", {1, 4, 4}},
                               {"avgpool:2,same", {2, 5, 5}}},
                              {"AvgPool2d", "AveragePooling2D", "", "average_pooling average_pool avg_pooling"}};
const LayerType globalavgpool_layer{"globalavgpool",
                                    "mean over height and width: one value per channel",
                                    [] { return std::unique_ptr<Layer>(new GlobalAverage); },
                                    {{"globalavgpool", {3, 4, 5}}},
                                    {"AdaptiveAvgPool2d(1)", "GlobalAveragePooling2D", "",
                                     "gap global_average_pooling global_average_pool global_avg_pool2d "
                                     "adaptive_avg_pool"}};

}  // namespace nn
