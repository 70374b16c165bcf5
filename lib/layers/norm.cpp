// SPDX-License-Identifier: MIT
// bn: over the batch and space, per channel. layernorm: over each sample, or some axes of it. gn: over groups of
// channels of each sample.
#include "base/error.h"
#include "layers/axis.h"
#include "layers/layer.h"
#include "layers/window.h"

namespace nn {
namespace {

Param param_of(const char* name, Shape shape, const char* init, bool trainable = true) {
  Param p;
  p.name = name;
  p.shape = std::move(shape);
  p.init = init;
  p.trainable = trainable;
  return p;
}

void check_epsilon(double epsilon) {
  if (!(epsilon > 0 && epsilon < 1)) throw UsageError("eps must lie between 0 and 1, found " + value_text(epsilon));
}

void declare_epsilon(OptionSet& set, double& epsilon, const char* rule) {
  set.add("eps", epsilon, "X", "added to the variance")
      .in("keras", "0.001")
      .named_rule(rule)
      .called("pytorch", "eps")
      .called("keras", "epsilon");
}

class BatchNormLayer final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    declare_epsilon(set, epsilon_, "batch_norm_epsilon");
    set.add("momentum", momentum_, "X", "weight of the new batch in the running statistics (Keras 0.99 is 0.01 here)")
        .in("keras", value_text(1 - 0.99))
        .named_rule("batch_norm_momentum")
        .called("pytorch", "momentum")
        .called("keras", "1 - momentum");
    set.flag("unbiased", unbiased_, "running variance with the factor n/(n-1) (PyTorch); unbiased=false for Keras")
        .in("keras", "false")
        .named_rule("unbiased_running");
  }
  void check() const override {
    check_epsilon(epsilon_);
    if (!(momentum_ >= 0 && momentum_ <= 1))
      throw UsageError("momentum must lie between 0 and 1, found " + value_text(momentum_));
  }
  Rows rows() const override { return Rows::refused; }
  Shape output_shape(const Shape& x) const override {
    if (x.rank() != 1 && x.rank() != 3) throw Error("expected a flat sample or an image, found " + x.text());
    return x;
  }
  std::string refusal(const FrameworkRules& like, const Shape& x, int64_t n) const override {
    if (!like.norm_needs_two_values || n * x.count() != x[0]) return "";
    return "a training batch of one value per channel; its running variance is taken as biased";
  }
  ValueId lower(Lowering& to, ValueId x) const override {
    const Shape in = to.shape(x), channels{in[0]};
    std::vector<ParamId> params{to.param(param_of("weight", channels, "ones")),
                                to.param(param_of("bias", channels, "zeros")),
                                to.param(param_of("running_mean", channels, "zeros", false)),
                                to.param(param_of("running_var", channels, "ones", false))};
    return to.op(BatchNorm{in[0], epsilon_, momentum_, unbiased_}, {x}, in, std::move(params));
  }

 private:
  double epsilon_ = 1e-5, momentum_ = 0.1;
  bool unbiased_ = true;
};

class LayerNormLayer final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    declare_epsilon(set, epsilon_, "layer_norm_epsilon");
    set.add(
           "axis", axis_, "N|channel",
           "over this axis of a sample and those behind it, counted from 0, or from the end with -1; channel: over the "
           "channels of an image at each place")
        .called("pytorch", "normalized_shape")
        .called("keras", "axis");
  }
  void check() const override {
    check_epsilon(epsilon_);
    check_axis(axis_);
  }
  Shape output_shape(const Shape& x) const override {
    if (axis_ == channel_axis)
      check_image(x);
    else
      axis_of(axis_, x);
    return x;
  }
  ValueId lower(Lowering& to, ValueId x) const override {
    const Shape in = to.shape(x);
    const bool channels = axis_ == channel_axis;
    const int64_t axis = channels ? 0 : axis_of(axis_, in);
    const Shape row = channels ? Shape{in[0]} : Shape(std::vector<int64_t>(in.begin() + axis, in.end()));
    std::vector<ParamId> params{to.param(param_of("weight", row, "ones")), to.param(param_of("bias", row, "zeros"))};
    return to.op(LayerNorm{epsilon_, axis, channels ? 0 : -1}, {x}, in, std::move(params));
  }

 private:
  double epsilon_ = 1e-5;
  std::string axis_ = "0";
};

class GroupNormLayer final : public UnaryLayer {
 public:
  void options(OptionSet& set) override {
    set.add("groups", groups_, "N", "groups of neighbouring channels")
        .by_place()
        .must()
        .called("pytorch", "num_groups")
        .called("keras", "groups");
    declare_epsilon(set, epsilon_, "group_norm_epsilon");
  }
  void check() const override {
    if (groups_ < 1) throw UsageError("groups must be at least 1, found " + value_text(groups_));
    check_epsilon(epsilon_);
  }
  Rows rows() const override { return Rows::refused; }
  Shape output_shape(const Shape& x) const override {
    if (x.rank() != 1 && x.rank() != 3) throw Error("expected a flat sample or an image, found " + x.text());
    check_divided(x, groups_);
    return x;
  }
  std::string refusal(const FrameworkRules& like, const Shape& x, int64_t n) const override {
    if (!like.norm_needs_two_values || n * x.count() != groups_) return "";
    return "a training batch of one value per group";
  }
  ValueId lower(Lowering& to, ValueId x) const override {
    const Shape in = to.shape(x), channels{in[0]};
    std::vector<ParamId> params{to.param(param_of("weight", channels, "ones")),
                                to.param(param_of("bias", channels, "zeros"))};
    return to.op(GroupNorm{groups_, epsilon_}, {x}, in, std::move(params));
  }

 private:
  int64_t groups_ = 0;
  double epsilon_ = 1e-5;
};

}  // namespace

extern const LayerType bn_layer, layernorm_layer, gn_layer;
const LayerType bn_layer{"bn",
                         "batch normalization per channel",
                         [] { return std::unique_ptr<Layer>(new BatchNormLayer); },
                         {{"bn", {4}}, {"bn:eps=0.001,momentum=0.01,unbiased=false", {3, 4, 2}}},
                         {"BatchNorm1d, BatchNorm2d", "BatchNormalization", "", "batchnorm batch_norm2d"}};
const LayerType layernorm_layer{"layernorm",
                                "normalization over each sample, or over some axes of it",
                                [] { return std::unique_ptr<Layer>(new LayerNormLayer); },
                                {{"layernorm", {6}},
                                 {"layernorm:eps=0.001", {2, 3, 2}},
                                 {"layernorm:axis=-1", {3, 4}},
                                 {"layernorm:axis=channel", {4, 2, 2}}},
                                {"LayerNorm(sample shape)", "LayerNormalization(axis=all)", "", "ln layer_norm"}};
const LayerType gn_layer{"gn",
                         "normalization over groups of channels of each sample",
                         [] { return std::unique_ptr<Layer>(new GroupNormLayer); },
                         {{"gn:2", {10}}, {"gn:3,eps=0.001", {6, 2, 3}}, {"gn:1", {2, 3, 2}}},
                         {"GroupNorm", "GroupNormalization", "", "groupnorm group_norm"}};

}  // namespace nn
