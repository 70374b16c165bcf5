// SPDX-License-Identifier: MIT
// How a table of text is written: what separates its columns, its decimal sign, what stands for a missing value.
#pragma once

#include <string>
#include <string_view>

#include "formats/datasets/csv/csv_options.h"

namespace nn {

/// A separator of ' ' is one or more blanks or tabs.
struct CsvDialect {
  char separator = ',';
  char decimal = '.';
};

/// What the options say; where they say "auto", what makes most fields of the first lines numbers. usual: the separator
/// of the format, taken when nothing else is better; anything else is noted.
CsvDialect dialect_of(std::string_view text, char usual, const CsvOptions& options);
/// The separator that --separator names, `usual` for auto.
char named_separator(const std::string& name, char usual);
/// A whole field as a number, with '.' or ',' before the fraction.
bool csv_number(std::string_view field, char decimal, double& value);
/// True and False of pandas, TRUE and FALSE of R: 1 and 0.
bool csv_logical(std::string_view field, double& value);
/// Empty, "NA", "nan", "NULL", "None", "?" and what else other programs write for no value.
bool is_missing(std::string_view field);

}  // namespace nn
