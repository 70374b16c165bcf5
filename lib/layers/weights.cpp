// SPDX-License-Identifier: MIT
#include "layers/weights.h"

#include <cmath>

#include "base/error.h"
#include "layers/initializer.h"

namespace nn {

void WeightOptions::declare(OptionSet& set) {
  if (!set.framework().empty()) framework_ = set.framework();
  set.add("init", init, "NAME", "initializer of the weight, for example he_normal or normal:std=0.01")
      .when_empty(usual_init_)
      .in("keras", "glorot_uniform")
      .named_rule("weight_init")
      .called("pytorch", "nn.init")
      .called("keras", "kernel_initializer");
  set.add("bias-init", bias_init, "NAME", "initializer of the bias, for example zeros")
      .when_empty(usual_bias_init_)
      .in("keras", "zeros")
      .named_rule("bias_init")
      .called("pytorch", "nn.init")
      .called("keras", "bias_initializer");
  set.flag("bias", bias, "add a bias; bias=false: none").called("pytorch", "bias").called("keras", "use_bias");
  set.add("l1", l1, "X", "adds X * sum |weight| to the loss")
      .called("pytorch", "(script)")
      .called("keras", "kernel_regularizer");
  set.add("l2", l2, "X", "adds X * sum weight^2 to the loss")
      .called("pytorch", "(script)")
      .called("keras", "kernel_regularizer");
}

void WeightOptions::check() const {
  if (!init.empty()) make_initializer(init);
  if (!bias_init.empty()) make_initializer(bias_init);
  if (!bias && !bias_init.empty()) throw UsageError("bias-init is of no use with bias=false");
  for (double x : {l1, l2})
    if (!(x >= 0) || !std::isfinite(x))
      throw UsageError("l1 and l2 must be finite and not negative, found " + value_text(x));
}

std::vector<ParamId> WeightOptions::params(Lowering& to, const Shape& weight, int64_t fan_in, int64_t fan_out,
                                           Shape image, int64_t outputs) const {
  Param w;
  w.name = "weight";
  w.shape = weight;
  const std::string& asked = init.empty() ? to.default_init() : init;
  w.init = asked.empty() ? usual_init_ : spelled_initializer(asked, framework_);
  w.default_init = usual_init_;
  w.fan_in = fan_in;
  w.fan_out = fan_out;
  w.image = std::move(image);
  w.l1 = l1;
  w.l2 = l2;
  std::vector<ParamId> ids{to.param(w)};
  if (!bias) return ids;
  Param b;
  b.name = "bias";
  b.shape = Shape{outputs > 0 ? outputs : weight[0]};
  b.init = bias_init.empty() ? usual_bias_init_ : spelled_initializer(bias_init, framework_);
  b.default_init = usual_bias_init_;
  b.fan_in = fan_in;
  b.fan_out = fan_out;
  ids.push_back(to.param(b));
  return ids;
}

}  // namespace nn
