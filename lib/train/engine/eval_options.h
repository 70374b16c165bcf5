// SPDX-License-Identifier: MIT
// The options of nn-eval.
#pragma once

#include <string>
#include <vector>

#include "base/options.h"
#include "train/engine/evaluator.h"

namespace nn {

struct EvalOptions {
  std::string split, format;
  std::vector<std::string> fail_under, files;
  bool brief = false, ensemble = false;
  EvaluateOptions evaluate;

  void declare(OptionSet& set);
};

}  // namespace nn
