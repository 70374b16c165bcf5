// SPDX-License-Identifier: MIT
#include "formats/format.h"

namespace nn {

extern const TableFormat tsv_table;
const TableFormat tsv_table{
    .name = "tsv",
    .summary = "tab-separated values, one row per line",
    .suffixes = {".tsv"},
    .write = [](const TextTable& table) { return table.text('\t'); },
    .typed = false,
};

}  // namespace nn
