// SPDX-License-Identifier: MIT
#include "formats/csv_dataset.h"

namespace nn {

extern const FormatType tsv_format;
const FormatType tsv_format{
    .name = "tsv",
    .summary = "tab-separated values, one sample per line",
    .suffixes = {".tsv"},
    .folder = false,
    .read_options = {"label", "target", "features", "ignore", "header", "separator", "decimal", "shape", "split"},
    .write_options = {"split", "separator", "decimal"},
    .read = [](const std::string& input, const FormatOptions& options) { return read_delimited(input, '\t', options); },
    .write = [](const Dataset& data, const FormatOptions& options) { return write_delimited(data, '\t', options); },
    .write_table = [](const TextTable& table) { return table.text('\t'); },
};

}  // namespace nn
