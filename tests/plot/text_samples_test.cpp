// SPDX-License-Identifier: MIT
// Texts in the picture "samples".
#include "plot/text_samples.h"

#include "catch.h"
#include "data/texts.h"

using namespace nn;

namespace {

Dataset texts() {
  Dataset data;
  data.classes = {"a`b", "c"};
  Split split;
  split.name = "train";
  TextColumn text("text"), name("name");
  std::string many;
  for (int i = 0; i < 200; ++i) many += "word" + std::to_string(i) + " ";
  for (const std::string& one : {std::string("one\n\ntwo\xFF\tthree"), std::string(), many, std::string(500, 'x')})
    text.add(one);
  for (const char* one : {"a/1.txt", "a/2.txt", "c/3.txt", "c/4.txt"}) name.add(one);
  split.set(std::move(text).finish());
  split.set(std::move(name).finish());
  split.set("labels", std::vector<int32_t>{0, 0, 1, 1});
  data.splits.push_back(std::move(split));
  return data;
}

}  // namespace

TEST_CASE("samples: texts as a chart, a table and a script") {
  const auto picture = text_samples(texts(), "train", {0, 1, 2, 3}, {"a`b", "", "c", "c"}, "title");
  const std::string chart = picture->text(40);
  CHECK_THAT(chart, Contains("a`b  (a/1.txt)\n  one two three\n") && Contains("(a/2.txt)\n"));
  CHECK_THAT(chart, Contains(" ...\n") && !Contains("word100"));
  for (size_t begin = 0; begin < chart.size();) {
    const size_t end = chart.find('\n', begin);
    CHECK(end - begin <= 44);
    begin = end + 1;
  }
  const TextTable table = picture->table();
  REQUIRE(table.rows.size() == 4);
  CHECK(table.rows[0][2].string() == "a`b");
  CHECK(table.rows[0][4].string() == "one\n\ntwo\tthree");
  const std::string script = picture->script();
  CHECK_THAT(script, Contains("plot NaN") && Contains("'one two three'"));
  CHECK(picture->height > 4 * 60);
}
