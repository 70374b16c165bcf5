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
  std::vector<std::string> texts;  ///< to predict, in the place of a dataset
  std::string lines;               ///< a file with a text on each line, - for standard input

  /// Whether texts are given in the place of a dataset: the operands are models, and files that end in .txt.
  bool takes_texts() const;
  std::vector<std::string> models() const;      ///< of the operands
  std::vector<std::string> text_files() const;  ///< of the operands
  /// Of n texts, the last of which are those files; empty where there are no files.
  std::vector<std::string> text_names(int64_t n) const;

  void declare(OptionSet& set);
  /// UsageError for options that have no effect on that form of output.
  void check(const OptionSet& set, const std::string& form) const;
};

}  // namespace nn
