// SPDX-License-Identifier: MIT
// slice:BEGIN,END: some of the channels, so that a branch works on a part of them (ShuffleNetV2, Ma et al. 2018).
#include "base/error.h"
#include "layers/axis.h"
#include "layers/layer.h"

namespace nn {
namespace {

class SliceLayer final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    set.add("begin", begin_, "N", "first channel that is taken, counted from 0; of rows, column")
        .by_place()
        .must()
        .called("pytorch", "start")
        .called("keras", "start");
    set.add("end", end_, "N", "first channel behind them")
        .by_place()
        .must()
        .called("pytorch", "end")
        .called("keras", "stop");
  }
  void check() const override {
    if (begin_ < 0) throw UsageError("begin must be at least 0, found " + value_text(begin_));
    if (end_ <= begin_)
      throw UsageError("end must be above begin, found " + value_text(begin_) + " and " + value_text(end_));
  }
  Shape output_shape(const Shape& x) const override {
    const size_t axis = channels_of(x);
    if (end_ > x[axis])
      throw Error("expected at least " + value_text(end_) + (axis == 0 ? " channels" : " columns") + ", found " +
                  x.text());
    Shape part = x;
    part[axis] = end_ - begin_;
    return part;
  }
  ValueId lower(Lowering& to, ValueId x) const override {
    const Shape& in = to.shape(x);
    return to.op(Slice{begin_, end_, static_cast<int64_t>(channels_of(in))}, {x}, output_shape(in));
  }

 private:
  int64_t begin_ = 0, end_ = 0;
};

}  // namespace

extern const LayerType slice_layer;
const LayerType slice_layer{
    "slice",
    "some of the channels; of rows, some of the columns",
    [] { return std::unique_ptr<Layer>(new SliceLayer); },
    {{"slice:0,2", {5, 2, 3}}, {"slice:2,5", {5, 2, 2}}, {"slice:1,3", {4}}, {"slice:1,3", {2, 4}}},
    {"narrow", "ops.slice", "", "split chunk tensor_split"}};

}  // namespace nn
