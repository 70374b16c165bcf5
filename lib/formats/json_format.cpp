// SPDX-License-Identifier: MIT
// Tables of results as an array of objects, one a row (pandas.read_json reads it).
#include "formats/format.h"

namespace nn {

extern const FormatType json_format;
const FormatType json_format{
    .name = "json",
    .summary = "history, metrics and predictions as an array of objects",
    .suffixes = {".json"},
    .folder = false,
    .read_options = {},
    .write_options = {},
    .read = nullptr,
    .write = nullptr,
    .write_table = [](const TextTable& table) { return table.json().dump(2) + "\n"; },
    .typed = true,
};

}  // namespace nn
