// SPDX-License-Identifier: MIT
#include "formats/datasets/folders/sample_folder.h"

#include <algorithm>

#include "base/log.h"

namespace nn {
namespace {
namespace fs = std::filesystem;

constexpr size_t most_entries = 20'000'000;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

std::string kind_text(const fs::file_status& status) {
  switch (status.type()) {
    case fs::file_type::symlink:
      return "a symbolic link";
    case fs::file_type::fifo:
      return "a FIFO";
    case fs::file_type::socket:
      return "a socket";
    case fs::file_type::block:
    case fs::file_type::character:
      return "a device";
    case fs::file_type::directory:
      return "a folder";
    default:
      return "not a regular file";
  }
}

Error not_opened(const fs::path& path, const fs::file_status& status) {
  return Error(
      printable(path.string()) + ": is " + kind_text(status) +
      ", which is not opened here; put a regular file in its place (cp -rL copies what links point to), or remove it");
}
}  // namespace

bool is_system_name(const std::string& name) {
  constexpr std::string_view known[] = {
      "__macosx", "thumbs.db", "desktop.ini", "@eadir", "lost+found", "$recycle.bin", "system volume information"};
  return name.starts_with('.') || std::ranges::find(known, lower(name)) != std::end(known);
}

void LeftOut::add(Kind kind, const fs::path& path, size_t count) {
  if (path == root_ / class_list) return;  // is read by itself
  Group& group = groups_[kind];
  group.count += count;
  if (group.examples.size() < 3) group.examples.push_back(printable(path.lexically_relative(root_).string()));
}

std::string LeftOut::text() const {
  const std::array<std::array<const char*, 2>, kinds> words{
      {kind_->other,
       {"file below the folder of a class", "files below the folders of classes"},
       kind_->unknown,
       {"hidden or system entry", "hidden or system entries"}}};
  std::string text;
  for (size_t kind = 0; kind < kinds; ++kind) {
    const Group& group = groups_[kind];
    if (group.count == 0) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(group.count) + " " + words[kind][group.count > 1] + " (";
    std::vector<std::string> examples = group.examples;
    std::ranges::sort(examples);
    for (size_t i = 0; i < examples.size(); ++i) text += (i ? ", " : "") + examples[i];
    text += group.count > examples.size() ? ", ...)" : ")";
  }
  return text;
}

SampleFolder list_samples(const fs::path& folder, const SampleKind& kind, LeftOut& left_out, const Budget& budget) {
  SampleFolder found;
  std::error_code failure;
  fs::directory_iterator at(folder, failure);
  size_t entries = 0;
  for (; !failure && at != fs::directory_iterator(); at.increment(failure)) {
    if (++entries > most_entries)
      throw Error(printable(folder.string()) + ": more than " + std::to_string(most_entries) + " entries");
    if (entries % 65536 == 0) budget.ask(entries * 256, printable(folder.string()) + ": a list of its entries");
    const fs::path& path = at->path();
    const std::string name = path.filename().string(), suffix = lower(path.extension().string());
    const fs::file_status status = at->symlink_status();
    const bool is_folder = status.type() == fs::file_type::directory,
               is_sample = suffix == kind.suffix && name != class_list;
    if (is_system_name(name)) {
      // Of what every system leaves everywhere only that is said which may hold samples.
      if (is_folder || is_sample || kind.is_other(suffix)) left_out.add(LeftOut::system_entry, path);
      continue;
    }
    const bool leads_to_folder = status.type() == fs::file_type::symlink && fs::is_directory(path, failure);
    failure.clear();
    if (leads_to_folder || (is_sample && !is_folder && status.type() != fs::file_type::regular))
      throw not_opened(path, status);
    if (is_folder)
      found.folders.push_back(name);
    else if (is_sample)
      found.samples.push_back(name);
    else
      left_out.add(kind.is_other(suffix) ? LeftOut::other_sample : LeftOut::other_file, path);
  }
  if (failure) throw Error(printable(folder.string()) + ": cannot read the folder: " + failure.message());
  std::ranges::sort(found.folders);
  std::ranges::sort(found.samples);
  return found;
}

void count_below(const fs::path& folder, LeftOut& left_out) {
  constexpr int deepest = 32;
  size_t entries = 0;
  std::error_code failure;
  for (fs::recursive_directory_iterator at(folder, failure);
       !failure && at != fs::recursive_directory_iterator() && ++entries < most_entries; at.increment(failure)) {
    if (at.depth() >= deepest) at.disable_recursion_pending();
    if (at->symlink_status().type() != fs::file_type::directory) left_out.add(LeftOut::below_class, at->path());
  }
  if (failure) throw Error(printable(folder.string()) + ": cannot read the folder: " + failure.message());
}

}  // namespace nn
