// SPDX-License-Identifier: MIT
// The layer language: words, comments, repeats and brackets.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "base/text/printable.h"
#include "base/text/utf8.h"
#include "model/network.h"

namespace nn {
namespace {

// Bounds that no network of this kind reaches, so that hostile text costs neither memory nor stack; the text also is an
// attribute, which HDF5 limits.
constexpr size_t longest_text = 60'000, most_words = 10'000;
constexpr int deepest = 16;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f'; }
constexpr std::string_view word_ends = " \t\n\r\v\f()|#";
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Words in order, of which brackets count as layers, too.
struct Words {
  std::vector<LayerWord> list;
  size_t layers = 0;
};

/// The kind of layer that is written as a bracket; null for other words.
const LayerType* bracket_of(std::string_view text) {
  const std::string_view kind = text.substr(0, text.find(':'));
  for (const LayerType* type : layer_types())
    if (type->takes == Takes::bracket && type->name == kind) return type;
  return nullptr;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(without_mark(text)) {}

  std::vector<LayerWord> all() {
    Words words;
    sequence(words, 0);
    if (now() == '|') fail(line_, column_, "'|' outside of a bracket: write res( ... | ... )");
    if (!at_end()) fail(line_, column_, "')' without a repeat before it: write 3*( ... )");
    return std::move(words.list);
  }

 private:
  bool at_end() const { return place_ == text_.size(); }
  char now() const { return at_end() ? '\0' : text_[place_]; }

  [[noreturn]] static void fail(int line, int column, const std::string& why) {
    throw UsageError(fmt::format("layers: line {}, column {}: {}", line, column, why));
  }

  bool ends_word() const { return at_end() || word_ends.find(now()) != std::string_view::npos; }

  std::string_view word_at(size_t begin) const {
    return text_.substr(begin, std::min(text_.find_first_of(word_ends, begin), text_.size()) - begin);
  }

  /// "; write 'conv:32,3'" for the numbers that stand behind a layer as words of their own, from `begin` on.
  std::string advice(const std::vector<LayerWord>& words, size_t begin) const {
    if (words.empty() || words.back().kind != LayerWord::Kind::layer || !begin || !is_blank(text_[begin - 1]))
      return "";
    std::string text = words.back().text;
    for (char between = text.find(':') == std::string::npos ? ':' : ','; begin < text_.size() && is_digit(text_[begin]);
         between = ',') {
      const std::string_view number = word_at(begin);
      if (number.find('*') != std::string_view::npos) break;
      text += between + std::string(number);
      begin = std::min(text_.find_first_not_of(' ', begin + number.size()), text_.size());
    }
    return fmt::format("; arguments follow ':' without blanks: write '{}'", printable(text));
  }

  /// What to write instead of NAME(...), a call as the frameworks have it, whose '(' stands here.
  std::string advice_on_call(const std::string& name) const {
    const auto names = names_of(layer_types());
    const auto ours = std::find(names.begin(), names.end(), name) == names.end()
                          ? our_names(name, candidates_of(layer_types()))
                          : std::vector{name};
    const auto rest = text_.substr(place_ + 1);
    std::string inside(rest.substr(0, rest.find(')')));
    std::erase(inside, ' ');
    const bool numbers =
        !inside.empty() && inside.size() < 40 && inside.find_first_not_of("0123456789.,x") == std::string::npos;
    if (ours.size() == 1 && ours[0] == name && numbers) return fmt::format("write '{}:{}'", name, inside);
    if (ours.empty()) return "as in conv:32,3";
    if (bracket_of(ours[0])) return fmt::format("here it is a bracket, '{}( ... )'", ours[0]);
    return fmt::format("{}as in '{}'", ours[0] == name ? "" : "here it is '" + ours[0] + "', ",
                       find_in(layer_types(), ours[0], "layer").examples.front().text);
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

  /// Words up to the end, or the ')' or '|' that closes this level.
  void sequence(Words& words, int depth) {
    for (skip_blanks(); !at_end() && now() != ')' && now() != '|'; skip_blanks()) {
      if (is_digit(now()))
        repeat(words, depth);
      else if (now() == '(')
        fail(line_, column_, "'(' without a count before it: write 3*( ... )");
      else
        word(words, depth);
    }
  }

  /// The body of a repeat, or a branch of a bracket, which begins at line and column.
  void inside(Words& words, int depth, int line, int column) {
    if (depth == deepest)
      fail(line, column, fmt::format("more than {} repeats and brackets inside one another", deepest));
    sequence(words, depth + 1);
  }

  void repeat(Words& words, int depth) {
    const int line = line_, column = column_;
    const size_t begin = place_;
    size_t count = 0;
    while (is_digit(now())) {
      count = count * 10 + static_cast<size_t>(now() - '0');
      if (count > most_words) fail(line, column, fmt::format("more than {} repeats", most_words));
      step();
    }
    if (now() != '*')
      fail(line, column, "expected a layer or a repeat as 3*( ... ), found a number" + advice(words.list, begin));
    step();
    skip_blanks();
    if (now() != '(') fail(line_, column_, fmt::format("expected '(' after '{}*'", count));
    step();
    if (count == 0) fail(line, column, "a repeat needs a count of at least 1");
    Words body;
    inside(body, depth, line, column);
    if (now() == '|')
      fail(line_, column_,
           "'|' between the layers of a repeat: it separates the branches of a bracket, as res( ... | ... )");
    if (at_end()) fail(line, column, fmt::format("the repeat '{}*(' is not closed: ')' is missing", count));
    step();
    if (body.layers == 0) fail(line, column, "a repeat without layers");
    if (words.layers + count * body.layers > most_words)
      fail(line, column, fmt::format("more than {} layers", most_words));
    if (count > 1) {
      ++repeats_;
      for (LayerWord& word : body.list) word.repeat = repeats_;  // those outside come later, and go before
    }
    words.layers += count * body.layers;
    for (size_t i = 0; i < count; ++i) words.list.insert(words.list.end(), body.list.begin(), body.list.end());
  }

  /// The branches behind the word of a bracket.
  void bracket(Words& words, const LayerWord& opening, const LayerType& type, int depth) {
    skip_blanks();
    const std::string form = fmt::format("write {}( ... )", type.name);
    if (now() != '(')
      fail(opening.line, opening.column, fmt::format("'{}' is a bracket: {}", printable(cut_word(opening.text)), form));
    step();
    const auto mark = [&](LayerWord::Kind kind, int line, int column) {
      words.list.push_back({opening.text, line, column, kind});
    };
    mark(LayerWord::Kind::open, opening.line, opening.column);
    ++words.layers;
    int empty = 0, branches = 0;
    for (char end = '|'; end == '|'; ++branches) {
      const size_t before = words.layers;
      inside(words, depth, opening.line, opening.column);
      if (at_end())
        fail(opening.line, opening.column, fmt::format("the bracket '{}(' is not closed: ')' is missing", type.name));
      empty += words.layers == before;
      end = now();
      if (empty > 1)
        fail(line_, column_,
             fmt::format("a second branch of '{}' without layers: one at most is the input itself", type.name));
      mark(end == '|' ? LayerWord::Kind::next : LayerWord::Kind::close, line_, column_);
      step();
    }
    if (empty == branches) fail(opening.line, opening.column, fmt::format("a bracket without layers: {}", form));
  }

  void word(Words& words, int depth) {
    LayerWord w{"", line_, column_};
    const size_t begin = place_;
    while (!ends_word()) step();
    w.text = std::string(text_.substr(begin, place_ - begin));
    if (words.layers >= most_words) fail(w.line, w.column, fmt::format("more than {} layers", most_words));
    if (const LayerType* type = bracket_of(w.text)) return bracket(words, w, *type, depth);
    if (now() == '(')
      fail(
          line_, column_,
          fmt::format("'(' after '{}': arguments follow ':', {}", printable(cut_word(w.text)), advice_on_call(w.text)));
    words.list.push_back(std::move(w));
    ++words.layers;
  }

  std::string_view text_;
  size_t place_ = 0;
  int line_ = 1, column_ = 1, repeats_ = 0;
};

}  // namespace

std::vector<LayerWord> parse_layers(std::string_view text) {
  if (text.size() > longest_text)
    throw UsageError(fmt::format("layers: the text is {} bytes long, at most {} are read", text.size(), longest_text));
  const std::vector<LayerWord> words = Parser(text).all();
  if (words.empty()) throw UsageError("layers: there is no layer, expected as 'dense:128 relu dense:10'");
  return words;
}

std::string text_of(const std::vector<LayerWord>& words) {
  std::string text;
  for (const LayerWord& w : words) {
    if (!text.empty()) text += ' ';
    text += w.kind == LayerWord::Kind::next ? "|" : w.kind == LayerWord::Kind::close ? ")" : w.text;
    if (w.kind == LayerWord::Kind::open) text += '(';
  }
  return text;
}

}  // namespace nn
