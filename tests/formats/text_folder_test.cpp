// SPDX-License-Identifier: MIT
// Folders of texts as people have them.
#include "catch.h"
#include "data/texts.h"
#include "read_said.h"
#include "sample_data.h"

using namespace nn;
using namespace nn_test;

namespace {

Read read(const Folder& folder, const std::string& split = "") {
  Told options;
  options.split = split;
  return read_said(options, [&](const Told& told) { return Format("txt").read(folder.path(), told); });
}
std::vector<std::string> texts(const Split& split, const char* column = "text") {
  std::vector<std::string> texts;
  for (int64_t i = 0; i < split.column(column)->size(); ++i) texts.emplace_back(text_at(*split.column(column), i));
  return texts;
}

}  // namespace

TEST_CASE("texts: folders are classes, bytes and names are kept") {
  const Folder folder;
  folder.put("sport/002.txt", "goal\r\n\n");
  folder.put("tech/001.txt",
             "\xFF"
             "chip");
  folder.put("tech/010.TXT", "");
  folder.put("tech/notes.pdf", "x");
  folder.put("tech/x.bin", "x");
  const auto [data, said] = read(folder);
  CHECK(dataset_format_of(folder.path())->name == std::string("txt"));
  CHECK(data.classes == std::vector<std::string>{"sport", "tech"});
  const Split& train = data.at("train");
  CHECK(train.size() == 3);
  CHECK(texts(train) == std::vector<std::string>{"\xFF"
                                                 "chip",
                                                 "goal\r\n\n", ""});
  CHECK(texts(train, "name") == std::vector<std::string>{"tech/001.txt", "sport/002.txt", "tech/010.TXT"});
  CHECK(std::ranges::equal(train.labels(), std::vector<int32_t>{1, 0, 1}));
  CHECK_THAT(said, Contains("1 document that is not .txt (tech/notes.pdf)"));
  CHECK_THAT(said, Contains("1 file that is not a text (tech/x.bin)"));
  CHECK_THAT(said, Contains("1 text is not UTF-8 (tech/001.txt: byte 0)"));
  check(data, "texts");
}

TEST_CASE("texts: folders of splits, and texts that come again") {
  const Folder folder;
  folder.put("train/a/1.txt", "one");
  folder.put("train/b/2.txt", "one");
  folder.put("test/a/1.txt", "one");
  folder.put("test/b/2.txt", "two");
  const auto [data, said] = read(folder);
  REQUIRE(data.splits.size() == 2);
  CHECK(texts(data.at("test")) == std::vector<std::string>{"one", "two"});
  CHECK_THAT(said, Contains("2 of 4 texts repeat an earlier one word for word; 1 of split test also stand in train"));
  CHECK(read(folder, "test").data.splits.size() == 1);
}

TEST_CASE("texts: without folders there are no labels; without texts nothing is read") {
  const Folder folder;
  folder.put("b.txt", "b");
  folder.put("a.txt", "a");
  const Read all = read(folder);
  CHECK(texts(all.data.at("train")) == std::vector<std::string>{"a", "b"});
  CHECK(all.data.classes.empty());
  CHECK(all.data.at("train").labels().empty());
  CHECK(all.said.empty());
  const Folder empty;
  empty.put("a/x.doc", "x");
  CHECK_THROWS_WITH(Format("txt").read(empty.path(), Told{}), Contains("no .txt files") && Contains("plain text"));
  folder.put("class/c.txt", "c");
  CHECK_THROWS_WITH(Format("txt").read(folder.path(), Told{}),
                    Contains("texts beside folders of classes; put every text"));
}

TEST_CASE("texts: data sets of texts go out and come back") {
  const Folder folder;
  Dataset data;
  data.classes = {"b/c", "a"};
  for (const char* name : {"train", "test"}) {
    Split split;
    split.name = name;
    TextColumn text("text");
    for (const char* one : {"one", "", "\xFF\r\n", "three"}) text.add(one);
    split.set(std::move(text).finish());
    split.set("labels", std::vector<int32_t>{1, 0, 0, 1});
    split.number_rows();
    data.splits.push_back(std::move(split));
  }
  const Format format("txt");
  const auto files = format.write(data, Told{});
  write_foreign(folder / "out", format, files, false);
  const Dataset back = format.read(folder / "out", Told{});
  CHECK(back.classes == data.classes);
  REQUIRE(back.splits.size() == 2);
  for (const Split& split : back.splits) {
    CHECK(texts(split) == texts(data.at(split.name)));
    CHECK(std::ranges::equal(split.labels(), data.at(split.name).labels()));
  }
  CHECK(dataset_format_of(folder / "out")->name == std::string("txt"));
  data.splits[0].remove("text");
  data.splits[0].set("features", h5::Array(h5::Type::f32, Shape{4, 2}));
  CHECK_THROWS_WITH(format.write(data, Told{}), Contains("train holds no texts"));
}
