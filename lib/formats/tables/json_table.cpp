// SPDX-License-Identifier: MIT
// Results as an array of objects, one per row (pandas.read_json reads it).
#include "formats/format.h"

namespace nn {

extern const TableFormat json_table;
const TableFormat json_table{
    .name = "json",
    .summary = "history, metrics and predictions as an array of objects",
    .suffixes = {".json"},
    .write = [](const TextTable& table) { return table.json().dump(2) + "\n"; },
    .typed = true,
};

}  // namespace nn
