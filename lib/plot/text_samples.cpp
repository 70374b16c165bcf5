// SPDX-License-Identifier: MIT
#include "plot/text_samples.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/text/columns.h"
#include "base/text/utf8.h"
#include "data/texts.h"
#include "plot/gnuplot.h"

namespace nn {
namespace {

constexpr size_t lines_each = 3;
constexpr int line_height = 17, sample_gap = 14, head_height = 44, margin = 20;

/// The beginning of a text as lines of that many columns: each run of white space is a blank, bytes that are no
/// characters are left out, the last line ends in "..." where the text goes on.
std::vector<std::string> beginning(std::string_view text, size_t width, size_t most) {
  std::vector<std::string> lines{""};
  size_t columns = 0;
  const auto end_word = [&](std::string& word, size_t size) {
    if (word.empty()) return true;
    if (columns && columns + 1 + size > width) {
      if (lines.size() == most) return lines.back() += " ...", false;
      lines.emplace_back(), columns = 0;
    }
    lines.back() += (columns ? " " : "") + word;
    columns += (columns ? 1 : 0) + size;
    word.clear();
    return true;
  };
  std::string word;
  size_t size = 0;
  while (!text.empty()) {
    const Utf8Character c = first_character(text);
    const std::string_view bytes = text.substr(0, c.length);
    text.remove_prefix(std::max<size_t>(c.length, 1));
    const bool white = bytes == " " || bytes == "\n" || bytes == "\t" || bytes == "\r";
    if (white || size == width) {
      if (!end_word(word, size)) return lines;
      size = 0;
    }
    if (!white && c.length) word += bytes, ++size;
  }
  (void)end_word(word, size);
  return lines;
}

/// Without the bytes that are none.
std::string characters_of(std::string_view text) {
  std::string out;
  each_character(
      text, [&](uint32_t, std::string_view bytes) { out += bytes; }, [] {});
  return out;
}

class TextSamples : public Picture {
 public:
  TextSamples(Dataset data, const std::string& split, std::vector<int64_t> rows, std::vector<std::string> captions,
              std::string title)
      : data_(std::move(data)),
        split_(data_.at(split)),
        rows_(std::move(rows)),
        captions_(std::move(captions)),
        title_(std::move(title)) {
    height = least_height = head_height + static_cast<int>(rows_.size()) * sample_height() + margin;
    width = 800;
    least_width = 400;
  }

  TextTable table() const override {
    TextTable table;
    table.columns = {"row", "label", "class", "name", "text"};
    const std::span<const int32_t> labels = split_.labels();
    for (const int64_t row : rows_) {
      const auto r = static_cast<size_t>(row);
      const int32_t label = labels.empty() ? -1 : labels[r];
      const bool named = label >= 0 && static_cast<size_t>(label) < data_.classes.size();
      table.rows.push_back({Json(row), label < 0 ? Json("") : Json(int64_t{label}),
                            named ? data_.classes[static_cast<size_t>(label)] : std::string(),
                            characters_of(name_of(row)), characters_of(text_of(row))});
    }
    return table;
  }

  std::string script(int wide, int high) const override {
    const double x = static_cast<double>(margin) / wide;
    std::string out = "unset border\nunset tics\nunset key\nset margins 0,0,0,0\nset xrange [0:1]\nset yrange [0:1]\n";
    const auto label = [&](const std::string& text, int y, const char* how) {
      out += fmt::format("set label {} at screen {:.4f},{:.4f} left {}\n", gnuplot_quote(text), x,
                         1 - static_cast<double>(y) / high, how);
    };
    label(title_, head_height / 2, "font ',12' textcolor rgb '#202020'");
    for (size_t i = 0; i < rows_.size(); ++i) {
      int y = head_height + static_cast<int>(i) * sample_height() + line_height / 2;
      label(heading(i), y, "font ',10' textcolor rgb '#1f5fa8'");
      for (const std::string& line :
           beginning(text_of(rows_[i]), static_cast<size_t>(wide - 2 * margin) / 7, lines_each))
        label(line, y += line_height, "font ',10' textcolor rgb '#202020'");
    }
    return out + "plot NaN notitle\n";
  }

  std::string text(int columns) const override {
    std::string out = printable(title_) + "\n";
    for (size_t i = 0; i < rows_.size(); ++i) {
      out += "\n" + printable(heading(i)) + "\n";
      for (const std::string& line :
           beginning(text_of(rows_[i]), static_cast<size_t>(std::max(20, columns - 2)), lines_each))
        out += "  " + printable(line) + "\n";
    }
    return out;
  }

 private:
  static int sample_height() { return line_height * static_cast<int>(lines_each + 1) + sample_gap; }
  std::string_view text_of(int64_t row) const { return text_at(*split_.column("text"), row); }
  std::string name_of(int64_t row) const {
    const Column* names = split_.column("name");
    return names ? std::string(text_at(*names, row)) : std::string();
  }
  /// "sport  (sport/001.txt)"
  std::string heading(size_t i) const {
    const std::string name = name_of(rows_[i]), row = fmt::format("row {}", rows_[i]);
    return captions_[i] + (captions_[i].empty() ? "" : "  ") + "(" + (name.empty() ? row : name) + ")";
  }

  Dataset data_;
  const Split& split_;
  std::vector<int64_t> rows_;
  std::vector<std::string> captions_;
  std::string title_;
};

}  // namespace

std::unique_ptr<Picture> text_samples(Dataset data, const std::string& split, std::vector<int64_t> rows,
                                      std::vector<std::string> captions, const std::string& title) {
  return std::make_unique<TextSamples>(std::move(data), split, std::move(rows), std::move(captions), title);
}

}  // namespace nn
