// SPDX-License-Identifier: MIT
// dropout:RATE and, of whole samples, droppath:RATE, inverted: what is kept is scaled by 1/(1-rate) in training,
// nothing happens otherwise.
#include "base/error.h"
#include "layers/layer.h"

namespace nn {
namespace {

template <bool whole_samples>
class DropoutLayer final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    set.add("rate", rate_, "P", whole_samples ? "fraction of the samples set to 0" : "fraction of the values set to 0")
        .by_place()
        .called("pytorch", "p")
        .called("keras", "rate");
    set.flag("float-share", float_share_,
             "scale by 1 divided by the float32 number 1 - P (PyTorch); otherwise 1/(1 - P) is rounded (Keras on "
             "TensorFlow)")
        .in("keras", "false")
        .in("keras-jax", "true")
        .in("keras-torch", "true")
        .named_rule(whole_samples ? "droppath_float_share" : "float_share");
  }
  void check() const override {
    if (!(rate_ >= 0 && rate_ < 1)) throw UsageError("rate must be at least 0 and below 1, found " + value_text(rate_));
  }
  Rows rows() const override { return whole_samples ? Rows::refused : Rows::each; }
  Shape output_shape(const Shape& x) const override { return x; }
  ValueId lower(Lowering& to, ValueId x) const override {
    return to.op(Dropout{rate_, float_share_, whole_samples}, {x}, to.shape(x));
  }

 private:
  double rate_ = 0.5;
  bool float_share_ = true;
};

}  // namespace

extern const LayerType dropout_layer, droppath_layer;
const LayerType dropout_layer{"dropout",
                              "sets a random fraction of the values to 0 in training",
                              [] { return std::unique_ptr<Layer>(new DropoutLayer<false>); },
                              {{"dropout", {8}}, {"dropout:0.2", {2, 3, 3}}, {"dropout:0", {4}}},
                              {"Dropout", "Dropout", "", "drop"}};
const LayerType droppath_layer{"droppath",
                               "sets all values of random samples to 0 in training (stochastic depth)",
                               [] { return std::unique_ptr<Layer>(new DropoutLayer<true>); },
                               {{"droppath", {8}}, {"droppath:0.2", {2, 3, 3}}, {"droppath:0", {4}}},
                               {"StochasticDepth", "Dropout(noise_shape)", "", "stochastic_depth drop_path"}};

}  // namespace nn
