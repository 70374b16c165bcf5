// SPDX-License-Identifier: MIT
// A data set as a folder of samples, a file each: SPLIT/CLASS/NUMBER.suffix and classes.txt, as read_class_tree() reads
// it.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "formats/format.h"

namespace nn {

/// content: of a sample of a split, by its row. split: the one to write; empty: all. Error for a split that there is
/// not.
std::vector<ForeignFile> sample_files(
    const Dataset& data, const std::string& split, const char* suffix,
    const std::function<std::vector<std::byte>(const Split& split, size_t row)>& content);

}  // namespace nn
