// SPDX-License-Identifier: MIT
// Class labels as other programs write them (names or numbers) to class names and 0..K-1, for all splits at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/dataset.h"
#include "formats/format.h"

namespace nn {

/// All plain whole numbers ("12", not "01" or "1e0"), or all whole numbers with a point ("12.0", which is noted, and
/// each in one way): the numbers below. Else text: the distinct words in byte order are the classes. Error for
/// fractions that options.class_names does not allow (use targets), an empty word, or over 65,536 classes. `texts` are
/// the label words of each split, in its order.
void encode_labels(const std::vector<std::vector<std::string>>& texts, Dataset& data, const FormatOptions& options);
/// Numbers whose smallest is 0 are the labels, and classes are named "0".."max"; of other numbers the distinct ones in
/// order are the classes. names: the classes when known, else empty.
void encode_labels(const std::vector<std::vector<int64_t>>& numbers, const std::vector<std::string>& names,
                   Dataset& data);

/// A class name as the end of a line of classes.txt; Error for one that would not be read back.
const std::string& listed_name(const std::string& name);

/// Name of a class, or its number when there are no names.
std::string class_name(const Dataset& data, int32_t label);

/// The split that `wanted` names; without a name the only one. UsageError listing the splits otherwise.
const Split& chosen_split(const Dataset& data, const std::string& wanted, std::string_view format);

}  // namespace nn
