// SPDX-License-Identifier: MIT
#include "train/run/recorded_outputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/log.h"
#include "train/run/resume.h"

namespace nn {
namespace {

namespace fs = std::filesystem;

/// With all links followed, as far as there is something.
fs::path resolved(const fs::path& path) {
  std::error_code failure;
  const fs::path absolute = fs::absolute(path, failure), found = fs::weakly_canonical(absolute, failure);
  return failure ? absolute.lexically_normal() : found;
}

bool is_below(const fs::path& path, const fs::path& folder) {
  const auto [end, rest] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end() && rest != path.end();
}

/// What is wrong with writing there; empty for nothing.
std::string objection(const Checkpoint& checkpoint, const std::string& option, const std::string& file) {
  std::error_code failure;
  const fs::path path = resolved(file);
  const fs::path own = resolved(checkpoint.name).parent_path();
  if (!is_below(path, resolved(".")) && !(fs::exists(checkpoint.name, failure) && is_below(path, own)))
    return "lies elsewhere";
  if (!fs::exists(path, failure) || (fs::is_regular_file(path, failure) && fs::file_size(path, failure) == 0))
    return "";
  if (option == "tensorboard") return fs::is_directory(path, failure) ? "" : "is no folder";
  if (!fs::is_regular_file(path, failure)) return "is no regular file";
  if (option == "log") return "";  // gone on with only when its lines are those of this run (log_file.h)
  return is_of_run(path.string(), checkpoint.model, option == "checkpoint") ? "" : "holds something else";
}

}  // namespace

void check_recorded_outputs(const Checkpoint& checkpoint, const OptionSet& options,
                            const std::set<std::string>& given_now) {
  std::vector<std::string> refused, names;
  for (const auto& [name, text] : checkpoint.command) {
    const Option* option = options.find(name);
    if (given_now.count(name) || !option || (option->file != Option::File::written && name != "output")) continue;
    const std::string value = recorded_value(checkpoint, name, text);
    const std::string file = name == "output" ? value : value.substr(0, value.find(','));
    if (file.empty() || file == "-") continue;
    if (name == "checkpoint" && file == checkpoint.name) continue;  // the command line names it, as --resume
    if (const std::string why = objection(checkpoint, name, file); !why.empty()) {
      refused.push_back(fmt::format("--{} {} ({})", name, file, why));
      names.push_back("--" + name);
    }
  }
  if (refused.empty()) return;
  throw UsageError(
      printable(fmt::format("{}: names outputs that the command line does not: {}; give {} anew, or --trust-outputs to "
                            "write there all the same",
                            checkpoint.name, fmt::join(refused, ", "), fmt::join(names, " and "))));
}

}  // namespace nn
