// SPDX-License-Identifier: MIT
#include "formats/labels.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "base/log.h"

namespace nn {
namespace {
constexpr int64_t most_classes = 65536;

bool whole_number(const std::string& text, int64_t& value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc() && stop == end) return true;
  // "3.0" is how pandas writes an integer column that once had gaps.
  double number = 0;
  const auto [stop2, error2] = std::from_chars(text.data(), end, number);
  if (error2 != std::errc() || stop2 != end || number != static_cast<double>(static_cast<int64_t>(std::clamp(number, -1e15, 1e15)))) return false;
  value = static_cast<int64_t>(number);
  return true;
}

bool is_number(const std::string& text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end;
}

void too_many(size_t n) {
  if (n > static_cast<size_t>(most_classes))
    throw Error("the labels hold " + std::to_string(n) + " different values, at most 65,536 classes are possible; numbers to predict are targets");
}
}  // namespace

void encode_labels(const std::vector<std::vector<int64_t>>& numbers, const std::vector<std::string>& names, Dataset& data) {
  std::set<int64_t> seen;
  for (const auto& split : numbers) seen.insert(split.begin(), split.end());
  if (seen.empty()) return;
  too_many(seen.size());
  std::map<int64_t, int32_t> code;
  data.classes.clear();
  if (!names.empty() || *seen.begin() == 0) {
    const int64_t top = *seen.rbegin();
    const int64_t count = names.empty() ? top + 1 : static_cast<int64_t>(names.size());
    if (*seen.begin() < 0 || top >= count || count > most_classes)
      throw Error("labels run from " + std::to_string(*seen.begin()) + " to " + std::to_string(top) + ", expected 0 to " +
                  std::to_string(std::min(count, most_classes) - 1));
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
    auto& labels = data.splits.at(s).labels;
    labels.clear();
    for (int64_t value : numbers[s]) labels.push_back(code.at(value));
  }
}

void encode_labels(const std::vector<std::vector<std::string>>& texts, Dataset& data) {
  std::vector<std::vector<int64_t>> numbers(texts.size());
  bool whole = true, numeric = true;
  for (size_t s = 0; s < texts.size(); ++s)
    for (size_t i = 0; i < texts[s].size(); ++i) {
      int64_t value = 0;
      if (texts[s][i].empty()) throw Error("row " + std::to_string(i + 1) + ": the label is empty");
      if (whole && (whole = whole_number(texts[s][i], value))) numbers[s].push_back(value);
      numeric = numeric && is_number(texts[s][i]);
    }
  if (whole) return encode_labels(numbers, {}, data);
  if (numeric) throw Error("the label column holds fractions; numbers to predict are named with --target COLUMN");
  std::set<std::string> seen;
  for (const auto& split : texts) seen.insert(split.begin(), split.end());
  too_many(seen.size());
  data.classes.assign(seen.begin(), seen.end());
  for (size_t s = 0; s < texts.size(); ++s)
    for (const std::string& text : texts[s])
      data.splits.at(s).labels.push_back(static_cast<int32_t>(std::ranges::lower_bound(data.classes, text) - data.classes.begin()));
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
  throw UsageError("a " + std::string(format) + " file holds one split and the data set has " + names + ": choose with --split NAME");
}

}  // namespace nn
