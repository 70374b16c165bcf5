// SPDX-License-Identifier: MIT
#include "formats/datasets/labels.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "base/log.h"

namespace nn {
namespace {
constexpr int64_t most_classes = 65536;

/// "12", "-3": the one way to write a whole number. "01", "+1" and "1e0" are text.
bool plain_whole(std::string_view text, int64_t& value) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || (digits.size() > 1 && digits[0] == '0') || text == "-0") return false;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && stop == text.data() + text.size();
}

bool as_number(std::string_view text, double& number) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);  // from_chars takes none
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && stop == text.data() + text.size() && std::isfinite(number);
}

/// "3.0", "3." and "3.000e+00": how pandas and NumPy write whole numbers that are floats.
bool whole_float(std::string_view text, int64_t& value) {
  double number = 0;
  if (text.find('.') == std::string_view::npos || !as_number(text, number) || number != std::floor(number) ||
      std::fabs(number) >= 0x1p53)
    return false;
  value = static_cast<int64_t>(number);
  return true;
}

using Words = std::vector<std::vector<std::string>>;

/// All labels as numbers when `parse` takes every one of them; empty otherwise.
std::vector<std::vector<int64_t>> all_numbers(const Words& texts, bool (*parse)(std::string_view, int64_t&)) {
  std::vector<std::vector<int64_t>> numbers(texts.size());
  for (size_t s = 0; s < texts.size(); ++s)
    for (const std::string& text : texts[s]) {
      int64_t value = 0;
      if (!parse(text, value)) return {};
      numbers[s].push_back(value);
    }
  return numbers;
}

/// No number is written in two ways, as "1.0" and "1.00".
bool one_text_each(const Words& texts, const std::vector<std::vector<int64_t>>& numbers) {
  std::map<int64_t, std::string_view> written;
  for (size_t s = 0; s < texts.size(); ++s)
    for (size_t i = 0; i < texts[s].size(); ++i)
      if (written.emplace(numbers[s][i], texts[s][i]).first->second != texts[s][i]) return false;
  return true;
}

/// Numbers as labels that are text: fractions are no classes, unless --classes lists them; "01" and "1" are two of
/// them.
void look_at_numbers(const std::set<std::string>& seen, const FormatOptions& options) {
  std::map<double, std::string> by_value;
  std::string fraction, twice;
  bool all_numbers = true;
  for (const std::string& text : seen) {
    double number = 0;
    if (!as_number(text, number)) {
      all_numbers = false;
      continue;
    }
    if (number != std::floor(number)) fraction = text;
    if (const auto [at, fresh] = by_value.emplace(number, text); !fresh)
      twice = "'" + at->second + "' and '" + text + "'";
  }
  if (!fraction.empty() && all_numbers && options.class_names.empty())
    throw Error("the label column holds fractions ('" + fraction +
                "'); numbers to predict are named with --target COLUMN");
  if (!twice.empty())
    options.note("the labels " + twice + " are two classes: labels that are not all plain whole numbers are text");
}

void too_many(size_t n) {
  if (n > static_cast<size_t>(most_classes))
    throw Error("the labels hold " + std::to_string(n) +
                " different values, at most 65,536 classes are possible; numbers to predict are targets");
}
}  // namespace

void encode_labels(const std::vector<std::vector<int64_t>>& numbers, const std::vector<std::string>& names,
                   Dataset& data) {
  std::set<int64_t> seen;
  for (const auto& split : numbers) seen.insert(split.begin(), split.end());
  if (seen.empty()) return;
  too_many(seen.size());
  std::map<int64_t, int32_t> code;
  data.classes.clear();
  if (!names.empty() || *seen.begin() == 0) {
    const int64_t top = *seen.rbegin();
    const int64_t count = names.empty() ? std::min(top, most_classes) + 1 : static_cast<int64_t>(names.size());
    if (*seen.begin() < 0 || top >= count || count > most_classes)
      throw Error("labels run from " + std::to_string(*seen.begin()) + " to " + std::to_string(top) +
                  ", expected 0 to " + std::to_string(std::min(count, most_classes) - 1));
    for (int64_t k = 0; k < count; ++k) {
      data.classes.push_back(names.empty() ? std::to_string(k) : names[static_cast<size_t>(k)]);
      code[k] = static_cast<int32_t>(k);
    }
  } else {
    for (int64_t value : seen) {
      code[value] = static_cast<int32_t>(data.classes.size());
      data.classes.push_back(std::to_string(value));
    }
  }
  for (size_t s = 0; s < numbers.size(); ++s) {
    std::vector<int32_t> labels;
    for (int64_t value : numbers[s]) labels.push_back(code.at(value));
    data.splits.at(s).set("labels", labels);
  }
}

void encode_labels(const Words& texts, Dataset& data, const FormatOptions& options) {
  for (const auto& split : texts)
    for (size_t i = 0; i < split.size(); ++i)
      if (split[i].empty()) throw Error("row " + std::to_string(i + 1) + ": the label is empty");
  if (const auto numbers = all_numbers(texts, plain_whole); !numbers.empty()) return encode_labels(numbers, {}, data);
  if (const auto numbers = all_numbers(texts, whole_float); !numbers.empty() && one_text_each(texts, numbers)) {
    options.note("labels as '" + texts.front().front() +
                 "' are whole numbers: classes (--target keeps a column as numbers)");
    return encode_labels(numbers, {}, data);
  }
  std::set<std::string> seen;
  for (const auto& split : texts) seen.insert(split.begin(), split.end());
  look_at_numbers(seen, options);
  too_many(seen.size());
  data.classes.assign(seen.begin(), seen.end());
  for (size_t s = 0; s < texts.size(); ++s) {
    std::vector<int32_t> labels;
    for (const std::string& text : texts[s])
      labels.push_back(static_cast<int32_t>(std::ranges::lower_bound(data.classes, text) - data.classes.begin()));
    data.splits.at(s).set("labels", labels);
  }
}

const std::string& listed_name(const std::string& name) {
  if (name.find('\n') == std::string::npos && !name.ends_with('\r')) return name;
  throw Error(
      "classes.txt: the class '" + printable(name) +
      "' holds the end of a line and cannot stand in a list; write csv or npz, or give the classes other names");
}

std::string class_name(const Dataset& data, int32_t label) {
  if (label >= 0 && label < data.class_count()) return data.classes[static_cast<size_t>(label)];
  return std::to_string(label);
}

const Split& chosen_split(const Dataset& data, const std::string& wanted, std::string_view format) {
  if (!wanted.empty()) return data.at(wanted);
  if (data.splits.size() == 1) return data.splits.front();
  std::string names;
  for (const Split& split : data.splits) names += (names.empty() ? "" : ", ") + split.name;
  throw UsageError("a " + std::string(format) + " file holds one split and the data set has " + names +
                   ": choose with --split NAME");
}

}  // namespace nn
