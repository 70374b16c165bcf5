// SPDX-License-Identifier: MIT
// Element-wise layers: each is a name of formula/maps.h and at most one constant. To add one: its formula there, a line
// at the end here, and one in layers.def.
#include <cmath>

#include "base/error.h"
#include "layers/layer.h"

namespace nn {
namespace {

struct Constant {
  const char* name = nullptr;  ///< of the option; none: the function has no constant
  double value = 0;
  const char* help = "";
  double FrameworkRules::*differs = nullptr;  ///< where the frameworks' defaults differ
};

class ElementWise final : public UnaryLayer {
 public:
  ElementWise(const char* function, Constant constant) : function_(function), constant_(constant) {}
  void like(const FrameworkRules& like) override {
    if (constant_.differs) constant_.value = like.*constant_.differs;
  }
  void options(OptionSet& set) override {
    if (constant_.name) set.add(constant_.name, constant_.value, "X", constant_.help).by_place();
  }
  void check() const override {
    if (!std::isfinite(constant_.value))
      throw UsageError(std::string(constant_.name) + " must be finite, found " + value_text(constant_.value));
  }
  Shape output_shape(const Shape& x) const override { return x; }
  ValueId lower(Lowering& to, ValueId x) const override {
    return to.op(Map{function_, constant_.value}, {x}, to.shape(x));
  }

 private:
  const char* function_;
  Constant constant_;
};

}  // namespace

#define ELEMENT_WISE(name, summary, example, ...)                                                 \
  extern const LayerType name##_layer;                                                            \
  const LayerType name##_layer {                                                                  \
#name, summary, [] { return std::unique_ptr<Layer>(new ElementWise(#name, __VA_ARGS__)); }, { \
      {#name, {7}}, {                                                                             \
        example, { 2, 3, 4 }                                                                      \
      }                                                                                           \
    }                                                                                             \
  }
ELEMENT_WISE(relu, "max(x, 0)", "relu", Constant{});
ELEMENT_WISE(relu6, "min(max(x, 0), 6)", "relu6", Constant{});
ELEMENT_WISE(leaky_relu, "x above 0, slope * x below", "leaky_relu:0.2",
             Constant{"slope", 0.01, "slope below 0 (Keras: 0.3)", &FrameworkRules::leaky_slope});
ELEMENT_WISE(elu, "x above 0, alpha (exp(x) - 1) below", "elu:0.5", Constant{"alpha", 1, "minus the limit below 0"});
ELEMENT_WISE(selu, "self-normalizing elu", "selu", Constant{});
ELEMENT_WISE(gelu, "x Phi(x), exact", "gelu", Constant{});
ELEMENT_WISE(silu, "x sigmoid(x), also called swish", "silu", Constant{});
ELEMENT_WISE(hard_swish, "x relu6(x + 3) / 6", "hard_swish", Constant{});
ELEMENT_WISE(mish, "x tanh(softplus(x))", "mish", Constant{});
ELEMENT_WISE(softplus, "log(1 + exp(x))", "softplus", Constant{});
ELEMENT_WISE(sigmoid, "1 / (1 + exp(-x))", "sigmoid", Constant{});
ELEMENT_WISE(hard_sigmoid, "relu6(x + 3) / 6", "hard_sigmoid", Constant{});
ELEMENT_WISE(tanh, "hyperbolic tangent", "tanh", Constant{});
#undef ELEMENT_WISE

}  // namespace nn
