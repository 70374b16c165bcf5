// SPDX-License-Identifier: MIT
// The table of formats.
#include <algorithm>
#include <filesystem>

#include "formats/format.h"
#include "formats/idx_folder.h"
#include "formats/picture_folder.h"

namespace nn {

#define FORMAT(name) extern const FormatType name##_format;
#include "formats/formats.def"
#undef FORMAT

Table<FormatType> format_types() {
  static const FormatType* const all[] = {
#define FORMAT(name) &name##_format,
#include "formats/formats.def"
#undef FORMAT
  };
  return all;
}

void check_format_options(const OptionSet& options, const FormatType* from, const FormatType* to,
                          const std::string& results) {
  static const std::vector<std::string> of_all{"title", "classes", "range"};
  const auto has = [](const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  };
  const auto reads = [&](const FormatType& type, const std::string& name) {
    return has(type.read_options, name) || has(of_all, name);
  };
  const auto list = [](const std::string& text, const FormatType* type) {
    return text + (text.empty() ? "" : ", ") + type->name;
  };
  const auto is_ours = [&](const std::string& name) {
    return has(of_all, name) || std::ranges::any_of(format_types(), [&](const FormatType* type) {
             return has(type->read_options, name) || has(type->write_options, name);
           });
  };
  for (const Option& option : options.all()) {
    if (option.given && option.get().empty() && is_ours(option.name))
      throw UsageError("--" + option.name + ": the value is empty; leave the option out");
    // --print-config writes all options: one with its default asks for nothing.
    if (!option.given || option.get() == option.default_text || (from && reads(*from, option.name)) ||
        (to && has(to->write_options, option.name)))
      continue;
    std::string reading, writing;
    for (const FormatType* type : format_types()) {
      if (type->read && reads(*type, option.name)) reading = list(reading, type);
      if (type->write && has(type->write_options, option.name)) writing = list(writing, type);
    }
    if (reading.empty() && writing.empty()) continue;
    throw UsageError(
        "--" + option.name + " has no effect " +
        (results.empty() ? std::string("from ") + (from ? from->name : "h5") + " to " + (to ? to->name : "h5")
                         : "on " + results) +
        "; " + (results.empty() ? "" : "with data sets ") + (reading.empty() ? "" : "it is for reading " + reading) +
        (reading.empty() || writing.empty() ? "" : " and ") + (writing.empty() ? "" : "for writing " + writing));
  }
}

const FormatType* format_of(const std::string& name) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (fs::is_directory(name, ignored)) {
    std::string kind = idx_places(name).empty() ? "png" : "idx";
    for (const auto& entry : fs::directory_iterator(name, ignored)) {
      const std::string file = entry.path().filename().string();
      if (is_system_name(file)) continue;
      if (file.find("-ubyte") != std::string::npos) kind = "idx";
      if (file.ends_with(".npy")) kind = "npy";
    }
    return &find_in(format_types(), kind, "format");
  }
  std::string lower = name;
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (const FormatType* format : format_types())
    for (const std::string& suffix : format->suffixes)
      if (lower.ends_with(suffix)) return format;
  return nullptr;
}

}  // namespace nn
