// SPDX-License-Identifier: MIT
#include "cli/foreign_files.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/file_sums.h"
#include "base/log.h"
#include "base/text/url.h"

namespace nn::cli {
namespace {

namespace fs = std::filesystem;

/// What a value begins with is named by the user; files beside it, and those of a name, are not.
bool is_named(const Option& option, const std::string& file) {
  const std::string value = option.get();
  const std::vector<std::string> values = option.values ? option.values() : std::vector{value};
  return std::any_of(values.begin(), values.end(), [&](const std::string& v) {
    return v.starts_with(file) && (v.size() == file.size() || v[file.size()] == ',');
  });
}

}  // namespace

void ForeignFiles::add(const OptionSet& options, bool hdf5_too) {
  for (const Option& option : options.all()) {
    if (option.file != Option::File::read) continue;
    for (const std::string& name : option.files()) {
      std::error_code failure;
      const bool folder = fs::is_directory(name, failure);
      if (known_.count(name) || (folder ? !hdf5_too || !is_named(option, name) : !fs::is_regular_file(name, failure)))
        continue;
      if (!folder && !hdf5_too && begins_as_hdf5(name)) continue;
      const std::string sum = folder ? sha256_of_folder(name) : sha256_of_file(name);
      known_[name] = {sum, folder ? -1 : static_cast<int64_t>(fs::file_size(name, failure))};
    }
  }
}

Json ForeignFiles::record(const OptionSet& options, const std::map<std::string, std::string>& ours) {
  for (const auto& [name, digest] : ours) known_.emplace(name, File{});  // not to be hashed
  add(options, true);
  Json list;
  for (const Option& option : options.all()) {
    if (option.file != Option::File::read) continue;
    const std::vector<std::string> names = option.files();
    for (const std::string& name : names) {
      const auto found = known_.find(name);
      if (found == known_.end() || found->second.sha256.empty() || ours.count(name)) continue;
      const bool named = is_named(option, name);
      if (!named && (names.empty() || !is_named(option, names.front()))) continue;  // of the installation or a cache
      Json file = Json::object();
      file["option"] = option.name;
      file["name"] = printable(without_credentials(name));
      if (found->second.size >= 0) file["size"] = found->second.size;
      file["sha256"] = found->second.sha256;
      if (!named) file["beside"] = true;
      list.push_back(file);
    }
  }
  return list;
}

}  // namespace nn::cli
