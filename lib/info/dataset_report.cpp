// SPDX-License-Identifier: MIT
#include "info/dataset_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/text/columns.h"
#include "base/text/number.h"
#include "base/text/utf8.h"
#include "data/batches.h"
#include "data/columns_file.h"
#include "data/dataset.h"
#include "data/texts.h"

namespace nn {
namespace {

std::vector<std::vector<int64_t>> class_counts(const Dataset& data) {
  std::vector<std::vector<int64_t>> counts;
  for (const Split& split : data.splits) {
    counts.emplace_back(static_cast<size_t>(data.class_count()), 0);
    for (const int32_t label : split.labels())
      if (label >= 0 && label < data.class_count()) ++counts.back()[static_cast<size_t>(label)];
  }
  return counts;
}

std::string split_line(const Split& split) {
  std::string columns;
  for (const Column& column : split.columns) {
    if (column.name == "sample") continue;
    const h5::Array& values = column.values;
    columns += columns.empty() ? "" : ", ";
    if (!is_basic(column.name))
      columns += column_text(column);
    else if (column.name == "labels")
      columns += column.name;
    else
      columns += column.name + " " + values.shape.without_first().text() +
                 (&column == split.samples() ? std::string(" ") + h5::name_of(values.type) : "");
  }
  return fmt::format("  {:<8} {:>8}  {}\n", printable(split.name), split.size(), columns);
}

/// "features   length, width, ... 3 more"; nothing without names.
std::string names_line(const char* what, const std::vector<std::string>& names) {
  constexpr size_t most = 12;
  std::string list;
  for (size_t i = 0; i < names.size() && i < most; ++i) list += (i ? ", " : "") + printable(names[i]);
  if (names.size() > most) list += fmt::format(", ... {} more", names.size() - most);
  return names.empty() ? "" : fmt::format("{:<10} {}\n", what, list);
}

Json names_array(const std::vector<std::string>& names) {
  Json list = Json::array();
  for (const std::string& name : names) list.push_back(name);
  return list;
}

/// The beginning of the first text there is, in one line; empty without texts.
std::string first_text(const Dataset& data) {
  constexpr size_t most = 60;
  for (const Split& split : data.splits) {
    const Column* texts = split.column("text");
    if (!texts || texts->size() == 0) continue;
    std::string line;
    size_t columns = 0;
    for (std::string_view text = text_at(*texts, 0); !text.empty() && columns < most;) {
      const Utf8Character c = first_character(text);
      const bool white = text[0] == '\n' || text[0] == '\r' || text[0] == '\t' || text[0] == ' ';
      if (white && !line.ends_with(' ')) line += ' ', ++columns;
      if (!white && c.length) line += text.substr(0, c.length), ++columns;
      text.remove_prefix(std::max<size_t>(c.length, 1));
    }
    return fmt::format("first text \"{}{}\"\n", printable(line), columns == most ? "..." : "");
  }
  return "";
}

/// What is told needs no values of samples, so that a dataset may be larger than memory.
Dataset dataset_in(const h5::Reader& file) {
  Dataset data = open_dataset(file);
  for (Split& split : data.splits) {
    for (const std::string& name : columns_in(file, split.name))
      if (!split.column(name) && !is_basic(name)) split.set(read_column(file, split.name, name));
    in_context(file.name(), [&] {
      for (const Column* column : split.others()) check_column(*column, split.size(), split.name);
    });
  }
  return data;
}

Json columns_json(const Split& split) {
  Json columns = Json::object();
  for (const Column* column : split.others()) {
    Json one = Json::object(), shape = Json::array();
    for (const int64_t d : column->values.shape.without_first()) shape.push_back(d);
    one["type"] = h5::name_of(column->values.type);
    one["shape"] = shape;
    one["ragged"] = column->is_ragged();
    one["values"] = column->values.shape[0];
    columns[column->name] = one;
  }
  return columns;
}
}  // namespace

std::string dataset_text(const h5::Reader& file) {
  const Dataset data = dataset_in(file);
  std::string out =
      fmt::format("{}: dataset{}\n\n", printable(file.name()), data.title.empty() ? "" : ", " + printable(data.title));
  for (const Split& split : data.splits) out += split_line(split);
  if (!data.splits.empty() && data.splits[0].has_samples() && data.splits[0].x().type == h5::Type::u8)
    out += fmt::format("  values {} to {}\n", value_text(data.valid_min), value_text(data.valid_max));
  if (data.class_count() > 0) {
    size_t name = 5;
    for (const std::string& c : data.classes) name = std::max(name, std::min<size_t>(columns_of(printable(c)), 30));
    out += fmt::format("\n  {}", fit("class", name));
    for (const Split& split : data.splits) out += fmt::format("  {:>8}", printable(split.name));
    out += "\n";
    const auto counts = class_counts(data);
    const size_t shown = data.classes.size() > 60 ? 50 : data.classes.size();
    for (size_t c = 0; c < shown; ++c) {
      out += "  " + fit(printable(data.classes[c]), name);
      for (size_t s = 0; s < counts.size(); ++s)
        out += fmt::format("  {:>8}", data.splits[s].labels().empty() ? "-" : std::to_string(counts[s][c]));
      out += "\n";
    }
    if (shown < data.classes.size()) out += fmt::format("  ... {} more\n", data.classes.size() - shown);
  }
  out +=
      "\n" + first_text(data) + names_line("features", data.feature_names) + names_line("targets", data.target_names);
  std::string recipe = data.prep.recipe;
  while (recipe.ends_with('\n')) recipe.pop_back();
  std::ranges::replace(recipe, '\n', ';');
  out += "recipe     " + (recipe.empty() ? "none" : printable(recipe));
  if (!data.splits.empty() && data.splits[0].has_samples() && !data.prep.empty())
    out += ", gives " + prepared_shape(data.prep, data.sample_shape()).text();
  out += "\n";
  for (const auto& [name, value] :
       {std::pair{"source", data.source}, {"license", data.license}, {"citation", data.citation}})
    if (!value.empty()) out += fmt::format("{:<10} {}\n", name, printable(value));
  return out;
}

Json dataset_json(const h5::Reader& file) {
  const Dataset data = dataset_in(file);
  Json out = Json::object();
  out["title"] = data.title;
  Json splits = Json::object();
  const auto counts = class_counts(data);
  for (size_t s = 0; s < data.splits.size(); ++s) {
    const Split& split = data.splits[s];
    Json one = Json::object(), shape = Json::array(), by_class = Json::array();
    if (split.has_samples())
      for (const int64_t d : split.x().shape.without_first()) shape.push_back(d);
    for (const int64_t n : counts[s]) by_class.push_back(n);
    one["n"] = split.size();
    if (split.has_samples()) {
      one["holds"] = split.samples()->name;
      one["type"] = h5::name_of(split.x().type);
      one["shape"] = shape;
    }
    if (!split.others().empty()) one["columns"] = columns_json(split);
    if (!split.labels().empty()) one["class_counts"] = by_class;
    if (split.targets().shape.rank() > 1) one["targets"] = split.targets().shape[1];
    splits[split.name] = one;
  }
  out["splits"] = splits;
  out["classes"] = names_array(data.classes);
  out["features"] = names_array(data.feature_names);
  out["targets"] = names_array(data.target_names);
  out["recipe"] = data.prep.recipe;
  out["source"] = data.source;
  out["license"] = data.license;
  out["citation"] = data.citation;
  return out;
}

}  // namespace nn
