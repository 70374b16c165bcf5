// SPDX-License-Identifier: MIT
// A folder of PNG pictures as a dataset: SPLIT/CLASS/*.png, or CLASS/*.png for one split, or *.png without labels.
// classes.txt at the root, when there is one, gives the order of the classes: a line "folder", or "folder<TAB>name".
#pragma once

#include "formats/format.h"

namespace nn {

constexpr size_t most_classes = 65536;

/// What is left out is said in one warning. Error for what would change a value without an option that says how.
Dataset read_pictures(const std::string& input, const FormatOptions& options);

}  // namespace nn
