// SPDX-License-Identifier: MIT
#include "train/engine/class_weights.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <sstream>

#include "base/log.h"
#include "base/text/names.h"
#include "base/text/number.h"
#include "base/text/split.h"
#include "base/text/text_file.h"

namespace nn {
namespace {

double weight_in(std::string_view text) {
  double value = 0;
  parse_value(text, value);
  if (!(value >= 0)) throw UsageError(fmt::format("expected a weight from 0 up, found {}", value_text(value)));
  return value;
}

std::vector<double> balanced(const Split& split, int64_t classes) {
  std::vector<int64_t> count(static_cast<size_t>(classes));
  for (int32_t label : split.labels()) ++count[static_cast<size_t>(label)];
  const double n = static_cast<double>(split.labels().size());
  const auto present = static_cast<double>(std::count_if(count.begin(), count.end(), [](int64_t c) { return c > 0; }));
  std::vector<double> weights;
  for (int64_t c : count) weights.push_back(c ? n / (present * static_cast<double>(c)) : 0.0);
  return weights;
}

std::vector<double> from_numbers(const std::string& text, int64_t classes) {
  std::vector<double> weights;
  in_context("--class-weight", [&] {
    for (const std::string_view part : split_at(text, ',')) weights.push_back(weight_in(part));
  });
  if (static_cast<int64_t>(weights.size()) != classes)
    throw UsageError(
        fmt::format("--class-weight: expected {} weights, one per class, found {}", classes, weights.size()));
  return weights;
}

/// By name; else by number, which is never the name of another class.
size_t class_of(const std::string& text, const NameIndex& index, const std::vector<std::string>& names,
                int64_t classes) {
  if (const int64_t named = index.find(text); named >= 0) return static_cast<size_t>(named);
  int64_t number = -1;
  try {
    parse_value(text, number);
  } catch (const UsageError&) {
  }
  if (number < 0 || number >= classes)
    throw Error(fmt::format(
        "unknown class '{}'; expected {}", printable(text),
        names.empty() ? fmt::format("a number from 0 to {}", classes - 1) : "one of " + quoted_list(names)));
  return static_cast<size_t>(number);
}

constexpr size_t longest_file = 64 << 20;

std::vector<double> from_file(const std::string& file, const std::vector<std::string>& names, int64_t classes) {
  if (::access(file.c_str(), R_OK) != 0)
    throw UsageError("--class-weight '" + printable(file) +
                     "': expected balanced, numbers joined by commas, or a file that can be read");
  std::istringstream in(read_text_file(file, "weights of classes as text", longest_file));
  const NameIndex index(names);
  std::vector<std::optional<double>> found(static_cast<size_t>(classes));
  std::string line;
  for (int64_t number = 1; std::getline(in, line); ++number) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty() || line[0] == '#') continue;
    try {
      const size_t tab = line.find('\t');
      if (tab == std::string::npos)
        throw Error(fmt::format("expected CLASS<TAB>WEIGHT, found '{}'", printable(line.substr(0, 80))));
      const std::string name = line.substr(0, tab);
      std::optional<double>& weight = found[class_of(name, index, names, classes)];
      if (weight) throw Error(fmt::format("class '{}' has a weight already", printable(name)));
      weight = weight_in(std::string_view(line).substr(tab + 1));
    } catch (const Error& e) {
      throw Error(fmt::format("{}, line {}: {}", printable(file), number, e.what()));
    }
  }
  std::vector<double> weights;
  for (size_t c = 0; c < found.size(); ++c) {
    if (!found[c])
      throw Error(fmt::format("{}: no weight for class {}; every class needs a line CLASS<TAB>WEIGHT", printable(file),
                              c < names.size() ? printable("'" + names[c] + "'") : std::to_string(c)));
    weights.push_back(*found[c]);
  }
  return weights;
}

}  // namespace

std::string class_weight_file(const std::string& text) {
  return text == "balanced" || text.find_first_not_of("0123456789.,eE+-") == std::string::npos ? "" : text;
}

std::vector<double> class_weights(const std::string& text, const Split& split, const std::vector<std::string>& names,
                                  int64_t classes) {
  if (text == "balanced") return balanced(split, classes);
  const std::string file = class_weight_file(text);
  const std::vector<double> weights = file.empty() ? from_numbers(text, classes) : from_file(file, names, classes);
  if (std::all_of(weights.begin(), weights.end(), [](double w) { return w == 0; }))
    throw UsageError("--class-weight: all weights are 0");
  return weights;
}

}  // namespace nn
