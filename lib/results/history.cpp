// SPDX-License-Identifier: MIT
#include "results/history.h"

#include <fmt/format.h>

#include <cmath>

#include "results/cells.h"

namespace nn {

h5::Columns read_history(const h5::Reader& model, const std::string& group) {
  h5::Columns columns;
  if (!model.has(group)) return columns;
  for (const std::string& name : model.children(group)) {
    const std::string path = group + "/" + name;
    if (model.is_group(path)) continue;
    columns.emplace_back(name, model.read(path).to_double());
    if (columns.back().second.size() != columns.front().second.size())
      throw Error(fmt::format("{}: {}: {} values, expected {} as in {}", model.name(), path,
                              columns.back().second.size(), columns.front().second.size(), columns.front().first));
  }
  return columns;
}

TextTable table_of(const h5::Columns& columns) {
  TextTable table;
  for (const auto& [name, values] : columns) {
    table.columns.push_back(name);
    table.rows.resize(values.size());
    for (size_t i = 0; i < values.size(); ++i)
      table.rows[i].push_back(name == "epoch"            ? number_cell(values[i])
                              : std::isfinite(values[i]) ? Json(values[i])
                                                         : Json());
  }
  return table;
}

}  // namespace nn
