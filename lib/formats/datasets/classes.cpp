// SPDX-License-Identifier: MIT
// --classes: the classes of a dataset in an order that somebody else decides.
#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/log.h"
#include "base/text/names.h"
#include "base/text/utf8.h"
#include "formats/intake.h"
#include "formats/reading.h"
#include "formats/utf8.h"
#include "h5/image.h"
#include "h5/reading/reader.h"
#include "h5/schema.h"

namespace nn {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
  check_utf8(text);
  text = without_mark(text);
  std::vector<std::string> names;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (const size_t tab = line.find('\t'); tab != std::string_view::npos) line.remove_prefix(tab + 1);
    if (!line.empty()) names.emplace_back(line);
  }
  return names;
}

/// Of a text, or of a file of nn-tools: the bytes are read once, as a pipe gives them.
std::vector<std::string> classes_in(const std::string& file, const Budget& budget) {
  FormatOptions options;
  options.budget = budget;
  const std::vector<std::byte> bytes = unpacked_bytes(file, options, list_content);
  if (h5::has_signature(bytes)) return h5::read_classes(h5::Reader::of_bytes(bytes, printable(file), "", budget));
  return in_context(printable(file), [&] {
    return lines_of({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  });
}

bool is_whole(const std::string& name) {
  return !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
}

/// Columns of one-hot targets in the new order.
h5::Array reordered(const h5::Array& targets, const std::vector<int64_t>& places, size_t classes) {
  const auto rows = static_cast<size_t>(targets.shape[0]), width = places.size();
  h5::Array moved(h5::Type::f32, {targets.shape[0], static_cast<int64_t>(classes)});
  const auto from = targets.as<float>();
  const auto to = moved.as<float>();
  for (size_t i = 0; i < rows; ++i)
    for (size_t k = 0; k < width; ++k) to[i * classes + static_cast<size_t>(places[k])] = from[i * width + k];
  return moved;
}

/// The numbers of classes that are only numbered, each below `most`; empty when one is not.
std::vector<int64_t> numbers_of(const std::vector<std::string>& classes, size_t most) {
  std::vector<int64_t> numbers;
  for (const std::string& name : classes) {
    int64_t number = -1;
    std::from_chars(name.data(), name.data() + name.size(), number);
    if (number < 0 || number >= static_cast<int64_t>(most) || name != std::to_string(number)) return {};
    numbers.push_back(number);
  }
  return numbers;
}
}  // namespace

bool names_classes_file(const std::string& text) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(text, ignored);
  return std::filesystem::exists(status) && !std::filesystem::is_directory(status);
}

std::vector<std::string> named_classes(const std::string& text, const Budget& budget) {
  std::vector<std::string> names;
  if (names_classes_file(text)) {
    names = classes_in(text, budget);
    if (names.empty()) throw Error(text + ": no class names, expected one per line");
  } else if (text.find(',') == std::string::npos) {
    throw UsageError("--classes " + text + ": no such file; a list of names has commas, as ant,bee");
  } else {
    for (size_t at = 0; at <= text.size();) {
      const size_t end = std::min(text.find(',', at), text.size());
      names.push_back(text.substr(at, end - at));
      if (names.back().empty()) throw UsageError("--classes " + text + ": an empty name");
      at = end + 1;
    }
  }
  for (const std::string& name : names)
    if (!is_utf8(name))
      throw UsageError(
          "--classes: '" + printable(name) +
          "' is not UTF-8; give the names in UTF-8, or in a file that iconv -f WINDOWS-1252 -t UTF-8 has converted");
  in_context("--classes", [&] { check_distinct(names, "class"); });
  return names;
}

void apply_classes(Dataset& data, const std::vector<std::string>& classes, const FormatOptions& options) {
  if (data.classes.empty()) throw UsageError("--classes: the data has no labels");
  const bool one_hot = std::ranges::any_of(data.splits, [&](const Split& s) {
    return s.targets().shape.rank() == 2 && data.target_names.empty() && s.targets().shape[1] == data.class_count();
  });
  std::vector<std::string> used = data.classes;
  if (!one_hot) {
    std::vector<bool> seen(data.classes.size());
    for (const Split& split : data.splits)
      for (const int32_t label : split.labels()) seen.at(static_cast<size_t>(label)) = true;
    used.clear();
    for (size_t k = 0; k < seen.size(); ++k)
      if (seen[k]) used.push_back(data.classes[k]);
  }
  const std::vector<std::string> lacking = names_lacking(used, classes);
  std::vector<int64_t> places(data.classes.size());
  // Numbers count from 0, also those of a part that has no sample of class 0.
  const std::vector<int64_t> numbers =
      std::ranges::none_of(classes, is_whole) ? numbers_of(data.classes, classes.size()) : std::vector<int64_t>{};
  if (lacking.empty()) {
    const std::vector<int64_t> at = places_of(used, classes, "class");
    for (size_t k = 0, u = 0; k < places.size(); ++k)
      if (u < used.size() && used[u] == data.classes[k]) places[k] = at[u++];
  } else if (!numbers.empty()) {
    places = numbers;
    const auto [least, greatest] = std::ranges::minmax(numbers);
    options.note("the labels " + std::to_string(least) + " to " + std::to_string(greatest) +
                 " take the names of --classes in order" +
                 (least > 0 ? ": 0 would be '" + printable(classes.front()) + "'" : ""));
  } else {
    throw Error("labels that --classes does not list: " + quoted_list(lacking) + "; it lists " + quoted_list(classes));
  }
  for (Split& split : data.splits) {
    if (split.targets().shape.rank() == 2 && data.target_names.empty() &&
        split.targets().shape[1] == data.class_count())
      split.set("targets", reordered(split.targets(), places, classes.size()));
    for (int32_t& label : split.labels()) label = static_cast<int32_t>(places.at(static_cast<size_t>(label)));
  }
  data.classes = classes;
}

}  // namespace nn
