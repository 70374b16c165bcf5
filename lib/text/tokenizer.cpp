// SPDX-License-Identifier: MIT
#include "text/tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/text/utf8.h"
#include "text/word_cache.h"

namespace nn {
namespace {

int32_t id_of(const Vocabulary& vocabulary, const std::string& token, const char* what) {
  const int32_t id = vocabulary.find(token);
  if (id < 0) throw Error(fmt::format("the vocabulary has no '{}', which is the {} token", printable(token), what));
  return id;
}

std::string normalized(std::string_view text, const NormalizerRules& rules) {
  std::string out;
  Normalizer normalizer(rules, [&](char32_t c) { append_utf8(out, c); });
  each_character(
      text, [&](char32_t c, std::string_view) { normalizer.feed(c); }, [] {});
  normalizer.flush();
  return out;
}

}  // namespace

Tokenizer::Tokenizer(TokenizerSettings settings) : settings_(std::move(settings)) {
  if (settings_.vocabulary.empty()) throw Error("the vocabulary is empty");
  std::unordered_set<std::string_view> seen;
  for (const std::string& piece : settings_.vocabulary)
    if (!seen.insert(piece).second) throw Error(fmt::format("the vocabulary has '{}' twice", printable(piece)));
  if (settings_.longest_word < 1 || settings_.longest_word > 1000)
    throw Error(fmt::format("words of at most {} characters: expected 1 to 1000", settings_.longest_word));
  vocabulary_ = Vocabulary(std::exchange(settings_.vocabulary, {}), settings_.continuing);
  unknown_ = id_of(vocabulary_, settings_.unknown, "unknown");
  first_ = id_of(vocabulary_, settings_.first, "first");
  last_ = id_of(vocabulary_, settings_.last, "last");
  for (const AddedToken& token : settings_.added)
    if (token.text.empty() || token.id < 0 || token.id >= vocabulary_.size())
      throw Error(fmt::format("added token '{}' of id {}: expected a text, and an id below {}", printable(token.text),
                              token.id, vocabulary_.size()));
}

struct TextEncoder::Body {
  /// What an ASCII character is once it is normalized.
  enum class Kind : uint8_t { dropped, white, punctuation, letter };
  struct Ascii {
    Kind kind;
    char to;
  };
  /// A stretch of text, or an added token.
  struct Part {
    std::string_view text;
    int32_t id = -1;  ///< of the token; -1: text
  };
  struct Characters {
    Body& body;
    void operator()(char32_t c) const { body.character(c); }
  };

  Body(const Tokenizer& t, const Options& o)
      : tokenizer(t), options(o), normalizer(t.settings().rules, Characters{*this}) {
    const NormalizerRules& rules = t.settings().rules;
    for (char32_t c = 0; c < ascii.size(); ++c) {
      nn::Characters made;
      const char32_t to = rules.clean && is_blank(c) ? U' ' : rules.lowercase ? lower_case(c, made)[0] : c;
      ascii[c] = {rules.clean && is_removed(c) ? Kind::dropped
                  : is_white(to)               ? Kind::white
                  : is_punctuation(to)         ? Kind::punctuation
                                               : Kind::letter,
                  static_cast<char>(to)};
    }
    for (const AddedToken& token : t.settings().added) {
      (token.normalized ? behind : before).push_back(&token);
      texts.push_back(token.normalized ? normalized(token.text, rules) : token.text);
    }
    // Of those that begin at the same place the longest is taken.
    const auto longer = [&](const AddedToken* a, const AddedToken* b) {
      return text_of(*a).size() > text_of(*b).size();
    };
    std::ranges::stable_sort(before, longer);
    std::ranges::stable_sort(behind, longer);
  }
  const std::string& text_of(const AddedToken& token) const {
    return texts[static_cast<size_t>(&token - tokenizer.settings().added.data())];
  }

  void push(int32_t id) {
    ++count.tokens;
    if (count.tokens <= room) ids->push_back(id);
  }
  void push(std::span<const int32_t> more) {
    const int64_t free = std::clamp<int64_t>(room - count.tokens, 0, static_cast<int64_t>(more.size()));
    count.tokens += static_cast<int64_t>(more.size());
    ids->insert(ids->end(), more.begin(), more.begin() + free);
  }

  void end_word() {
    if (!characters) return;
    if (characters > tokenizer.settings().longest_word) {
      ++count.unknown;
      push(tokenizer.unknown());
    } else {
      const uint64_t hash = WordCache::hash_of(word);
      if (const auto known = cache.find(word, hash); !known.empty()) {
        if (known[0] == tokenizer.unknown()) ++count.unknown;
        push(known);
      } else {
        cut.clear();
        if (!tokenizer.vocabulary().cut(word, cut)) cut.assign(1, tokenizer.unknown()), ++count.unknown;
        cache.add(word, hash, cut);
        push(cut);
      }
    }
    word.clear();
    characters = 0;
  }
  void letter(char32_t c) {
    if (++characters <= tokenizer.settings().longest_word) append_utf8(word, c);
  }
  /// Of the normalized text.
  void character(char32_t c) {
    if (is_white(c)) return end_word();
    if (!is_punctuation(c)) return letter(c);
    end_word();
    letter(c);
    end_word();
  }
  void ascii_character(unsigned char c) {
    const Ascii& as = ascii[c];
    switch (as.kind) {
      case Kind::dropped:
        return;
      case Kind::white:
        return end_word();
      case Kind::letter:
        if (++characters <= tokenizer.settings().longest_word) word += as.to;
        return;
      case Kind::punctuation:
        end_word();
        word += as.to;
        characters = 1;
        return end_word();
    }
  }

