// SPDX-License-Identifier: MIT
#include "cli/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "base/error.h"
#include "base/log.h"
#include "base/text/text_file.h"
#include "base/text/url.h"
#include "cli/parse.h"

namespace nn::cli {
namespace {

std::string trimmed(const std::string& text) {
  const char* blanks = " \t\r";
  const size_t begin = text.find_first_not_of(blanks);
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// All values of an option that came several times and keeps them all; else the one in force.
std::vector<std::string> values_of(const Option& option,
                                   const std::vector<std::pair<std::string, std::string>>& given) {
  std::vector<std::string> values;
  for (const auto& [name, value] : given)
    if (name == option.name) values.push_back(value);
  return values.size() > 1 && option.get() == value_text(values) ? values : std::vector<std::string>{option.get()};
}

constexpr size_t longest_config = 1 << 20;

}  // namespace

std::vector<std::pair<std::string, std::string>> read_config(const std::string& file) {
  std::istringstream in(read_text_file(file, "settings as text", longest_config));
  std::vector<std::pair<std::string, std::string>> settings;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    line = trimmed(line);
    if (line.empty() || line[0] == '#') continue;
    const size_t equals = line.find('=');
    const std::string name = trimmed(line.substr(0, equals));
    if (equals == std::string::npos || name.empty())
      throw UsageError(fmt::format("{}:{}: expected 'name = value', found '{}'", file, number, line));
    if (name.starts_with('-'))
      throw UsageError(fmt::format("{}:{}: names stand without dashes: '{}'", file, number,
                                   printable(name.substr(std::min(name.find_first_not_of('-'), name.size())))));
    settings.emplace_back(name, trimmed(line.substr(equals + 1)));
  }
  return settings;
}

std::string config_text(const ToolInfo& info, const OptionSet& set,
                        const std::vector<std::pair<std::string, std::string>>& given) {
  std::string text;
  for (const Option& o : set.all()) {
    if (o.operand || o.name == "help" || o.name == "version" || o.name == "config" || o.name == "print-config" ||
        o.name == "list")
      continue;
    if (std::ranges::any_of(info.second_names, [&](const auto& names) { return names.first == o.name; })) continue;
    for (const std::string& value : values_of(o, given))
      text += value.empty() ? fmt::format("# {} =\n", o.name)
                            : fmt::format("{} = {}\n", o.name, without_credentials(value));
  }
  return text;
}

}  // namespace nn::cli
