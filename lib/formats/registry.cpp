// SPDX-License-Identifier: MIT
// The tables of formats.
#include <algorithm>
#include <filesystem>

#include "formats/datasets/folders/sample_folder.h"
#include "formats/datasets/idx/idx_folder.h"
#include "formats/format.h"
#include "formats/models/model_format.h"
#include "formats/utf8.h"

namespace nn {

#define PLUGIN_TYPE DatasetFormat
#define PLUGIN_TABLE dataset_formats
#define PLUGIN_OBJECT(name) name##_format
#define PLUGIN_LIST "formats/datasets/formats.def"
#include "base/plugin_table.inc"

#define PLUGIN_TYPE TableFormat
#define PLUGIN_TABLE table_formats
#define PLUGIN_OBJECT(name) name##_table
#define PLUGIN_LIST "formats/tables/tables.def"
#include "base/plugin_table.inc"

std::vector<std::pair<std::string, std::string>> format_list() {
  std::vector<std::pair<std::string, std::string>> list;
  for (const DatasetFormat* format : dataset_formats()) list.emplace_back(format->name, format->summary);
  const auto listed = [&](const char* name) {
    return std::ranges::find(list, name, &decltype(list)::value_type::first);
  };
  for (const ModelFormat* format : model_formats())
    if (const auto entry = listed(format->name); entry != list.end())
      entry->second += std::string("; of a model: ") + format->summary;
    else
      list.emplace_back(format->name, format->summary);
  for (const TableFormat* format : table_formats())
    if (listed(format->name) == list.end()) list.emplace_back(format->name, format->summary);
  return list;
}

void declare_split(OptionSet& set, std::string& split) {
  Option& option = set.add("split", split, "NAME", "split to make (default train), to read or to write").brief_help();
  option.set = [&split](std::string_view name) {
    if (!is_utf8(name)) throw UsageError("'" + printable(std::string(name)) + "' is not UTF-8; write it in UTF-8");
    split = name;
  };
}

/// A folder of texts, also in its folders of classes or of splits: the first file of either kind decides.
static bool holds_texts(const std::string& folder) {
  namespace fs = std::filesystem;
  constexpr int deepest = 2, most_looked_at = 10000;
  std::error_code failure;
  int seen = 0;
  for (fs::recursive_directory_iterator at(folder, failure);
       !failure && at != fs::recursive_directory_iterator() && ++seen < most_looked_at; at.increment(failure)) {
    const std::string name = at->path().filename().string();
    const bool is_folder = at->symlink_status(failure).type() == fs::file_type::directory;
    if (is_folder && (at.depth() >= deepest || is_system_name(name))) at.disable_recursion_pending();
    if (is_folder || is_system_name(name) || name == class_list) continue;
    if (name.ends_with(".txt")) return true;
    if (name.ends_with(".png")) return false;
  }
  return false;
}

const DatasetFormat* dataset_format_of(const std::string& name) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (!fs::is_directory(name, ignored)) return format_by_suffix(dataset_formats(), name);
  std::string kind = idx_places(name).empty() ? "png" : "idx";
  for (const auto& entry : fs::directory_iterator(name, ignored)) {
    const std::string file = entry.path().filename().string();
    if (is_system_name(file)) continue;
    if (file.find("-ubyte") != std::string::npos) kind = "idx";
    if (file.ends_with(".npy")) kind = "npy";
  }
  if (kind == "png" && holds_texts(name)) kind = "txt";
  return &find_in(dataset_formats(), kind, "format");
}

const TableFormat* table_format_of(const std::string& name) { return format_by_suffix(table_formats(), name); }

}  // namespace nn
