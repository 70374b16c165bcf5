// SPDX-License-Identifier: MIT
#include "formats/csv_dataset.h"

namespace nn {

extern const FormatType csv_format;
const FormatType csv_format{
    .name = "csv",
    .summary = "comma-separated values, one sample per line",
    .suffixes = {".csv"},
    .folder = false,
    .read_options = {"label", "target", "features", "ignore", "header", "separator", "decimal", "shape", "split"},
    .write_options = {"split", "separator", "decimal"},
    .read = [](const std::string& input, const FormatOptions& options) { return read_delimited(input, ',', options); },
    .write = [](const Dataset& data, const FormatOptions& options) { return write_delimited(data, ',', options); },
    .write_table = [](const TextTable& table) { return table.text(','); },
};

}  // namespace nn