  void words_of_raw(std::string_view text) {
    for (size_t at = 0; at < text.size();) {
      const auto byte = static_cast<unsigned char>(text[at]);
      if (byte < 0x80) {
        normalizer.flush();
        ascii_character(byte);
        ++at;
        continue;
      }
      const Utf8Character c = first_character(text.substr(at));
      if (c.length)
        normalizer.feed(static_cast<char32_t>(c.code));
      else
        ++count.invalid_bytes;
      at += std::max<size_t>(c.length, 1);
    }
    normalizer.flush();
    end_word();
  }
  void words_of_normalized(std::string_view text) {
    each_character(
        text, [&](char32_t c, std::string_view) { character(c); }, [] {});
    end_word();
  }

  /// Cuts the text at the tokens in it: the leftmost, and of those the longest, first (added_vocabulary.rs).
  std::vector<Part> parts_of(std::string_view text, const std::vector<const AddedToken*>& tokens) const {
    std::vector<Part> parts;
    size_t begin = 0;
    for (size_t at = 0; at < text.size();) {
      const auto found =
          std::ranges::find_if(tokens, [&](const AddedToken* t) { return text.substr(at).starts_with(text_of(*t)); });
      if (found == tokens.end()) {
        ++at;
        continue;
      }
      const AddedToken& token = **found;
      size_t end = at + text_of(token).size();
      if (token.takes_blanks_before) at = begin + end_of_text(text.substr(begin, at - begin));
      if (begin < at) parts.push_back({text.substr(begin, at - begin)});
      parts.push_back({{}, token.id});
      if (token.takes_blanks_behind) end += blanks_at(text.substr(end));
      begin = at = end;
    }
    if (begin < text.size()) parts.push_back({text.substr(begin)});
    return parts;
  }
  /// Where the blanks at the end of a text begin.
  static size_t end_of_text(std::string_view text) {
    size_t end = 0, at = 0;
    while (at < text.size()) {
      const Utf8Character c = first_character(text.substr(at));
      at += std::max<size_t>(c.length, 1);
      if (!c.length || !is_white(static_cast<char32_t>(c.code))) end = at;
    }
    return end;
  }
  static size_t blanks_at(std::string_view text) {
    size_t at = 0;
    while (at < text.size()) {
      const Utf8Character c = first_character(text.substr(at));
      if (!c.length || !is_white(static_cast<char32_t>(c.code))) break;
      at += c.length;
    }
    return at;
  }

  void words_with_tokens(std::string_view text) {
    for (const Part& part : parts_of(text, before)) {
      if (part.id >= 0)
        push(part.id);
      else if (behind.empty())
        words_of_raw(part.text);
      else {
        const std::string plain = normalized(part.text, tokenizer.settings().rules);
        for (const Part& inner : parts_of(plain, behind))
          inner.id >= 0 ? push(inner.id) : words_of_normalized(inner.text);
      }
    }
  }

  const Tokenizer& tokenizer;
  const Options options;
  std::array<Ascii, 128> ascii{};
  std::vector<const AddedToken*> before, behind;  ///< normalization
  std::vector<std::string> texts;                 ///< of the added tokens, as they are looked for
  Normalizer<Characters> normalizer;
  WordCache cache;
  std::vector<int32_t>* ids = nullptr;
  int64_t room = 0;  ///< tokens that are kept, without the last
  TextCount count;
  std::string word;        ///< the word that is being read
  int64_t characters = 0;  ///< of it; those beyond the longest word are only counted
  std::vector<int32_t> cut;
};

TextEncoder::TextEncoder(const Tokenizer& tokenizer, const Options& options)
    : body_(std::make_unique<Body>(tokenizer, options)) {
  if (options.most && options.most < 2)
    throw UsageError(fmt::format("at most {} tokens: expected 2 or more, for the first and the last", options.most));
}
TextEncoder::~TextEncoder() = default;
TextEncoder::TextEncoder(TextEncoder&&) noexcept = default;

TextCount TextEncoder::encode(std::string_view text, std::vector<int32_t>& ids) {
  Body& b = *body_;
  const bool ends = b.options.ends;
  b.ids = &ids;
  b.count = {};
  b.room = b.options.most ? b.options.most - (ends ? 1 : 0) : std::numeric_limits<int64_t>::max();
  if (ends) b.push(b.tokenizer.first());
  if (b.options.added_tokens && !b.tokenizer.settings().added.empty())
    b.words_with_tokens(text);
  else
    b.words_of_raw(text);
  b.count.cut = std::max<int64_t>(0, b.count.tokens - b.room);
  if (ends) {
    ids.push_back(b.tokenizer.last());
    ++b.count.tokens;
  }
  return b.count;
}

}  // namespace nn
