// SPDX-License-Identifier: MIT
// The layer language: words, comments and repeats.
#include <fmt/format.h>

#include "base/error.h"
#include "base/log.h"
#include "model/network.h"

namespace nn {
namespace {

// Bounds that no network of this kind reaches, so that hostile text costs neither memory nor stack; the text also is an attribute, which HDF5 limits.
constexpr size_t longest_text = 60'000, most_words = 10'000;
constexpr int deepest = 16;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::vector<LayerWord> all() {
    std::vector<LayerWord> words;
    sequence(words, 0);
    if (!at_end()) fail(line_, column_, "')' without a repeat before it: write 3*( ... )");
    return words;
  }

 private:
  bool at_end() const { return place_ == text_.size(); }
  char now() const { return at_end() ? '\0' : text_[place_]; }

  [[noreturn]] static void fail(int line, int column, const std::string& why) {
    throw UsageError(fmt::format("layers: line {}, column {}: {}", line, column, why));
  }

  void step() {
    const char c = text_[place_++];
    if (c == '\n') {
      ++line_;
      column_ = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {  // a UTF-8 letter counts once
      ++column_;
    }
  }

  void skip_blanks() {
    while (!at_end() && (is_blank(now()) || now() == '#')) {
      if (now() == '#')
        while (!at_end() && now() != '\n') step();
      else
        step();
    }
  }

  /// Words up to the end or the ')' that closes this level.
  void sequence(std::vector<LayerWord>& words, int depth) {
    for (skip_blanks(); !at_end() && now() != ')'; skip_blanks()) {
      if (is_digit(now()))
        repeat(words, depth);
      else if (now() == '(')
        fail(line_, column_, "'(' without a count before it: write 3*( ... )");
      else
        word(words);
    }
  }

  void repeat(std::vector<LayerWord>& words, int depth) {
    const int line = line_, column = column_;
    size_t count = 0;
    while (is_digit(now())) {
      count = count * 10 + static_cast<size_t>(now() - '0');
      if (count > most_words) fail(line, column, fmt::format("more than {} repeats", most_words));
      step();
    }
    if (now() != '*') fail(line, column, "expected a layer or a repeat as 3*( ... ), found a number");
    step();
    skip_blanks();
    if (now() != '(') fail(line_, column_, fmt::format("expected '(' after '{}*'", count));
    step();
    if (count == 0) fail(line, column, "a repeat needs a count of at least 1");
    if (depth == deepest) fail(line, column, fmt::format("more than {} repeats inside one another", deepest));
    std::vector<LayerWord> body;
    sequence(body, depth + 1);
    if (at_end()) fail(line, column, fmt::format("the repeat '{}*(' is not closed: ')' is missing", count));
    step();
    if (body.empty()) fail(line, column, "a repeat without layers");
    if (words.size() + count * body.size() > most_words) fail(line, column, fmt::format("more than {} layers", most_words));
    for (size_t i = 0; i < count; ++i) words.insert(words.end(), body.begin(), body.end());
  }

  void word(std::vector<LayerWord>& words) {
    LayerWord w{"", line_, column_};
    const size_t begin = place_;
    while (!at_end() && !is_blank(now()) && now() != '(' && now() != ')' && now() != '#') step();
    w.text = std::string(text_.substr(begin, place_ - begin));
    if (now() == '(') fail(line_, column_, fmt::format("'(' after '{}': arguments follow ':', as in conv:32,3", printable(w.text)));
    if (words.size() >= most_words) fail(w.line, w.column, fmt::format("more than {} layers", most_words));
    words.push_back(std::move(w));
  }

  std::string_view text_;
  size_t place_ = 0;
  int line_ = 1, column_ = 1;
};

}  // namespace

std::vector<LayerWord> parse_layers(std::string_view text) {
  if (text.size() > longest_text)
    throw UsageError(fmt::format("layers: the text is {} bytes long, at most {} are read", text.size(), longest_text));
  const std::vector<LayerWord> words = Parser(text).all();
  if (words.empty()) throw UsageError("layers: there is no layer, expected as 'dense:128 relu dense:10'");
  return words;
}

}  // namespace nn
