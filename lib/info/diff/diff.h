// SPDX-License-Identifier: MIT
// nn-info --diff: what differs between two of our files, in words and as JSON.
#pragma once

#include <string>
#include <vector>

#include "base/text/json.h"
#include "h5/reading/reader.h"

namespace nn {

struct Difference {
  std::string about;  ///< "options", "layers", "weights", "history", "rows", ...: what kind of difference it is
  std::string what;   ///< the step and option, layer, column or split
  std::string says;   ///< in words; of two values the first file's stands first
  Json values = {};   ///< the members of its JSON beside these: numbers, both values
};

struct FileDiff {
  std::vector<std::string> names, kinds, digests;
  bool equal = false;                   ///< the digests are: all values, and the attributes that count
  std::vector<Difference> differences;  ///< of the content; none when equal
  std::vector<Difference> of_record;    ///< of the commands, data and programs that made them
};

/// Both files are read whole, part by part, and compared with their sums. Files of two kinds differ in that alone.
FileDiff diff_files(const h5::Reader& a, const h5::Reader& b);

std::string diff_text(const FileDiff& diff);
Json diff_json(const FileDiff& diff);

/// What diff_files() puts together. Of the values: datasets and the attributes that count for the digest.
std::vector<Difference> content_differences(const h5::Reader& a, const h5::Reader& b);
/// Of the provenance: steps are paired by tool, in their order.
std::vector<Difference> record_differences(const h5::Reader& a, const h5::Reader& b);

/// "a, b" of two texts; "nothing" for an empty one.
Difference two_texts(const std::string& about, const std::string& what, const std::string& a, const std::string& b);

}  // namespace nn
