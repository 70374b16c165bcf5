// SPDX-License-Identifier: MIT
#include "formats/datasets/folders/class_folders.h"

#include <algorithm>
#include <unordered_set>

#include "data/split_names.h"
#include "formats/datasets/folders/class_tree.h"
#include "formats/datasets/labels.h"

namespace nn {
namespace {
/// A class name as a folder: separators and control bytes replaced, no leading dot, different from those of the other
/// classes.
ClassFolders folders_for(const std::vector<std::string>& classes) {
  ClassFolders folders;
  std::unordered_set<std::string> taken;
  for (const std::string& name : classes) {
    std::string folder;
    for (const char c : name)
      folder += c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '_' : c;
    if (folder.empty() || is_system_name(folder)) folder.insert(0, "_");
    folder.resize(std::min<size_t>(folder.size(), 200));
    std::string one = folder;
    for (size_t n = 2; !taken.insert(one).second; ++n) one = folder + "_" + std::to_string(n);
    folders.emplace_back(one, name);
  }
  return folders;
}

/// The classes, or their numbers where labels have no names.
std::vector<std::string> names_of_classes(const Dataset& data) {
  if (!data.classes.empty()) return data.classes;
  int64_t count = 0;
  for (const Split& split : data.splits)
    for (const int32_t label : split.labels()) count = std::max(count, int64_t{label} + 1);
  if (count > static_cast<int64_t>(most_classes))
    throw Error("labels without names go up to " + std::to_string(count - 1) +
                ", at most 65,536 folders of classes are written");
  std::vector<std::string> names;
  for (int64_t k = 0; k < count; ++k) names.push_back(std::to_string(k));
  return names;
}

std::string file_name(size_t row, size_t rows, const char* suffix) {
  const size_t digits = std::max<size_t>(6, std::to_string(rows).size());
  std::string number = std::to_string(row);
  return number.insert(0, digits - number.size(), '0') + suffix;
}

}  // namespace

std::vector<ForeignFile> sample_files(
    const Dataset& data, const std::string& split, const char* suffix,
    const std::function<std::vector<std::byte>(const Split& split, size_t row)>& content) {
  const ClassFolders classes = folders_for(names_of_classes(data));
  std::vector<ForeignFile> files;
  bool usual_names = true;
  for (const Split& one : data.splits) {
    if (!split.empty() && one.name != split) continue;
    const std::span<const int32_t> labels = one.labels();
    const auto rows = static_cast<size_t>(one.size());
    for (size_t i = 0; i < rows; ++i) {
      const std::string folder = labels.empty() ? "" : classes.at(static_cast<size_t>(labels[i])).first + "/";
      files.push_back({one.name + "/" + folder + file_name(i, rows, suffix), content(one, i)});
    }
    usual_names = usual_names && split_for(one.name) == one.name;
  }
  if (files.empty()) (void)data.at(split);  // names the splits there are
  std::string list;
  for (const auto& [folder, name] : classes) list += folder + "\t" + listed_name(name) + "\n";
  const auto bytes = std::as_bytes(std::span(list));
  // Without labels an empty list says that the folders are splits, where their names do not.
  if (!list.empty() || !usual_names) files.push_back({class_list, {bytes.begin(), bytes.end()}});
  return files;
}

}  // namespace nn
