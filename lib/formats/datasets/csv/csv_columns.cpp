// SPDX-License-Identifier: MIT
#include "formats/datasets/csv/csv_columns.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>
#include <unordered_map>

#include "base/log.h"
#include "base/registry.h"
#include "base/text/names.h"
#include "base/text/utf8.h"
#include "formats/datasets/csv/csv_lines.h"
#include "formats/datasets/csv/csv_pixels.h"

namespace nn {
namespace {

/// Channels, height and width of columns that are all named as pixels, c0y0x0 among them.
std::optional<Shape> pixels_of(const std::vector<std::string>& names) {
  Shape shape{0, 0, 0};
  for (const std::string& name : names) {
    const char* at = name.data();
    const char* const end = at + name.size();
    for (size_t axis = 0; axis < 3; ++axis) {
      int64_t place = 0;
      if (at == end || *at != "cyx"[axis]) return std::nullopt;
      const auto [stop, error] = std::from_chars(at + 1, end, place);
      if (error != std::errc() || place < 0 || place >= 65536) return std::nullopt;
      shape[axis] = std::max(shape[axis], place + 1);
      at = stop;
    }
    if (at != end) return std::nullopt;
  }
  if (shape.count() != static_cast<int64_t>(names.size())) return std::nullopt;
  return shape;
}

enum class Role : char { open, label, target, feature, text, ignored };

class Planner {
 public:
  Planner(const TableStart& start, const CsvOptions& options) : start_(start), options_(options) {
    std::string guessed;
    columns_.header = has_header(start, options, guessed);
    if (!guessed.empty()) guesses_.push_back(guessed);
    for (size_t f = 0; f < start.first.size(); ++f) {
      columns_.names.push_back(columns_.header ? start.first[f] : "column " + std::to_string(f + 1));
      if (!places_.emplace(columns_.names.back(), f).second) twice_.insert(columns_.names.back());
    }
    roles_.assign(columns_.names.size(), Role::open);
  }

  TableColumns plan() {
    if (!options_.label.empty()) take(find(options_.label, "--label"), Role::label, "--label");
    if (!options_.text.empty()) take(columns_.text = find(options_.text, "--text"), Role::text, "--text");
    for (size_t f : find_all(options_.target, "--target"))
      take(f, Role::target, "--target"), columns_.targets.push_back(f);
    for (size_t f : find_all(options_.features, "--features"))
      take(f, Role::feature, "--features"), columns_.features.push_back(f);
    for (size_t f : find_all(options_.ignore, "--ignore")) take(f, Role::ignored, "--ignore");
    if (columns_.header) leave_out_row_names();
    if (columns_.header) guess_by_names();
    settle_the_rest();
    name_features();
    name_targets();
    if (!guesses_.empty()) {
      std::string text;
      for (const std::string& guess : guesses_) text += (text.empty() ? "guessed: " : ", ") + guess;
      options_.note(text);
    }
    return std::move(columns_);
  }

 private:
  std::string shown(size_t f) const {
    return columns_.header ? "column '" + printable(columns_.names[f]) + "'" : columns_.names[f];
  }

