// SPDX-License-Identifier: MIT
// The table of formats.
#include <algorithm>
#include <filesystem>

#include "formats/format.h"

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

void FormatOptions::declare(OptionSet& set) {
  set.add("label", label, "COLUMN", "column of a CSV that holds the class: its name, or its number from 1 (-1 is the last)").brief_help();
  set.add("target", target, "COLUMN", "column of a CSV that holds a number to predict; may be given again");
  set.add("header", header, "WHEN", "whether the first line of a CSV holds names").one_of({"auto", "yes", "no"});
  set.add("shape", shape, "CxHxW", "rows of a CSV are images of this shape with values 0 to 255").brief_help();
  set.add("split", split, "NAME", "split to make (default train) or to write").brief_help();
}

const FormatType* format_of(const std::string& name) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (fs::is_directory(name, ignored)) {
    std::string kind = "png";
    for (const auto& entry : fs::directory_iterator(name, ignored)) {
      const std::string file = entry.path().filename().string();
      if (file.find("-ubyte") != std::string::npos) kind = "idx";
      if (file.ends_with(".npy")) kind = "npy";
    }
    return &find_in(format_types(), kind, "format");
  }
  std::string lower = name;
  std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (const FormatType* format : format_types())
    for (const std::string& suffix : format->suffixes)
      if (lower.ends_with(suffix)) return format;
  return nullptr;
}

}  // namespace nn
