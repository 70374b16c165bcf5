// SPDX-License-Identifier: MIT
#include "base/text/output_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "base/log.h"

namespace nn {
namespace {

/// What stands behind the last dot of the file's own name, in small letters; empty for none and for a hidden file.
std::string suffix_of(const std::string& path) {
  const std::string file = path.substr(path.rfind('/') + 1);
  const size_t dot = file.rfind('.');
  if (dot == std::string::npos || dot == 0) return "";
  std::string suffix = file.substr(dot + 1);
  for (char& c : suffix) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return suffix;
}

}  // namespace

std::string output_form(std::span<const OutputForm> forms, const FormRequest& request) {
  if (request.json && !request.asked.empty() && request.asked != "json")
    throw UsageError("--json and --format " + request.asked + " exclude each other");
  if (request.json) return "json";
  if (!request.asked.empty()) return request.asked;
  if (request.output == "-" && !request.dash.empty()) return request.dash;
  if (request.output.empty() || request.output == "-") return request.otherwise;
  const std::string suffix = suffix_of(request.output);
  if (suffix.empty()) return request.otherwise;
  std::string known;
  for (const OutputForm& form : forms)
    for (const std::string& one : form.suffixes) {
      if (one == suffix) return form.name;
      known += (known.empty() ? "." : ", .") + one;
    }
  throw UsageError(fmt::format("-o {}: unknown suffix '.{}'; known are {}; --format chooses for any name",
                               printable(request.output), printable(suffix), known));
}

std::string suffix_of_another(std::span<const OutputForm> forms, const std::string& form, const std::string& output) {
  const std::string suffix = suffix_of(output);
  for (const OutputForm& other : forms)
    if (other.name != form && std::ranges::find(other.suffixes, suffix) != other.suffixes.end())
      return fmt::format("{}: written is {}, although the suffix .{} is that of {}", printable(output), form,
                         printable(suffix), other.name);
  return "";
}

std::vector<std::string> form_names(std::span<const OutputForm> forms) {
  std::vector<std::string> names;
  for (const OutputForm& form : forms) names.push_back(form.name);
  return names;
}

char separator_of(const std::string& form) { return form == "csv" ? ',' : '\t'; }

}  // namespace nn
