// SPDX-License-Identifier: MIT
// nn-prep --tf-idf: the values of scikit-learn 1.9's TfidfVectorizer, by hand.
#include "data/tf_idf.h"

#include <cmath>

#include "catch.h"
#include "data/texts.h"

using namespace nn;

namespace {

Split split_of(const std::string& name, const std::vector<std::string>& texts) {
  Split split;
  split.name = name;
  TextColumn column("text");
  for (const std::string& text : texts) column.add(text);
  split.set(std::move(column).finish());
  return split;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  each_word(text, [&](const std::string& word) { words.push_back(word); });
  return words;
}

}  // namespace

TEST_CASE("tf-idf: words are runs of letters, digits and underscores") {
  CHECK(words_of("The bank's rate: 4.75%, a_b x") == std::vector<std::string>{"the", "bank", "rate", "75", "a_b"});
  CHECK(words_of("Caf\u00c9 \u00a3600m \u00fcber\u2014alles") ==
        std::vector<std::string>{"caf\u00e9", "600m", "\u00fcber", "alles"});
  CHECK(words_of("ab\xA3"
                 "cd") == std::vector<std::string>{"ab", "cd"});  // no UTF-8
  CHECK(words_of("").empty());
  CHECK(words_of(std::string(1000, 'a') + " " + std::string(1001, 'b') + " cd") ==
        std::vector<std::string>{std::string(1000, 'a'), "cd"});
}

TEST_CASE("tf-idf: counts are weighted by how few texts of train have the word") {
  Dataset data;
  data.splits = {split_of("train", {"ball goal ball", "bank goal", "the goal"}), split_of("test", {"ball unseen", ""})};
  TfIdfOptions{.words = 3}.apply(data, Log("test", -2), {});
  // "goal" stands in three texts, the others in one: of these the first two by the alphabet.
  CHECK(data.feature_names == std::vector<std::string>{"ball", "bank", "goal"});
  const double rare = std::log(4.0 / 2) + 1, often = 1, first = std::hypot(2 * rare, often),
               second = std::hypot(rare, often);
  const std::vector<double> expected{2 * rare / first, 0, often / first, 0, rare / second, often / second, 0, 0, 1};
  const auto found = data.splits[0].x().as<float>();
  REQUIRE(found.size() == expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    CHECK(static_cast<double>(found[i]) == Approx(expected[i]).epsilon(1e-6));
  const auto test = data.splits[1].x().as<float>();
  CHECK(std::vector<float>(test.begin(), test.end()) == std::vector<float>{1, 0, 0, 0, 0, 0});
  data.splits[0].name = "other";
  CHECK_THROWS(TfIdfOptions{.words = 3}.apply(data, Log("test", -2), {}));
}
