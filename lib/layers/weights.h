// SPDX-License-Identifier: MIT
// The options that every layer with a weight matrix shares, and the parameters that they make.
#pragma once

#include <string>
#include <vector>

#include "layers/layer.h"

namespace nn {

struct WeightOptions {
  bool bias = true;
  std::string init, bias_init;  ///< initialiser specs; empty: the framework's default
  double l1 = 0, l2 = 0;        ///< penalties of the weight, not of the bias

  void declare(OptionSet& set);
  void check() const;  ///< UsageError for an unknown initialiser or a negative penalty
  /// weight {out, in per output...} and, unless bias=false, bias {out}; outputs: where they are not the first extent of
  /// the weight.
  std::vector<ParamId> params(Lowering& to, const Shape& weight, int64_t fan_in, int64_t fan_out, Shape image = {},
                              int64_t outputs = 0) const;

 private:
  std::string framework_ = "pytorch";
  std::string usual_init_ = "kaiming_uniform,a=2.23606797749979", usual_bias_init_ = "fan_in_uniform";
};

}  // namespace nn
