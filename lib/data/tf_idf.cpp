// SPDX-License-Identifier: MIT
#include "data/tf_idf.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>

#include "base/text/number.h"
#include "base/text/utf8.h"
#include "data/texts.h"
#include "text/unicode.h"

namespace nn {
namespace {

/// Letters and digits of any script, and '_'; of Latin-1 no symbols, as the signs of pound and degree.
bool is_of_word(char32_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  constexpr std::u32string_view of_latin{U"\u00aa\u00b2\u00b3\u00b5\u00b9\u00ba\u00bc\u00bd\u00be"};
  if (c < 0xC0) return of_latin.find(c) != of_latin.npos;
  return c != 0xD7 && c != 0xF7 && !is_white(c) && !is_blank(c) && !is_removed(c) && !is_punctuation(c);
}

void append(std::string& to, char32_t c, std::string_view bytes) {
  Characters made;
  const auto lower = lower_case(c, made);
  if (lower.size() == 1 && lower[0] == c) {
    to += bytes;
    return;
  }
  for (const char32_t l : lower) append_utf8(to, l);
}

struct Word {
  std::string text;
  double weight;  ///< how much it tells: ln((1+n)/(1+texts with it)) + 1
};

/// Of the texts of train, by the alphabet; those in most texts where there are more than wanted.
std::vector<Word> vocabulary_of(const Column& texts, size_t wanted) {
  std::map<std::string, int64_t> in_texts;
  for (int64_t i = 0; i < texts.size(); ++i) {
    std::set<std::string> words;
    each_word(text_at(texts, i), [&](const std::string& word) { words.insert(word); });
    for (const std::string& word : words) ++in_texts[word];
  }
  std::vector<std::pair<std::string, int64_t>> all(in_texts.begin(), in_texts.end());
  std::ranges::stable_sort(all, std::ranges::greater(), &std::pair<std::string, int64_t>::second);
  if (all.size() > wanted) all.resize(wanted);
  std::ranges::sort(all);
  std::vector<Word> words;
  for (auto& [word, count] : all)
    words.push_back({word, std::log(static_cast<double>(1 + texts.size()) / static_cast<double>(1 + count)) + 1});
  return words;
}

const Column& texts_of(const Split& split) {
  const Column* texts = split.column("text");
  if (!texts) throw Error(fmt::format("split {} holds no texts", printable(split.name)));
  return *texts;
}

}  // namespace

void each_word(std::string_view text, const std::function<void(const std::string&)>& give) {
  constexpr int longest = 1000;  // characters; what is longer is no word, and takes no memory
  std::string word;
  int length = 0;
  const auto end = [&] {
    if (length >= 2 && length <= longest) give(word);
    word.clear(), length = 0;
  };
  each_character(
      text,
      [&](char32_t c, std::string_view bytes) {
        if (!is_of_word(c)) return end();
        if (length <= longest) append(word, c, bytes), ++length;
      },
      end);
  end();
}

void TfIdfOptions::declare(OptionSet& set) {
  set.add("tf-idf", words, "N",
          "make features of texts: how often each of the N words stands in it that stand in most texts of train, "
          "weighted by how few these are; 0: none")
      .at_least(0)
      .in_group("Texts");
}

void TfIdfOptions::apply(Dataset& data, const Log& log, const Budget& budget) const {
  if (words == 0) return;
  const std::vector<Word> vocabulary = vocabulary_of(texts_of(data.at("train")), static_cast<size_t>(words));
  if (vocabulary.empty()) throw Error("split train: its texts hold no words");
  std::unordered_map<std::string_view, size_t> place;
  data.feature_names.clear();
  for (const Word& word : vocabulary) {
    place.emplace(word.text, place.size());
    data.feature_names.push_back(word.text);
  }
  const size_t width = vocabulary.size();
  for (Split& split : data.splits) {
    const Column& texts = texts_of(split);
    budget.ask_product({static_cast<uint64_t>(texts.size()), width, sizeof(float)},
                       fmt::format("features of {} words for {} texts", width, texts.size()));
    h5::Array features(h5::Type::f32, Shape{texts.size(), static_cast<int64_t>(width)});
    std::vector<double> row(width);
    for (int64_t i = 0; i < texts.size(); ++i) {
      std::ranges::fill(row, 0);
      each_word(text_at(texts, i), [&](const std::string& word) {
        if (const auto at = place.find(word); at != place.end()) row[at->second] += vocabulary[at->second].weight;
      });
      double squares = 0;
      for (const double value : row) squares += value * value;
      if (squares == 0) continue;
      const double scale = 1 / std::sqrt(squares);
      auto to = features.as<float>().begin() + static_cast<ptrdiff_t>(static_cast<size_t>(i) * width);
      for (const double value : row) *to++ = static_cast<float>(value * scale);
    }
    split.set_samples(std::move(features));
  }
  log.detail(fmt::format("features of {} words", grouped(static_cast<int64_t>(width))));
}

}  // namespace nn
