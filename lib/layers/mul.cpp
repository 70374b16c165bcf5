// SPDX-License-Identifier: MIT
// gate( A ) and mul:NAME: one value times another of the same shape, or one with a value a channel or a cell. Squeeze-
// and-excitation: Hu, Shen, Sun 2018.
#include "layers/joint.h"

namespace nn {
namespace {

class Product : public Layer {
 public:
  static constexpr const char* names_help = "earlier layer whose output is the factor";
  Shape output_shape(std::span<const Shape> x) const override {
    check_joined(x, 2);
    by(x[0], x[1]);
    return x[0];
  }
  ValueId lower(Lowering& to, std::span<const ValueId> x) const override {
    return to.op(Mul{by(to.shape(x[0]), to.shape(x[1]))}, {x[0], x[1]}, to.shape(x[0]));
  }

 private:
  static Mul::By by(const Shape& x, const Shape& factor) {
    if (factor == x) return Mul::By::element;
    if (x.rank() != 3) throw Error("expected a factor of shape " + x.text() + ", found " + factor.text());
    if (factor == Shape{x[0]} || factor == Shape{x[0], 1, 1}) return Mul::By::channel;
    if (factor == Shape{1, x[1], x[2]}) return Mul::By::cell;
    throw Error("expected a factor of shape " + x.text() + ", or a value a channel (" + Shape{x[0]}.text() + " or " +
                Shape{x[0], 1, 1}.text() + ") or a cell (" + Shape{1, x[1], x[2]}.text() + "), found " + factor.text());
  }
};

}  // namespace

extern const LayerType gate_layer, mul_layer;
const LayerType gate_layer{"gate",
                           "its input times its branch; of two branches, the first times the second",
                           &make_layer<Product>,
                           {{"gate", {3, 2, 4}, {{3}}}, {"gate", {3, 2, 4}, {{1, 2, 4}}}, {"gate", {5}, {{5}}}},
                           {"mul", "Multiply", "", "squeeze_excite squeeze_excitation se se_block glu"},
                           Takes::bracket,
                           Alone::input_in_front};
const LayerType mul_layer{"mul",
                          "the value before it times the output of another layer",
                          &make_layer<NamedJoint<Product>>,
                          {{"mul:relu1", {3, 2, 4}, {{3, 2, 4}}}, {"mul:relu1", {3, 2, 4}, {{3, 1, 1}}}},
                          {"mul", "Multiply", "", "times product"},
                          Takes::named};

}  // namespace nn
