// SPDX-License-Identifier: MIT
// hard_tanh: x between two limits, else the limit.
#include <cmath>

#include "base/error.h"
#include "layers/layer.h"

namespace nn {
namespace {

class HardTanh final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    set.add("min", min_, "X", "lower limit")
        .by_place()
        .called("pytorch", "min_val")
        .lacks("keras", "the limit as given");
    set.add("max", max_, "X", "upper limit")
        .by_place()
        .called("pytorch", "max_val")
        .lacks("keras", "the limit as given");
    set.flag("flat-at-limits", flat_at_limits_,
             "the derivative at the limits is 0 (PyTorch); otherwise 1 (Keras on TensorFlow and JAX)")
        .in("keras", "false")
        .in("keras-torch", "true")
        .named_rule("hard_tanh_flat");
  }
  void check() const override {
    if (!(std::isfinite(min_) && std::isfinite(max_) && min_ < max_))
      throw UsageError("min must be below max, both finite, found " + value_text(min_) + " and " + value_text(max_));
  }
  Shape output_shape(const Shape& x) const override { return x; }
  ValueId lower(Lowering& to, ValueId x) const override {
    return to.op(Map{"hard_tanh", {min_, max_, flat_at_limits_ ? 0.0 : 1.0}}, {x}, to.shape(x));
  }

 private:
  double min_ = -1, max_ = 1;
  bool flat_at_limits_ = true;
};

}  // namespace

extern const LayerType hard_tanh_layer;
const LayerType hard_tanh_layer{"hard_tanh",
                                "min(max(x, -1), 1), or between other limits",
                                [] { return std::unique_ptr<Layer>(new HardTanh); },
                                {{"hard_tanh", {7}}, {"hard_tanh:-0.5,0.25,flat-at-limits=false", {2, 3, 4}}},
                                {"Hardtanh", "activations.hard_tanh"}};

}  // namespace nn
