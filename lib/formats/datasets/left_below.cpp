// SPDX-License-Identifier: MIT
#include "formats/datasets/left_below.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/log.h"
#include "formats/datasets/folders/sample_folder.h"

namespace nn {
namespace {
namespace fs = std::filesystem;
constexpr size_t most_entries = 100'000;
constexpr int deepest = 8;
}  // namespace

void warn_of_files_below(const std::string& folder, const std::function<bool(const std::string&)>& wanted,
                         const std::vector<std::string>& read, const FormatOptions& options) {
  std::set<fs::path> known;
  for (const std::string& file : read) known.insert(fs::path(file).lexically_normal());
  std::vector<std::string> found;
  size_t entries = 0, count = 0;
  std::error_code failure;
  for (fs::recursive_directory_iterator at(folder, failure);
       !failure && at != fs::recursive_directory_iterator() && ++entries < most_entries; at.increment(failure)) {
    const std::string name = at->path().filename().string();
    const bool is_folder = at->symlink_status().type() == fs::file_type::directory;
    if (is_folder && (at.depth() >= deepest || is_system_name(name))) at.disable_recursion_pending();
    const fs::path path = at->path().lexically_normal();
    if (is_folder || at.depth() == 0 || is_system_name(name) || !wanted(name) || known.contains(path)) continue;
    ++count;
    if (found.size() < 1000)
      found.push_back(printable(path.lexically_relative(fs::path(folder).lexically_normal()).string()));
  }
  if (count == 0) return;
  std::ranges::sort(found);
  std::string examples;
  for (size_t i = 0; i < std::min<size_t>(3, found.size()); ++i) examples += (i ? ", " : "") + found[i];
  options.warning(printable(folder) + ": left out: " + std::to_string(count) +
                  (count > 1 ? " files in sub-folders (" : " file in a sub-folder (") + examples +
                  (count > 3 ? ", ...)" : ")"));
}

void check_regular_file(const std::string& path) {
  if (fs::symlink_status(path).type() != fs::file_type::regular)
    throw Error(
        printable(path) +
        ": is a link, a FIFO or a device, which is not opened here; put a regular file in its place, or name it alone");
}

}  // namespace nn