  /// Index of a column given by name or by number from 1 (-1 is the last).
  size_t find(const std::string& wanted, const char* option) const {
    if (columns_.header)
      if (const auto found = places_.find(wanted); found != places_.end()) {
        if (twice_.contains(wanted))
          throw UsageError(std::string(option) + " " + printable(wanted) +
                           ": several columns have this name; give the number of one");
        double number = 0;
        if (csv_number(wanted, '.', number) && number != static_cast<double>(found->second) + 1)
          options_.note(std::string(option) + " " + wanted + ": the column with this name, which is column " +
                        std::to_string(found->second + 1));
        return found->second;
      }
    int64_t number = 0;
    const auto [stop, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
    const auto count = static_cast<int64_t>(columns_.names.size());
    if (error == std::errc() && stop == wanted.data() + wanted.size()) {
      if (number >= 1 && number <= count) return static_cast<size_t>(number - 1);
      if (number < 0 && number >= -count) return static_cast<size_t>(count + number);
      throw UsageError(std::string(option) + " " + wanted + ": there are " + std::to_string(count) +
                       " columns, numbered from 1");
    }
    if (!columns_.header)
      throw UsageError(std::string(option) + " " + printable(wanted) +
                       ": the first line holds no names; give the column's number, or --header yes");
    constexpr size_t most = 50;  // a list of more helps nobody
    if (columns_.names.size() <= most)
      throw UsageError(std::string(option) + ": " + unknown_name("column", wanted, columns_.names));
    throw UsageError(std::string(option) + ": unknown column '" + printable(wanted) + "'; the columns are " +
                     quoted_list(columns_.names));
  }

  /// Each a column, or several between commas where no column has the whole as its name.
  std::vector<size_t> find_all(const std::vector<std::string>& wanted, const char* option) const {
    std::vector<size_t> found;
    for (const std::string& text : wanted) {
      if (text.find(',') == std::string::npos || (columns_.header && places_.contains(text))) {
        found.push_back(find(text, option));
        continue;
      }
      for (size_t at = 0; at <= text.size();) {
        const size_t end = std::min(text.find(',', at), text.size());
        found.push_back(find(text.substr(at, end - at), option));
        at = end + 1;
      }
    }
    return found;
  }

  void take(size_t f, Role role, const char* option) {
    if (roles_[f] != Role::open) throw UsageError(std::string(option) + ": " + shown(f) + " is asked for twice");
    roles_[f] = role;
    if (role == Role::label) columns_.label = f;
  }

  /// pandas and R write the names of rows into a first column whose own name is empty.
  void leave_out_row_names() {
    const std::string& name = columns_.names.front();
    if (roles_.front() != Role::open || (!name.empty() && name != "Unnamed: 0")) return;
    CsvLines lines(start_.text, start_.dialect.separator);
    CsvRow row;
    lines.next(row);
    bool counts = true, text = true;
    while (lines.next(row)) {
      double value = 0;
      const bool number = csv_number(row.fields.front(), start_.dialect.decimal, value);
      counts = counts && number && value == std::floor(value);
      text = text && (!number || row.quoted.front());
    }
    if (!counts && !text && name.empty())
      throw Error("line " + std::to_string(start_.line) +
                  ": column 1 has no name; --ignore 1 leaves it out, --features names those to take");
    if (!counts && !text) return;
    roles_.front() = Role::ignored;
    guesses_.push_back("column 1 '" + printable(name) +
                       "' holds names or numbers of rows and is left out (--features takes it)");
  }

  void guess_by_names() {
    const bool own = std::ranges::any_of(columns_.names, is_own_name);
    std::string targets;
    for (size_t f = 0; f < roles_.size(); ++f) {
      const std::string& name = columns_.names[f];
      if (roles_[f] != Role::open ||
          !(name.starts_with("target:") || name.starts_with("target#") || name.starts_with("class:")))
        continue;
      roles_[f] = options_.target.empty() ? Role::target : Role::ignored;
      if (!options_.target.empty()) continue;
      if (columns_.targets.empty())
        targets = "columns named target or class as '" + printable(name) + "' hold targets (--target)";
      columns_.targets.push_back(f);
    }
    if (!targets.empty()) guesses_.push_back(targets);
    if (columns_.label != TableColumns::none || (!options_.target.empty() && !own)) {
      note_feature_named_label();
      return;
    }
    for (const char* usual : {"label", "class", "labels"})
      for (size_t f = 0; f < roles_.size() && columns_.label == TableColumns::none; ++f) {
        std::string name = columns_.names[f];
        std::ranges::transform(name, name.begin(),
                               [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
        if (roles_[f] == Role::open && name == usual) take(f, Role::label, "--label");
      }
    if (columns_.label != TableColumns::none) guesses_.push_back(shown(columns_.label) + " holds the class (--label)");
    for (size_t f = 0; f < roles_.size(); ++f)
      if (roles_[f] == Role::open && columns_.names[f] == "target" && options_.features.empty())
        guesses_.push_back(shown(f) + " is a feature (--target, --label)");
  }

  void note_feature_named_label() {
    for (size_t f = 0; f < roles_.size(); ++f)
      if (roles_[f] == Role::open && is_usual_label(columns_.names[f]) && options_.features.empty())
        guesses_.push_back(shown(f) + " is a feature (--label, --ignore)");
  }

  void settle_the_rest() {
    std::vector<std::string> left_out;
    for (size_t f = 0; f < roles_.size(); ++f) {
      if (roles_[f] != Role::open) continue;
      if (options_.features.empty() && columns_.text == TableColumns::none)
        columns_.features.push_back(f);
      else
        left_out.push_back(columns_.names[f]);
    }
    if (!left_out.empty()) guesses_.push_back("left out: " + quoted_list(left_out, 5) + " (--features)");
    if (columns_.features.empty() && columns_.text == TableColumns::none)
      throw Error(
          "line " + std::to_string(start_.line) + ": no column is left for features" +
          (roles_.size() == 1
               ? "; the line is read as one column; --separator says what is between the columns, as --separator space"
               : ""));
  }

  void check_distinct_names(const std::vector<size_t>& used) const {
    std::unordered_map<std::string_view, size_t> seen;
    for (const size_t f : used) {
      const std::string& name = columns_.names[f];
      const std::string place = "line " + std::to_string(start_.line) + ": ";
      if (name.empty())
        throw Error(place + "column " + std::to_string(f + 1) + " has no name; --ignore " + std::to_string(f + 1) +
                    " leaves it out");
      if (const auto [at, fresh] = seen.emplace(name, f); !fresh)
        throw Error(place + "columns " + std::to_string(at->second + 1) + " and " + std::to_string(f + 1) +
                    " have the same name '" + printable(name) + "'; rename one, or leave it out with --ignore " +
                    std::to_string(f + 1));
    }
  }

  void name_features() {
    if (!columns_.header || columns_.features.empty()) return;
    check_distinct_names(columns_.features);
    // What was asked for stands in the order in which it was asked for.
    const bool free = options_.features.empty();
    const std::optional<Shape> pixels = pixels_of(names_of(columns_.features));
    const bool images = pixels && by_place(
                                      columns_.features, [&](size_t i) { return pixel_header(*pixels, i); }, free);
    if (!options_.shape.empty() && free && !images) order_numbered_pixels();
    const bool unnamed = by_place(
        columns_.features, [](size_t i) { return "feature#" + std::to_string(i); }, free);
    if (images && options_.shape.empty()) {
      columns_.pixels = *pixels;
      guesses_.push_back("the features are the pixels of images " + pixels->text() + " (--shape)");
    }
    if (unnamed || images) return;
    for (std::string name : names_of(columns_.features)) {
      if (name.starts_with("feature:")) name.erase(0, 8);
      columns_.feature_names.push_back(std::move(name));
    }
  }

  /// pixel0, pixel1, pixel10, pixel2: sorted as words.
  void order_numbered_pixels() {
    const std::vector<std::string> names = names_of(columns_.features);
    const auto pixels = in_context("line " + std::to_string(start_.line), [&] { return order_of_pixels(names); });
    if (!pixels || !pixels->moved) return;
    std::vector<size_t> placed;
    for (const size_t i : pixels->order) placed.push_back(columns_.features[i]);
    columns_.features = std::move(placed);
    note_moved(names[pixels->order.front()], names[pixels->order.back()]);
  }

  void note_moved(const std::string& first, const std::string& last) const {
    options_.note("the columns " + printable(first) + " to " + printable(last) +
                  " stand in another order and are put in the order of their numbers");
  }

  std::vector<std::string> names_of(const std::vector<size_t>& columns) const {
    std::vector<std::string> names;
    for (const size_t f : columns) names.push_back(columns_.names[f]);
    return names;
  }

  /// Whether the columns are named by their place, as name(i) says. Such a name is a place and no word: columns that
  /// another program has put in another order go back to theirs.
  template <class Name>
  bool by_place(std::vector<size_t>& columns, Name name, bool may_move) {
    std::vector<size_t> placed;
    bool moved = false;
    for (size_t i = 0; i < columns.size(); ++i) {
      const auto found = places_.find(name(i));
      if (found == places_.end() || std::ranges::find(columns, found->second) == columns.end()) return false;
      placed.push_back(found->second);
      moved = moved || placed[i] != columns[i];
    }
    if (!moved) return true;
    if (!may_move) return false;
    columns = std::move(placed);
    note_moved(name(0), name(columns.size() - 1));
    return true;
  }

  void name_targets() {
    if (!columns_.header || columns_.targets.empty()) return;
    check_distinct_names(columns_.targets);
    const bool unnamed = by_place(
        columns_.targets, [](size_t i) { return "target#" + std::to_string(i); }, options_.target.empty());
    bool by_class = true;
    std::vector<std::string> classes;
    for (std::string name : names_of(columns_.targets)) {
      by_class = by_class && name.starts_with("class:");
      if (by_class) classes.push_back(name.substr(6));
      if (name.starts_with("target:")) name.erase(0, 7);
      columns_.target_names.push_back(std::move(name));
    }
    if (unnamed || by_class) columns_.target_names.clear();
    if (by_class) columns_.classes = std::move(classes);
  }

  const TableStart& start_;
  const CsvOptions& options_;
  TableColumns columns_;
  std::unordered_map<std::string, size_t> places_;
  std::set<std::string> twice_;
  std::vector<Role> roles_;
  std::vector<std::string> guesses_;
};
}  // namespace

TableColumns plan_columns(const TableStart& start, const CsvOptions& options) { return Planner(start, options).plan(); }

std::string feature_header(const std::string& name) {
  double ignored = 0;
  const bool misread = is_usual_label(name) || is_own_name(name) || is_missing(name) ||
                       csv_number(name, '.', ignored) || csv_number(name, ',', ignored) ||
                       name.starts_with("Unnamed") || name.starts_with("#") || name.starts_with("sep=") ||
                       name.starts_with("SEP=") || name.starts_with("Sep=") || csv_logical(name, ignored) ||
                       name.starts_with(byte_order_mark);
  return misread ? "feature:" + name : name;
}

std::string pixel_header(const Shape& shape, size_t place) {
  const auto at = static_cast<int64_t>(place), plane = shape[1] * shape[2];
  return "c" + std::to_string(at / plane) + "y" + std::to_string(at % plane / shape[2]) + "x" +
         std::to_string(at % shape[2]);
}

}  // namespace nn
