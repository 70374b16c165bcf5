// SPDX-License-Identifier: MIT
// In which form a tool writes its results: --format says so, or the suffix of -o.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace nn {

struct OutputForm {
  std::string name;                   ///< as --format takes it: "tsv"
  std::vector<std::string> suffixes;  ///< of -o, without the dot: {"tsv", "tab"}
};

struct FormRequest {
  std::string asked{};            ///< --format, empty when not given
  bool json = false;              ///< --json
  std::string output{};           ///< -o
  std::string otherwise = "tsv";  ///< without -o, or for a name without a suffix
  std::string dash{};             ///< for -o -; empty: as without -o
};

/// Name of the form. UsageError for an unknown suffix, which lists the known ones, and for --json with another
/// --format.
std::string output_form(std::span<const OutputForm> forms, const FormRequest& request);
/// What to warn of when -o has a suffix of another form than the one that is written; empty otherwise.
std::string suffix_of_another(std::span<const OutputForm> forms, const std::string& form, const std::string& output);
/// Names of the forms, for Option::one_of.
std::vector<std::string> form_names(std::span<const OutputForm> forms);
/// "TSV"-like text forms and their separators: tsv and csv.
char separator_of(const std::string& form);

}  // namespace nn
