// SPDX-License-Identifier: MIT
#include "formats/datasets/idx/idx_folder.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "base/log.h"
#include "data/split_names.h"
#include "formats/datasets/folders/sample_folder.h"
#include "formats/datasets/left_below.h"

namespace nn {
namespace {
namespace fs = std::filesystem;

constexpr std::array<const char*, 3> kinds{"images", "labels", "targets"};
constexpr size_t most_entries = 100'000;

struct Named {
  size_t kind = kinds.size();  ///< kinds.size(): none of ours
  std::string prefix;          ///< "train", "emnist-letters-test"
};

Named parse(const std::string& file) {
  if (is_system_name(file)) return {};
  for (size_t kind = 0; kind < kinds.size(); ++kind) {
    const size_t at = file.rfind(kinds[kind]);
    const std::string rest = at == std::string::npos ? "" : file.substr(at);
    if (rest.find("idx") == std::string::npos && rest.find("-ubyte") == std::string::npos) continue;
    std::string prefix = file.substr(0, at);
    while (!prefix.empty() && std::string_view("-_.").find(prefix.back()) != std::string_view::npos) prefix.pop_back();
    return {kind, prefix};
  }
  return {};
}

/// The prefix, or its last word, as a split; else the prefix itself.
std::string split_of(const std::string& prefix, const std::string& default_split) {
  if (prefix.empty()) return default_split;
  const std::string last = prefix.substr(prefix.find_last_of("-_.") + 1);
  for (const std::string& word : {prefix, last})
    if (const std::string split = split_for(word); !split.empty()) return split;
  return prefix;
}

void check_regular(const fs::path& path) { check_regular_file(path.string()); }

/// The file itself, or the one of the same kind in a folder of its name; empty for neither.
std::string file_at(const fs::path& path, size_t kind) {
  if (fs::symlink_status(path).type() != fs::file_type::directory) {
    check_regular(path);
    return path.string();
  }
  std::string found;
  size_t entries = 0;
  for (const auto& entry : fs::directory_iterator(path)) {
    if (++entries > most_entries)
      throw Error(printable(path.string()) + ": more than " + std::to_string(most_entries) + " entries");
    if (parse(entry.path().filename().string()).kind != kind) continue;
    check_regular(entry.path());
    if (!found.empty()) throw Error(printable(path.string()) + ": two files of " + kinds[kind]);
    found = entry.path().string();
  }
  return found;
}

bool is_packed(const std::string& name) { return name.ends_with(".gz"); }

/// One of the three kinds of files, and those that should hold the same.
struct Place {
  std::string taken;
  std::vector<std::string> others;
};

/// Plain rather than packed, a file rather than one in a folder of its name: the same thing twice is no fault.
void take(Place& found, const std::string& path, const fs::path& folder) {
  std::string& place = found.taken;
  const auto rank = [&](const std::string& p) { return (fs::path(p).parent_path() == folder ? 0 : 2) + is_packed(p); };
  const auto stem = [](const std::string& p) {
    std::string name = fs::path(p).filename().string();
    if (is_packed(name)) name.resize(name.size() - 3);
    std::ranges::replace(name, '.', '-');
    return name;
  };
  if (!place.empty() && stem(place) != stem(path))
    throw Error(printable(place) + " and " + printable(path) +
                " are files for the same thing; name the one that is meant");
  std::string other = path;
  if (place.empty() || rank(path) < rank(place)) std::swap(place, other);
  if (!other.empty()) found.others.push_back(other);
}

void add_copies(IdxSplit& split, const Place& place) {
  for (const std::string& other : place.others) split.copies.emplace_back(place.taken, other);
}
}  // namespace

std::vector<std::string> idx_places(const std::string& folder) {
  const auto folders_in = [](const fs::path& place, bool& images) {
    std::vector<fs::path> found;
    std::error_code failure;
    size_t entries = 0;
    for (fs::directory_iterator at(place, failure);
         !failure && at != fs::directory_iterator() && ++entries <= most_entries; at.increment(failure)) {
      images = images || parse(at->path().filename().string()).kind == 0;
      if (at->symlink_status().type() == fs::file_type::directory) found.push_back(at->path());
    }
    return found;
  };
  bool here = false;
  const std::vector<fs::path> below = folders_in(folder, here);
  if (here) return {folder};
  std::vector<std::string> places;
  for (const fs::path& sub : below) {
    const fs::path raw = sub.filename() == "raw" ? sub : sub / "raw";
    bool images = false;
    (void)folders_in(raw, images);
    if (images) places.push_back(raw.string());
  }
  std::ranges::sort(places);
  return places;
}

bool is_idx_name(const std::string& name) { return parse(name).kind != kinds.size(); }

std::vector<IdxSplit> idx_files(const std::string& folder, const std::string& default_split,
                                std::vector<std::string>& unused) {
  std::map<std::string, std::array<Place, kinds.size()>> by_prefix;
  size_t entries = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (++entries > most_entries)
      throw Error(printable(folder) + ": more than " + std::to_string(most_entries) + " entries");
    const Named named = parse(entry.path().filename().string());
    if (named.kind == kinds.size()) continue;
    if (const std::string path = file_at(entry.path(), named.kind); !path.empty())
      take(by_prefix[named.prefix][named.kind], path, fs::path(folder));
  }
  std::vector<IdxSplit> splits;
  for (const auto& [prefix, files] : by_prefix) {
    if (files[0].taken.empty()) {
      for (const Place& file : files)
        if (!file.taken.empty()) unused.push_back(file.taken);
      continue;
    }
    const std::string name = split_of(prefix, default_split);
    for (const IdxSplit& other : splits)
      if (other.name == name)
        throw Error(printable(other.images) + " and " + printable(files[0].taken) + " are both the split " + name +
                    "; name the one that is meant");
    splits.push_back({name, files[0].taken, files[1].taken, files[2].taken, {}});
    for (const Place& file : files) add_copies(splits.back(), file);
  }
  if (splits.empty()) throw Error(printable(folder) + ": no train-images-* or t10k-images-* in this folder");
  return splits;
}

IdxSplit idx_file(const std::string& file, const std::string& default_split) {
  const fs::path path(file);
  const Named named = parse(path.filename().string());
  IdxSplit split{default_split.empty() ? split_for(split_of(named.prefix, "train")) : default_split, file, "", "", {}};
  std::array<Place, kinds.size()> beside;
  if (split.name.empty()) split.name = "train";
  if (named.kind != 0) return split;
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code failure;
  size_t entries = 0;
  for (fs::directory_iterator at(folder, failure);
       !failure && at != fs::directory_iterator() && ++entries <= most_entries; at.increment(failure)) {
    const Named other = parse(at->path().filename().string());
    if (other.kind == 0 || other.kind == kinds.size() || other.prefix != named.prefix ||
        at->symlink_status().type() == fs::file_type::directory)
      continue;
    check_regular(at->path());
    take(beside[other.kind], at->path().string(), folder);
  }
  split.labels = beside[1].taken, split.targets = beside[2].taken;
  for (const Place& place : beside) add_copies(split, place);
  return split;
}

}  // namespace nn
