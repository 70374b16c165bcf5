// SPDX-License-Identifier: MIT
// A data set as one table of text: what the formats csv and tsv share.
#pragma once

#include <string>
#include <vector>

#include "formats/datasets/csv/csv_options.h"

namespace nn {

Dataset read_delimited(const std::string& input, char separator, const CsvOptions& options);
std::vector<ForeignFile> write_delimited(const Dataset& data, char separator, const CsvOptions& options);
/// Bytes of a text as an output's only file.
std::vector<ForeignFile> one_file(std::string_view text);

}  // namespace nn
