// SPDX-License-Identifier: MIT
#include "data/columns_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace nn {
namespace {

constexpr const char* offsets = "_start";

}  // namespace

void write_column(h5::Writer& to, const std::string& group, const Column& column) {
  const std::string path = group + "/" + column.name;
  h5::DatasetOptions options;
  options.axes.resize(column.values.shape.rank());
  if (!column.is_ragged()) options.axes[0] = group + "/sample";
  to.dataset(path, column.values, options);
  if (column.name == "text") to.text(path, "encoding", "UTF-8");
  if (!column.is_ragged()) return;
  to.dataset(path + offsets, h5::Array::of(column.start), {{""}, false, false});
  to.text(path + offsets, "long_name", "place of the first value of each sample, and the end");
}

std::vector<Column> read_columns(const h5::Reader& file, const std::string& split) {
  const std::string group = "/" + split;
  std::vector<Column> columns;
  for (const std::string& name : file.children(group)) {
    const std::string path = group + "/" + name;
    const bool is_offsets = name.ends_with(offsets) && file.has(path.substr(0, path.size() - 6));
    if (file.is_group(path) || is_offsets || name == "images" || name == "features" || name == "labels" ||
        name == "targets" || name == "sample")
      continue;
    Column column;
    column.name = name;
    column.values = file.read(path);
    if (file.has(path + offsets)) {
      const h5::Array start = file.read(path + offsets);
      if (start.type != h5::Type::i64 || start.shape.rank() != 1 || start.shape[0] < 1)
        throw Error(fmt::format("{}: {}{}: expected int64 {{N+1}}, found {} {}", file.name(), path, offsets,
                                h5::name_of(start.type), start.shape.text()));
      const auto values = start.as<int64_t>();
      column.start.assign(values.begin(), values.end());
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

bool is_split(const h5::Reader& file, const std::string& name) {
  const std::string group = "/" + name;
  return file.is_group(group) &&
         std::ranges::any_of(std::initializer_list<const char*>{"images", "features", "text", "tokens", "ids"},
                             [&](const char* column) { return file.has(group + "/" + column); });
}

}  // namespace nn
