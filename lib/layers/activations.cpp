// SPDX-License-Identifier: MIT
// Element-wise layers: each is a name of formula/maps.h and at most one constant. To add one: its formula there, a line
// at the end here, and one in layers.def. With more constants it is a file of its own, as hard_tanh.cpp.
#include <cmath>

#include "base/error.h"
#include "layers/layer.h"

namespace nn {
namespace {

struct FunctionConstant {
  const char* name = nullptr;  ///< of the option; none: the function has no constant
  double value = 0;
  const char* help = "";
  const char* called = "";                  ///< in both frameworks
  const char *keras = nullptr, *rule = "";  ///< default of Keras, where it is another, and the name of that rule
};

class ElementWise final : public UnaryLayer {
 public:
  ElementWise(const char* function, FunctionConstant constant) : function_(function), constant_(constant) {}
  void options(OptionSet& set) override {
    if (!constant_.name) return;
    Option& option = set.add(constant_.name, constant_.value, "X", constant_.help).by_place().called(constant_.called);
    if (constant_.keras) option.in("keras", constant_.keras).named_rule(constant_.rule);
  }
  void check() const override {
    if (!std::isfinite(constant_.value))
      throw UsageError(std::string(constant_.name) + " must be finite, found " + value_text(constant_.value));
  }
  Shape output_shape(const Shape& x) const override { return x; }
  ValueId lower(Lowering& to, ValueId x) const override {
    std::vector<double> constants;
    if (constant_.name) constants.push_back(constant_.value);
    return to.op(Map{function_, std::move(constants)}, {x}, to.shape(x));
  }

 private:
  const char* function_;
  FunctionConstant constant_;
};

}  // namespace

#define ELEMENT_WISE(name, summary, example, known_as, ...)                                                           \
  extern const LayerType name##_layer;                                                                                \
  const LayerType name##_layer {                                                                                      \
#name, summary, [] { return std::unique_ptr<Layer>(new ElementWise(#name, __VA_ARGS__)); }, {{#name, {7 } },      \
                                                                                                  {example, {2, 3,    \
                                                                                                             4 } } }, \
                                                                                                   known_as           \
  }
ELEMENT_WISE(relu, "max(x, 0)", "relu", (KnownAs{"ReLU", "ReLU"}), FunctionConstant{});
ELEMENT_WISE(relu6, "min(max(x, 0), 6)", "relu6", (KnownAs{"ReLU6", "activations.relu6"}), FunctionConstant{});
ELEMENT_WISE(leaky_relu, "x above 0, slope * x below", "leaky_relu:0.2",
             (KnownAs{"LeakyReLU", "LeakyReLU", "", "lrelu"}),
             FunctionConstant{"slope", 0.01, "slope below 0", "negative_slope", "0.3", "leaky_slope"});
ELEMENT_WISE(elu, "x above 0, alpha (exp(x) - 1) below", "elu:0.5", (KnownAs{"ELU", "ELU"}),
             FunctionConstant{"alpha", 1, "minus the limit below 0", "alpha"});
ELEMENT_WISE(selu, "self-normalizing elu", "selu", (KnownAs{"SELU", "activations.selu"}), FunctionConstant{});
ELEMENT_WISE(gelu, "x Phi(x), exact", "gelu", (KnownAs{"GELU", "activations.gelu"}), FunctionConstant{});
ELEMENT_WISE(silu, "x sigmoid(x), also called swish", "silu", (KnownAs{"SiLU", "activations.silu", "", "swish"}),
             FunctionConstant{});
ELEMENT_WISE(hard_swish, "x relu6(x + 3) / 6", "hard_swish",
             (KnownAs{"Hardswish", "activations.hard_swish", "", "hswish"}), FunctionConstant{});
ELEMENT_WISE(mish, "x tanh(softplus(x))", "mish", (KnownAs{"Mish", "activations.mish"}), FunctionConstant{});
ELEMENT_WISE(softplus, "log(1 + exp(x))", "softplus", (KnownAs{"Softplus", "activations.softplus"}),
             FunctionConstant{});
ELEMENT_WISE(sigmoid, "1 / (1 + exp(-x))", "sigmoid", (KnownAs{"Sigmoid", "activations.sigmoid", "", "logistic"}),
             FunctionConstant{});
ELEMENT_WISE(hard_sigmoid, "relu6(x + 3) / 6", "hard_sigmoid", (KnownAs{"Hardsigmoid", "activations.hard_sigmoid"}),
             FunctionConstant{});
ELEMENT_WISE(tanh, "hyperbolic tangent", "tanh", (KnownAs{"Tanh", "activations.tanh"}), FunctionConstant{});
#undef ELEMENT_WISE

}  // namespace nn
