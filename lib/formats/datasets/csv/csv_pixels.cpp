// SPDX-License-Identifier: MIT
#include "formats/datasets/csv/csv_pixels.h"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "base/error.h"
#include "base/log.h"

namespace nn {
namespace {

/// A name in parts: words around numbers, one word more than numbers.
struct Parts {
  std::vector<std::string> words;
  std::vector<int64_t> numbers;
};

std::optional<Parts> parts_of(const std::string& name) {
  Parts parts;
  for (size_t at = 0;;) {
    const size_t digit = std::min(name.find_first_of("0123456789", at), name.size());
    parts.words.push_back(name.substr(at, digit - at));
    if (digit == name.size()) return parts;
    at = std::min(name.find_first_not_of("0123456789", digit), name.size());
    int64_t number = 0;
    if (std::from_chars(name.data() + digit, name.data() + at, number).ec != std::errc()) return std::nullopt;
    parts.numbers.push_back(number);
  }
}

using Numbers = std::vector<std::vector<int64_t>>;

/// The numbers in which the names differ, when they differ in nothing else. words: before each of these numbers.
std::optional<Numbers> numbers_of(const std::vector<std::string>& names, std::vector<std::string>& words) {
  std::vector<Parts> all;
  for (const std::string& name : names) {
    const auto parts = parts_of(name);
    if (!parts || parts->numbers.empty() || (!all.empty() && parts->words != all[0].words)) return std::nullopt;
    all.push_back(*parts);
  }
  Numbers numbers(names.size());
  for (size_t axis = 0; axis < all[0].numbers.size(); ++axis) {
    if (std::ranges::all_of(all, [&](const Parts& p) { return p.numbers[axis] == all[0].numbers[axis]; })) continue;
    words.push_back(all[0].words[axis]);
    for (size_t i = 0; i < names.size(); ++i) numbers[i].push_back(all[i].numbers[axis]);
  }
  return numbers[0].empty() ? std::nullopt : std::optional(numbers);
}

/// The last word before a number, as "col" of "_col3".
std::string last_word(std::string word) {
  std::ranges::transform(word, word.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  word.erase(word.find_last_not_of("_-. ") + 1);
  if (const size_t start = word.find_last_of("_-. "); start != std::string::npos) word.erase(0, start + 1);
  return word;
}

bool counts_rows(const std::string& before) {
  const std::string word = last_word(before);
  return word == "y" || word == "row" || word == "r" || word == "h";
}
bool counts_columns(const std::string& before) {
  const std::string word = last_word(before);
  return word == "x" || word == "col" || word == "column" || word == "c" || word == "w";
}

void check_all_there(const std::vector<std::string>& names, const Numbers& numbers, const std::vector<size_t>& order) {
  size_t count = 1;
  for (size_t axis = 0; axis < numbers[0].size(); ++axis) {
    const auto [low, high] = std::ranges::minmax(numbers, {}, [axis](const auto& n) { return n[axis]; });
    const auto extent = static_cast<size_t>(high[axis] - low[axis]) + 1;
    count = extent > names.size() ? names.size() + 1 : count * extent;
  }
  for (size_t i = 1; i < order.size(); ++i)
    if (numbers[order[i]] == numbers[order[i - 1]])
      throw Error("the columns '" + printable(names[order[i - 1]]) + "' and '" + printable(names[order[i]]) +
                  "' are the same pixel");
  if (count != names.size())
    throw Error("the " + std::to_string(names.size()) + " columns of pixels from '" + printable(names[order.front()]) +
                "' to '" + printable(names[order.back()]) +
                "' leave numbers out; an image takes all of them (--features names the columns in the order in which "
                "they are taken)");
}
}  // namespace

std::optional<PixelOrder> order_of_pixels(const std::vector<std::string>& names) {
  std::vector<std::string> words;
  if (names.size() < 2) return std::nullopt;
  const std::optional<Numbers> found = numbers_of(names, words);
  if (!found) return std::nullopt;
  Numbers numbers = *found;
  const bool columns_first = words.size() == 2 && counts_columns(words[0]) && counts_rows(words[1]);
  if (columns_first)
    for (auto& pair : numbers) std::swap(pair[0], pair[1]);
  PixelOrder result;
  result.order.resize(names.size());
  std::iota(result.order.begin(), result.order.end(), size_t{0});
  std::ranges::stable_sort(result.order, {}, [&](size_t i) { return numbers[i]; });
  check_all_there(names, numbers, result.order);
  result.moved = !std::ranges::is_sorted(result.order);
  // Which of two numbers is the row is known where a word says it, or the file stands in the order of its names as
  // text.
  const size_t axes = words.size();
  const bool told = axes == 1 || columns_first || (counts_rows(words[axes - 2]) && counts_columns(words[axes - 1])) ||
                    std::ranges::is_sorted(names);
  if (result.moved && !told)
    throw Error(
        "the columns '" + printable(names[0]) + "', '" + printable(names[1]) +
        "', ... are no rows of pixels by their numbers; --features names them in the order in which they are taken");
  return result;
}

}  // namespace nn
