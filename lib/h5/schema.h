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
  std::string recipe;            ///< one step per line: "scale 0:1", "standardize", "pad 2", "augment shift=2,flip=h"
  std::vector<float> mean, std;  ///< per channel, when a step needs them
  bool empty() const { return recipe.empty(); }
  bool operator==(const PrepRecord&) const = default;
};
void write_prep(Writer& to, const PrepRecord& prep);
PrepRecord read_prep(const Reader& from);  ///< empty when there is none

/// Names along an axis ("class", "feature", "target"): /AXIS as a scale of strings and the fixed-length attribute
/// nn_AXIS (JSON) on the root that our readers use. No names: nothing is written; read_names gives none.
void write_names(Writer& to, const std::string& axis, const std::vector<std::string>& names);
std::vector<std::string> read_names(const Reader& from, const std::string& axis);
/// The same for the axis "class".
void write_classes(Writer& to, const std::vector<std::string>& classes);
std::vector<std::string> read_classes(const Reader& from);

/// Columns of equal length, as /history.
using Columns = std::vector<std::pair<std::string, std::vector<double>>>;

}  // namespace nn::h5
