// SPDX-License-Identifier: MIT
// The options of nn-predict.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/options.h"
#include "results/predictions_table.h"

namespace nn {

struct PredictOptions {
  std::vector<std::string> files;  ///< models, then the dataset
  std::string split, rows, format;
  int top = usual_top;
  bool no_labels = false;
  int64_t batch = 256;

  void declare(OptionSet& set);
  /// UsageError for options that have no effect on that form of output.
  void check(const OptionSet& set, const std::string& form) const;
};

}  // namespace nn
