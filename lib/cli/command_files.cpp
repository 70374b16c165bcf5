// SPDX-License-Identifier: MIT
#include "cli/command_files.h"

#include <algorithm>

#include "cli/operands.h"
#include "cli/parse.h"

namespace nn::cli {
namespace {

Json entry_of(const Option& option, const std::string& value) {
  Json entry = Json::object();
  entry["option"] = option.name;
  entry["value"] = value;
  if (is_flag(option)) entry["flag"] = true;
  if (option.file == Option::File::none) return entry;
  entry["file"] = option.file == Option::File::read ? "read" : "written";
  entry["names"] = Json::array();
  for (const std::string& name : option.files()) entry["names"].push_back(name);
  return entry;
}

/// The options that operands go to, in their order; the last one again for all that follow.
std::vector<const Option*> places_of(const OptionSet& options) {
  std::vector<const Option*> places;
  for (const Option& option : options.all())
    if (option.operand) places.push_back(&option);
  return places;
}

}  // namespace

Json command_files(const ToolInfo& info, OptionSet& options,
                   const std::vector<std::pair<std::string, std::string>>& given,
                   const std::vector<std::string>& operands) {
  fill_operands(info, options, operands);
  Json all = Json::object();
  all["settings"] = Json::array();
  for (const auto& [name, value] : given)
    if (const Option* option = options.find(name)) all["settings"].push_back(entry_of(*option, value));
  all["operands"] = Json::array();
  const std::vector<const Option*> places = places_of(options);
  for (size_t i = 0; i < operands.size(); ++i) {
    if (places.empty()) {
      all["operands"].push_back(Json(Json::Object{{"option", Json("")}, {"value", Json(operands[i])}}));
      continue;
    }
    const Option& place = *places[std::min(i, places.size() - 1)];
    Json entry = entry_of(place, operands[i]);
    if (place.values && entry.find("names")) entry["names"] = Json(Json::Array{Json(operands[i])});
    all["operands"].push_back(entry);
  }
  return all;
}

std::vector<std::string> words_of(const OptionSet& options,
                                  const std::vector<std::pair<std::string, std::string>>& given,
                                  const std::vector<std::string>& operands) {
  std::vector<std::string> words;
  for (size_t i = 0; i < given.size(); ++i) {
    const auto& [name, value] = given[i];
    const Option* option = options.find(name);
    const auto again = [&, first = name](const auto& later) { return later.first == first; };
    if (!option ||
        (!option->adds_up && std::any_of(given.begin() + static_cast<std::ptrdiff_t>(i) + 1, given.end(), again)))
      continue;                      // the command line overrides the configuration
    if (name == "config") continue;  // what stands in it is among the given
    if (is_flag(*option)) {
      if (value == "true") words.push_back("--" + name);
      if (value == "false" && is_on_by_default(*option)) words.push_back("--no-" + name);
      continue;
    }
    words.push_back("--" + name + (value.empty() ? "" : "=" + value));
    if (value.empty()) words.emplace_back();
  }
  if (!operands.empty()) words.emplace_back("--");
  words.insert(words.end(), operands.begin(), operands.end());
  return words;
}

}  // namespace nn::cli
