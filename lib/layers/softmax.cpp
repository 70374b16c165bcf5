// SPDX-License-Identifier: MIT
// softmax over the classes: the values of a flat sample, or the channels of an image.
#include "base/error.h"
#include "layers/layer.h"

namespace nn {
namespace {

class SoftmaxLayer final : public UnaryLayer {
 public:
  Shape output_shape(const Shape& x) const override {
    if (x.rank() != 1 && x.rank() != 3) throw Error("expected a flat sample or an image, found " + x.text());
    return x;
  }
  ValueId lower(Lowering& to, ValueId x) const override { return to.op(Softmax{}, {x}, to.shape(x)); }
};

}  // namespace

extern const LayerType softmax_layer;
const LayerType softmax_layer{"softmax",
                              "exp(x) / sum exp(x); the loss cross_entropy contains it",
                              [] { return std::unique_ptr<Layer>(new SoftmaxLayer); },
                              {{"softmax", {5}}, {"softmax", {3, 2, 2}}},
                              {"Softmax(dim=1)", "Softmax"}};

}  // namespace nn
