// SPDX-License-Identifier: MIT
#include "formats/datasets/folders/class_tree.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_map>

#include "base/log.h"
#include "base/text/names.h"
#include "base/text/split.h"
#include "base/text/utf8.h"
#include "data/rows.h"
#include "data/split_names.h"
#include "h5/reading/reader.h"

namespace nn {
namespace {
namespace fs = std::filesystem;

ClassFolders read_class_list(const fs::path& file, const Budget& budget) {
  if (fs::symlink_status(file).type() != fs::file_type::regular)
    throw Error(printable(file.string()) + ": expected a regular file");
  const std::vector<std::byte> bytes = h5::read_bytes(file.string(), budget);
  const std::string_view text = without_mark({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  ClassFolders classes;
  for (std::string_view line : split_at(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const size_t tab = line.find('\t');
    classes.emplace_back(line.substr(0, tab), tab == std::string_view::npos ? line : line.substr(tab + 1));
    if (classes.size() > most_classes) throw Error(printable(file.string()) + ": more than 65,536 classes");
  }
  return classes;
}

/// All that is known while a folder is read.
struct Reading {
  const SampleKind& kind;
  const FormatOptions& options;
  const std::string& split;
  LeftOut left_out;
  ClassFolders classes;
  std::unordered_map<std::string, int32_t> label_of;  ///< by folder

  void set_classes(ClassFolders list) {
    classes = std::move(list);
    for (const auto& [folder, name] : classes)
      if (!label_of.emplace(folder, static_cast<int32_t>(label_of.size())).second)
        throw Error("classes.txt: the folder '" + printable(folder) + "' stands twice");
  }
  SampleFolder list(const fs::path& folder, LeftOut& out) const {
    return list_samples(folder, kind, out, options.budget);
  }
  SampleFolder list(const fs::path& folder) { return list(folder, left_out); }
  std::string to_its_class() const {
    return std::string("; put every ") + kind.sample + " into the folder of its class";
  }
};

Error no_samples(const fs::path& folder, const Reading& reading) {
  const std::string left_out = reading.left_out.text();
  return Error(printable(folder.string()) + ": no " + reading.kind.files +
               (left_out.empty() ? "" : "; left out: " + left_out) +
               (reading.left_out.count(LeftOut::other_sample) ? std::string("; ") + reading.kind.hint : ""));
}

SplitFiles files_of(const fs::path& folder, const std::string& name, Reading& reading) {
  SplitFiles split{name, folder, {}};
  const SampleFolder found = reading.list(folder);
  if (!found.folders.empty() && !found.samples.empty())
    throw Error(printable(folder.string()) + ": " + reading.kind.samples + " beside folders of classes" +
                reading.to_its_class());
  for (const std::string& sample : found.samples) split.files.push_back({folder / sample});
  std::vector<std::pair<std::string, const std::string*>> order;
  for (const std::string& sub : found.folders) {
    const SampleFolder inside = reading.list(folder / sub);
    if (!reading.label_of.contains(sub))
      throw Error(printable((folder / sub).string()) + ": this class is not in classes.txt");
    for (const std::string& below : inside.folders) count_below(folder / sub / below, reading.left_out);
    for (const std::string& sample : inside.samples) order.emplace_back(sample, &sub);
    reading.options.budget.ask(order.size() * 64,
                               printable(folder.string()) + ": a list of its " + reading.kind.samples);
  }
  std::ranges::sort(
      order, [](const auto& a, const auto& b) { return std::tie(a.first, *a.second) < std::tie(b.first, *b.second); });
  for (const auto& [sample, sub] : order) split.files.push_back({folder / *sub / sample, reading.label_of.at(*sub)});
  if (split.files.empty()) throw no_samples(folder, reading);
  return split;
}

/// Folders of splits, by the names that splits have here; empty when the folders are classes.
std::vector<std::pair<std::string, std::string>> splits_of(const fs::path& root, const SampleFolder& top,
                                                           Reading& reading, bool listed) {
  std::vector<std::pair<std::string, std::string>> splits;  // split, folder
  std::vector<std::string> classes, others;
  bool deep = false;  // folders of splits hold folders of classes
  bool ours = true;   // as nn-convert writes splits under whatever names: SPLIT/LISTED-CLASS
  for (const std::string& folder : top.folders) {
    const std::string split = split_for(folder);
    if (split.empty())
      others.push_back(folder);
    else
      splits.emplace_back(split, folder);
    LeftOut ignored(reading.kind, root);
    const SampleFolder inside = reading.list(root / folder, ignored);
    if (inside.folders.empty() && reading.label_of.contains(folder)) classes.push_back(folder);
    deep = deep || (!split.empty() && !inside.folders.empty());
    const bool all_listed = !inside.folders.empty() && std::ranges::all_of(inside.folders, [&](const std::string& sub) {
      return reading.label_of.contains(sub);
    });
    ours = ours && (all_listed || reading.classes.empty());
  }
  if (listed && classes.empty() && ours)
    for (const std::string& folder : others) splits.emplace_back(folder, folder);
  else if (splits.empty() || (listed && !deep && !classes.empty()) || (!others.empty() && !deep))
    return {};
  else if (!others.empty())
    throw Error(printable(root.string()) + ": folders of splits beside " + quoted_list(others) +
                "; the names of splits are " + split_names_text());
  else if (!listed && !deep)
    reading.options.note("the folders " + quoted_list(top.folders) +
                         " are taken for splits without labels; a list in classes.txt would make them classes");
  std::ranges::sort(splits);
  for (size_t i = 1; i < splits.size(); ++i)
    if (splits[i].first == splits[i - 1].first)
      throw Error(printable(root.string()) + ": the folders '" + splits[i - 1].second + "' and '" + splits[i].second +
                  "' are both the split " + splits[i].first);
  if (!reading.split.empty()) {
    std::erase_if(splits,
                  [&](const auto& entry) { return entry.first != reading.split && entry.second != reading.split; });
    if (splits.empty())
      throw Error(printable(root.string()) + ": no folder for the split '" + printable(reading.split) + "', only " +
                  quoted_list(top.folders));
  }
  return splits;
}

void find_classes(const fs::path& root, const SampleFolder& top,
                  const std::vector<std::pair<std::string, std::string>>& splits, Reading& reading) {
  std::set<std::string> names;
  if (splits.empty()) names.insert(top.folders.begin(), top.folders.end());
  LeftOut ignored(reading.kind, root);
  for (const auto& entry : splits)
    for (const std::string& sub : reading.list(root / entry.second, ignored).folders) names.insert(sub);
  if (names.size() > most_classes)
    throw Error(printable(root.string()) + ": " + std::to_string(names.size()) +
                " folders, at most 65,536 classes are possible");
  ClassFolders classes;
  for (const std::string& name : names) classes.emplace_back(name, name);
  reading.set_classes(std::move(classes));
}

void report(const ClassTree& tree, const Reading& reading, bool listed) {
  const std::string left_out = reading.left_out.text();
  if (!left_out.empty()) reading.options.warning(printable(tree.root.string()) + ": left out: " + left_out);
  if (listed || !reading.split.empty()) return;
  std::vector<bool> seen(tree.classes.size());
  for (const SplitFiles& split : tree.splits)
    for (const int32_t label : split.labels()) seen.at(static_cast<size_t>(label)) = true;
  std::vector<std::string> empty;
  for (size_t k = 0; k < seen.size(); ++k)
    if (!seen[k]) empty.push_back(tree.classes[k]);
  if (!empty.empty())
    reading.options.warning(std::string("classes without a ") + reading.kind.sample + ": " + quoted_list(empty));
}

}  // namespace

std::vector<int32_t> SplitFiles::labels() const {
  std::vector<int32_t> labels;
  for (const SampleFile& file : files)
    if (file.label >= 0) labels.push_back(file.label);
  return labels;
}

ClassTree read_class_tree(const std::string& input, const SampleKind& kind, const std::string& split,
                          const FormatOptions& options) {
  if (input == "-" || !fs::is_directory(input))
    throw Error(input + ": expected a folder of " + kind.samples + ", one sub-folder a class");
  ClassTree tree;
  tree.root = fs::path(input).lexically_normal();
  const fs::path& root = tree.root;
  if (!root.has_filename() && root.has_relative_path()) tree.root = tree.root.parent_path();
  Reading reading{kind, options, split, LeftOut(kind, root), {}, {}};
  const SampleFolder top = reading.list(root);
  const bool listed = fs::symlink_status(root / class_list).type() != fs::file_type::not_found;
  if (listed) reading.set_classes(read_class_list(root / class_list, options.budget));
  const auto splits = splits_of(root, top, reading, listed);
  if (!listed) find_classes(root, top, splits, reading);
  reading.left_out = LeftOut(kind, root);  // the reading itself counts again
  if (splits.empty())
    tree.splits.push_back(files_of(root, split.empty() ? "train" : split, reading));
  else
    (void)reading.list(root);
  if (!splits.empty() && !top.samples.empty())
    throw Error(printable(root.string()) + ": " + kind.samples + " beside folders of splits" + reading.to_its_class());
  for (const auto& [name, folder] : splits) tree.splits.push_back(files_of(root / folder, name, reading));
  std::ranges::stable_sort(tree.splits, {}, [](const SplitFiles& s) { return split_rank(s.name); });
  if (std::ranges::any_of(tree.splits, [](const SplitFiles& s) { return !s.labels().empty(); }))
    for (const auto& entry : reading.classes) tree.classes.push_back(entry.second);
  report(tree, reading, listed);
  return tree;
}

}  // namespace nn
