// SPDX-License-Identifier: MIT
#include "optim/common_options.h"

#include "base/error.h"

namespace nn {

void declare_betas(OptionSet& set, double& beta1, double& beta2) {
  set.add("beta1", beta1, "X", "decay of the mean gradient").called("pytorch", "betas").called("keras", "beta_1");
  set.add("beta2", beta2, "X", "decay of the mean squared gradient")
      .called("pytorch", "betas")
      .called("keras", "beta_2");
}

Option& declare_epsilon(OptionSet& set, double& epsilon) {
  return set.add("eps", epsilon, "X", "added to the root, against division by 0")
      .called("pytorch", "eps")
      .called("keras", "epsilon");
}

void declare_epsilon_inside(OptionSet& set, bool& inside, std::string help) {
  set.flag("eps-inside", inside, std::move(help)).in("keras", "true").named_rule("epsilon_inside");
}

void declare_decay(OptionSet& set, double& decay, bool& decoupled) {
  set.add("weight-decay", decay, "X", "adds X * weight to the gradient").called("weight_decay");
  set.flag("decoupled", decoupled, "subtract rate * weight-decay * weight from the weights instead (Keras)")
      .in("keras", "true")
      .named_rule("decoupled_decay");
}

void declare_float_constants(OptionSet& set, bool& in_float, std::string help) {
  set.flag("float-constants", in_float, std::move(help)).in("keras", "true").named_rule("float_constants");
}

void check_share(const char* option, double value) {
  if (!(value >= 0 && value < 1))
    throw UsageError(std::string(option) + " must be at least 0 and below 1, found " + value_text(value));
}

void check_positive(const char* option, double value) {
  if (!(value > 0 && value <= 1e6))
    throw UsageError(std::string(option) + " must be above 0, found " + value_text(value));
}

void check_not_negative(const char* option, double value) {
  if (!(value >= 0 && value <= 1e6))
    throw UsageError(std::string(option) + " must not be negative, found " + value_text(value));
}

}  // namespace nn
