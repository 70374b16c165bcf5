// SPDX-License-Identifier: MIT
#include "cli/depfile.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/log.h"

namespace nn::cli {
namespace {

namespace fs = std::filesystem;

void refuse(const std::string& name, const std::string& why) {
  throw UsageError(
      fmt::format("--depfile: make has no way to write the name {}, {}; name it otherwise", printable(name), why));
}

/// A blank or '#' is taken as it is behind a backslash; backslashes right before it count twice.
std::string escaped(const std::string& name) {
  std::string out;
  size_t backslashes = 0;
  for (const char c : name) {
    if (c == ' ' || c == '\t' || c == '#' || c == ':') out += std::string(backslashes + 1, '\\');
    if (c == '$') out += '$';
    backslashes = c == '\\' ? backslashes + 1 : 0;
    out += c;
  }
  return out;
}

void check_name(const std::string& name) {
  if (name.find_first_of("\n\r") != std::string::npos) refuse(name, "which has a line end");
  if (const size_t at = name.find_first_of(";*?["); at != std::string::npos)
    refuse(name, fmt::format("because of '{}'", name[at]));
  if (name.starts_with('~') || name.starts_with('|')) refuse(name, fmt::format("which begins with '{}'", name[0]));
  if (name.ends_with('\\') || name.ends_with('&')) refuse(name, fmt::format("which ends with '{}'", name.back()));
}

class Files {
 public:
  void add(const std::string& name, bool with_all_in_it) {
    std::error_code failure;
    const bool folder = fs::is_directory(name, failure);
    if (!(folder && with_all_in_it) && !fs::is_regular_file(name, failure)) return;
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) return;
    names_.push_back(name);
    if (!folder) return;
    std::vector<std::string> inside;
    for (const auto& entry : fs::recursive_directory_iterator(name, failure))
      if (entry.is_regular_file(failure) || entry.is_directory(failure)) inside.push_back(entry.path().string());
    std::sort(inside.begin(), inside.end());
    names_.insert(names_.end(), inside.begin(), inside.end());
  }
  std::vector<std::string> take() { return std::move(names_); }

 private:
  std::vector<std::string> names_;
};

}  // namespace

std::string main_output(const OptionSet& options) {
  for (const Option& o : options.all()) {
    if (o.file != Option::File::written || (o.name != "output" && !o.operand)) continue;
    if (const std::string name = o.get(); !name.empty() && name != "-") return name;
  }
  return "";
}

std::vector<std::string> files_read(const OptionSet& options, const std::vector<std::string>& further) {
  Files files;
  for (const Option& o : options.all()) {
    if (o.file != Option::File::read) continue;
    for (const std::string& name : o.files()) files.add(name, o.operand && name == o.get());
  }
  for (const std::string& name : further) files.add(name, false);
  return files.take();
}

std::string depfile_rule(const std::string& output, std::vector<std::string> inputs) {
  check_name(output);
  if (const size_t at = output.find_first_of("=%"); at != std::string::npos)
    refuse(output, fmt::format("because of '{}'", output[at]));
  std::for_each(inputs.begin(), inputs.end(), check_name);
  // "out: a=b" would set a variable for out; "out: in a=b" does not.
  const auto plain = [](const std::string& name) { return name.find('=') == std::string::npos; };
  const auto first = std::find_if(inputs.begin(), inputs.end(), plain);
  if (first == inputs.end() && !inputs.empty()) refuse(inputs.front(), "because of '='");
  if (first != inputs.end()) std::rotate(inputs.begin(), first, first + 1);
  std::string rule = escaped(output) + ":";
  for (const std::string& name : inputs) rule += " " + escaped(name);
  return rule + "\n";
}

}  // namespace nn::cli
