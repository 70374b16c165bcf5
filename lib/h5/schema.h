// SPDX-License-Identifier: MIT
// Parts that several kinds of our files share: preparation record, class names, tables of columns.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "h5/array.h"

namespace nn::h5 {

class Reader;
class Writer;

/// The sample-changing steps of nn-prep, applied lazily; travels from the dataset into the model. /prep
struct PrepRecord {
  std::string recipe;                ///< one step a line: "scale 0:1", "standardize", "pad 2", "augment shift=2,flip=h"
  std::vector<float> mean, std;      ///< per channel, when a step needs them
  bool empty() const { return recipe.empty(); }
  bool operator==(const PrepRecord&) const = default;
};
void write_prep(Writer& to, const PrepRecord& prep);
PrepRecord read_prep(const Reader& from);  ///< empty when there is none

/// /class as a scale of strings and the fixed-length attribute nn_class (JSON) on the root that our readers use.
void write_classes(Writer& to, const std::vector<std::string>& classes);
std::vector<std::string> read_classes(const Reader& from);

/// Columns of equal length, as /history.
using Columns = std::vector<std::pair<std::string, std::vector<double>>>;

}  // namespace nn::h5
