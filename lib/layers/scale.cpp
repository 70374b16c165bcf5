// SPDX-License-Identifier: MIT
// scale: a trained factor and shift per channel. The LayerScale of timm and KerasHub is a factor alone.
#include <cmath>

#include "base/error.h"
#include "layers/layer.h"

namespace nn {
namespace {

class ScaleLayer final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    set.add("weight", weight_, "X", "factor before training").by_place().called("init_values");
    set.flag("bias", bias_, "add a shift, 0 before training; bias=false: none").called("(never)");
  }
  void check() const override {
    if (!std::isfinite(weight_)) throw UsageError("weight must be finite, found " + value_text(weight_));
  }
  Shape output_shape(const Shape& x) const override { return x; }
  ValueId lower(Lowering& to, ValueId x) const override {
    const Shape& in = to.shape(x);
    const size_t axis = in.rank() == 2 ? 1 : 0;
    Param p;
    p.shape = {in[axis]};
    p.name = "weight";
    p.init = p.default_init = "constant,value=" + value_text(weight_);
    std::vector<ParamId> params{to.param(p)};
    p.name = "bias";
    p.init = p.default_init = "zeros";
    if (bias_) params.push_back(to.param(p));
    return to.op(Scale{static_cast<int64_t>(axis)}, {x}, in, std::move(params));
  }

 private:
  double weight_ = 1;
  bool bias_ = true;
};

}  // namespace

extern const LayerType scale_layer;
const LayerType scale_layer{"scale",
                            "a trained factor and shift per channel; of a flat sample per value, of rows per column",
                            [] { return std::unique_ptr<Layer>(new ScaleLayer); },
                            {{"scale", {5}}, {"scale:0.5", {3, 2, 4}}, {"scale:bias=false", {3, 4}}},
                            {"LayerScale", "LayerScale", "", "layer_scale affine"}};

}  // namespace nn
