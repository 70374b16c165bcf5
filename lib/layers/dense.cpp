// SPDX-License-Identifier: MIT
// dense:UNITS, y = W x + b.
#include "base/error.h"
#include "layers/weights.h"

namespace nn {
namespace {

class Dense final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    set.add("units", units_, "N", "number of outputs")
        .by_place()
        .must()
        .called("pytorch", "out_features")
        .called("keras", "units");
    weights_.declare(set);
  }
  void check() const override {
    if (units_ < 1) throw UsageError("units must be at least 1, found " + value_text(units_));
    weights_.check();
  }
  Shape output_shape(const Shape& x) const override {
    if (x.rank() != 1)
      throw Error("expected a flat sample, found " + x.text() + ": put 'flatten' or 'globalavgpool' before it");
    Shape{units_, x[0]}.count();  // beyond int64: an Error here, not an overflow later
    return {units_};
  }
  ValueId lower(Lowering& to, ValueId x) const override {
    const int64_t in = to.shape(x)[0];
    auto params = weights_.params(to, {units_, in}, in, units_, to.image_behind(x));
    return to.op(MatMul{in, units_}, {x}, {units_}, std::move(params));
  }

 private:
  int64_t units_ = 0;
  WeightOptions weights_;
};

}  // namespace

extern const LayerType dense_layer;
const LayerType dense_layer{"dense",
                            "fully connected layer: each output is a weighted sum of all inputs",
                            [] { return std::unique_ptr<Layer>(new Dense); },
                            {{"dense:7", {5}},
                             {"dense:3,init=he_normal,bias=false,l2=0.01", {4}},
                             {"dense:2,bias-init=zeros,l1=0.001", {3}},
                             {"dense:5,init=normal:std=0.1", {6}}},
                            {"Linear", "Dense", "", "fc linear fully_connected affine"}};

}  // namespace nn
