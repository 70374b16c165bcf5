// SPDX-License-Identifier: MIT
#include "formats/format.h"

namespace nn {

extern const TableFormat csv_table;
const TableFormat csv_table{
    .name = "csv",
    .summary = "comma-separated values, one row per line",
    .suffixes = {".csv"},
    .write = [](const TextTable& table) { return table.text(','); },
    .typed = false,
};

}  // namespace nn
