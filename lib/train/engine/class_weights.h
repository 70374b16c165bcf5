// SPDX-License-Identifier: MIT
// --class-weight: how much the samples of each class count in the loss.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/dataset.h"

namespace nn {

/// One weight a class. text: "balanced" (samples / (classes that occur * samples of the class), of the split, as
/// scikit-learn; 0 for a class without samples), numbers joined by commas, or a file with a line "CLASS<TAB>WEIGHT" for
/// every class, by name or by number from 0; blank lines and lines that begin with # are skipped. names: of the
/// classes, may be empty. UsageError for text that is none of these; Error names file, line, what was expected and
/// found.
std::vector<double> class_weights(const std::string& text, const Split& split, const std::vector<std::string>& names,
                                  int64_t classes);

/// The file that such a text names; empty for the others.
std::string class_weight_file(const std::string& text);

}  // namespace nn
