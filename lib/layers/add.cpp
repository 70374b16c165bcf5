// SPDX-License-Identifier: MIT
// res( A | B ) and add:NAME: the sum of values of one shape. He, Zhang, Ren, Sun 2016, Deep Residual Learning for Image
// Recognition.
#include <limits>

#include "layers/joint.h"

namespace nn {
namespace {

class Sum : public Layer {
 public:
  static constexpr const char* names_help = "earlier layers whose outputs are added";
  Shape output_shape(std::span<const Shape> x) const override {
    check_joined(x, std::numeric_limits<size_t>::max());
    for (const Shape& other : x)
      if (other != x[0]) throw Error("values of one shape can be added, found " + x[0].text() + " and " + other.text());
    return x[0];
  }
  ValueId lower(Lowering& to, std::span<const ValueId> x) const override {
    ValueId sum = x[0];
    for (const ValueId next : x.subspan(1)) sum = to.op(Add{}, {sum, next}, to.shape(sum));
    return sum;
  }
};

}  // namespace

extern const LayerType res_layer, add_layer;
const LayerType res_layer{"res",
                          "the sum of its branches",
                          &make_layer<Sum>,
                          {{"res", {2, 3, 4}, {{2, 3, 4}}}, {"res", {5}, {{5}, {5}}}},
                          {"add", "Add", "", "residual residual_block resblock skip shortcut"},
                          Takes::bracket,
                          Alone::input_behind};
const LayerType add_layer{"add",
                          "the sum of the value before it and the outputs of other layers",
                          &make_layer<NamedJoint<Sum>>,
                          {{"add:relu1", {2, 3, 4}, {{2, 3, 4}}}, {"add:relu1,conv2", {3, 4}, {{3, 4}, {3, 4}}}},
                          {"add", "Add", "", "sum plus"},
                          Takes::named};

}  // namespace nn
