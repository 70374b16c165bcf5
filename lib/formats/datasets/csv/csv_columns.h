// SPDX-License-Identifier: MIT
// What the columns of a table are: features, targets, the class, or nothing. The options decide; what they leave open
// is told by the header, and what is guessed is noted.
//
// Names of columns that nn-convert writes, so that a dataset comes back as it was: label (the class), target:NAME and
// target#0 (a target with and without a name), class:NAME (the one-hot target of a class), feature:NAME (a feature
// whose name alone would say something else), feature#0 (one without a name), c0y0x0 (a pixel: channel, row, column).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/shape.h"
#include "formats/datasets/csv/csv_header.h"

namespace nn {

struct TableColumns {
  static constexpr size_t none = static_cast<size_t>(-1);
  bool header = false;
  std::vector<std::string> names;         ///< of all columns; "column 3" without a header
  std::vector<size_t> features, targets;  ///< in the order of the dataset
  size_t label = none, text = none;
  std::vector<std::string> feature_names, target_names, classes;  ///< of the dataset; empty where the header has none
  Shape pixels;  ///< when the header says that the features are pixels; rank 0 otherwise
};

/// UsageError for a column that is not there or is asked for twice; Error for two columns of one name, and where a
/// guess cannot be right.
TableColumns plan_columns(const TableStart& start, const CsvOptions& options);

/// Header names as described above.
std::string feature_header(const std::string& name);
std::string pixel_header(const Shape& shape, size_t place);

}  // namespace nn
