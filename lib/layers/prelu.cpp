// SPDX-License-Identifier: MIT
// prelu: x above 0, a trained slope times x below. PyTorch has one slope, or one per channel; Keras one per element, in
// the order height, width, channel of its samples, which here lie channel by channel as the samples do.
#include <cmath>

#include "base/error.h"
#include "layers/layer.h"

namespace nn {
namespace {

class PReluLayer final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    set.add("per", per_, "WHAT",
            "one slope per layer, per channel (of a flat sample: per value) or per element; Keras: with shared_axes of "
            "all axes, of height and width, or without")
        .by_place()
        .one_of({"layer", "channel", "element"})
        .in("keras", "element")
        .named_rule("prelu_per")
        .called("pytorch", "num_parameters")
        .called("keras", "shared_axes");
    set.add("slope", slope_, "X", "slope below 0 before training")
        .by_place()
        .in("keras", "0")
        .named_rule("prelu_slope")
        .called("pytorch", "init")
        .called("keras", "alpha_initializer");
    set.flag("flat-at-zero", flat_at_zero_, "the derivative at 0 is 0 (Keras); otherwise the slope (PyTorch)")
        .in("keras", "true")
        .named_rule("prelu_flat_at_zero");
  }
  void check() const override {
    if (!std::isfinite(slope_)) throw UsageError("slope must be finite, found " + value_text(slope_));
  }
  Shape output_shape(const Shape& x) const override { return x; }
  std::string refusal(const FrameworkRules& like, const Shape& x, int64_t) const override {
    if (like.framework != Framework::pytorch || per_ != "element" || x.rank() == 1) return "";
    return "a slope per element of " + x.text() + ", it has one per channel";
  }
  ValueId lower(Lowering& to, ValueId x) const override {
    const Shape& in = to.shape(x);
    const auto axes = static_cast<int64_t>(per_ == "layer" ? 0 : per_ == "channel" ? 1 : in.rank());
    Param weight;
    weight.name = "weight";
    weight.shape = axes == 0 ? Shape{1} : Shape(std::vector<int64_t>(in.begin(), in.begin() + axes));
    weight.init = weight.default_init = "constant,value=" + value_text(slope_);
    return to.op(PRelu{axes, flat_at_zero_}, {x}, in, {to.param(weight)});
  }

 private:
  std::string per_ = "layer";
  double slope_ = 0.25;
  bool flat_at_zero_ = false;
};

}  // namespace

extern const LayerType prelu_layer;
const LayerType prelu_layer{
    "prelu",
    "x above 0, slope * x below, with trained slopes",
    [] { return std::unique_ptr<Layer>(new PReluLayer); },
    {{"prelu", {5}}, {"prelu:channel,0.1", {3, 2, 4}}, {"prelu:element,flat-at-zero", {2, 3, 2}}},
    {"PReLU", "PReLU", "", "parametric_relu"}};

}  // namespace nn
