// SPDX-License-Identifier: MIT
// Options that several optimizers have, with what they are in the frameworks, and ranges: each check throws a
// UsageError that names the option. NaN fits nowhere.
#pragma once

#include "base/options.h"

namespace nn {

/// Rounded to float32 where a framework keeps a constant so.
inline double constant_of(double value, bool in_float) {
  return in_float ? static_cast<double>(static_cast<float>(value)) : value;
}

void declare_betas(OptionSet& set, double& beta1, double& beta2);
Option& declare_epsilon(OptionSet& set, double& epsilon);
void declare_epsilon_inside(OptionSet& set, bool& inside, std::string help);
/// weight-decay, and decoupled: it shrinks the weights instead of adding to the gradients.
void declare_decay(OptionSet& set, double& decay, bool& decoupled);
void declare_float_constants(OptionSet& set, bool& in_float, std::string help);

void check_share(const char* option, double value);         ///< [0, 1)
void check_positive(const char* option, double value);      ///< above 0
void check_not_negative(const char* option, double value);  ///< 0 or above

}  // namespace nn
