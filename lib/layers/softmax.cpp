// SPDX-License-Identifier: MIT
// softmax over the classes: the values of a flat sample, or the channels of an image; or along another axis.
#include "base/error.h"
#include "layers/axis.h"
#include "layers/layer.h"

namespace nn {
namespace {

class SoftmaxLayer final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    set.add("axis", axis_, "channel|N",
            "axis of a sample that is summed over: channel, of a flat sample its values; or a number from 0, or from "
            "the end with -1")
        .called("pytorch", "dim")
        .called("keras", "axis");
  }
  void check() const override { check_axis(axis_); }
  Shape output_shape(const Shape& x) const override {
    axis(x);
    return x;
  }
  ValueId lower(Lowering& to, ValueId x) const override { return to.op(Softmax{axis(to.shape(x))}, {x}, to.shape(x)); }

 private:
  int64_t axis(const Shape& x) const {
    if (axis_ != channel_axis) return axis_of(axis_, x);
    if (x.rank() != 1 && x.rank() != 3)
      throw Error("expected a flat sample or an image, found " + x.text() + ": say along which axis, as axis=-1");
    return 0;
  }
  std::string axis_ = channel_axis;
};

}  // namespace

extern const LayerType softmax_layer;
const LayerType softmax_layer{
    "softmax",
    "exp(x) / sum exp(x); the loss cross_entropy contains it",
    [] { return std::unique_ptr<Layer>(new SoftmaxLayer); },
    {{"softmax", {5}}, {"softmax", {3, 2, 2}}, {"softmax:axis=-1", {2, 4}}, {"softmax:axis=1", {2, 3, 2}}},
    {"Softmax(dim=1)", "Softmax"}};

}  // namespace nn
