// SPDX-License-Identifier: MIT
// The outputs of a model for each sample of a split.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "results/training_record.h"

namespace nn {

struct Predictions {
  std::string split;               ///< empty in files of version 0.1 and before
  std::string samples_sum;         ///< of the split they were made from, as samples_sum() gives it; empty: not known
  std::vector<std::string> names;  ///< of the samples, as of the files of texts; empty: they have none
  std::vector<int64_t> sample;     ///< row of the split; in files without a split: row in the source
  std::vector<int32_t> labels;     ///< by the model's classes; empty when there are none
  std::vector<int32_t> predicted;  ///< empty where the outputs are no exclusive classes
  int64_t classes = 0;             ///< number of outputs
  std::vector<float> probability;  ///< {N, classes}; for regression the outputs
  std::vector<float> targets;      ///< {N, classes} where the outputs are targets and the data has them
  bool independent = false;        ///< each output is the probability of a yes
  TrainingRecord training;         ///< of the model
};

}  // namespace nn
