// SPDX-License-Identifier: MIT
// In what PyTorch and Keras differ, as values: one table, one entry a framework; what needs such a value is given a Like
// and never asks for a framework's name. Facts: torch/optim/lr_scheduler.py, keras/src/callbacks/*.py.
#pragma once

#include <string>
#include <vector>

namespace nn {

struct Like {
  std::string name = "pytorch";
  bool relative_threshold = true;     ///< reduce-lr: better means by a share of the best value, not by an amount
  bool patience_counts_last = false;  ///< reduce-lr: the rate is cut on bad epoch number `patience`, not on the one after
  bool cooldown_counts_cut = false;   ///< reduce-lr: the first epoch after a cut already uses up one of `cooldown`
  double least_change = 1e-8;         ///< reduce-lr: a cut by no more than this is left out
  bool first_nan_is_best = false;     ///< early-stop, save-best: a NaN as the first value is taken and never beaten
};

/// "pytorch" or "keras"; UsageError with the nearest otherwise.
const Like& like_named(const std::string& name);
std::vector<std::string> like_names();

}  // namespace nn
