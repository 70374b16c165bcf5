// SPDX-License-Identifier: MIT
// clip:LO,HI: x between two limits, else the limit. Run: torch 2.15's clamp has the derivative 0 at its limits, Keras
// on TensorFlow 1, Keras on JAX and on torch, where clip is a maximum of a minimum, 1/2.
#include <cmath>

#include "base/error.h"
#include "layers/layer.h"

namespace nn {
namespace {

class Clip final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    set.add("min", min_, "LO", "lower limit").by_place().must().called("pytorch", "min").called("keras", "x_min");
    set.add("max", max_, "HI", "upper limit").by_place().must().called("pytorch", "max").called("keras", "x_max");
    set.add("slope-at-limits", slope_, "X", "the derivative at the limits")
        .between(0, 1)
        .in("keras", "1")
        .in("keras-jax", "0.5")
        .in("keras-torch", "0.5")
        .named_rule("clip_slope");
  }
  void check() const override {
    if (!(std::isfinite(min_) && std::isfinite(max_) && min_ < max_))
      throw UsageError("min must be below max, both finite, found " + value_text(min_) + " and " + value_text(max_));
  }
  Shape output_shape(const Shape& x) const override { return x; }
  ValueId lower(Lowering& to, ValueId x) const override {
    return to.op(Map{"hard_tanh", {min_, max_, slope_}}, {x}, to.shape(x));
  }

 private:
  double min_ = 0, max_ = 0, slope_ = 0;
};

}  // namespace

extern const LayerType clip_layer;
const LayerType clip_layer{"clip",
                           "min(max(x, LO), HI)",
                           [] { return std::unique_ptr<Layer>(new Clip); },
                           {{"clip:-0.5,1", {7}}, {"clip:0,6,slope-at-limits=0.5", {2, 3, 4}}},
                           {"clamp", "ops.clip", "", "clip_by_value"}};

}  // namespace nn
