// SPDX-License-Identifier: MIT
// Folders of pictures as people have them: what is a split, what a class, and what is said about the rest.
#include <sys/stat.h>
#include <unistd.h>

#include "catch.h"
#include "formats/datasets/pictures/png_image.h"
#include "read_said.h"
#include "sample_data.h"
#include "split_values.h"

using namespace nn;
using namespace nn_test;

namespace {
std::string picture(uint8_t value = 7) {
  const std::vector<uint8_t> pixels(6, value);
  const std::vector<std::byte> bytes = write_png({1, 2, 3}, pixels);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Read read(const Folder& folder, const std::string& split = "") {
  Told options;
  options.split = split;
  return read_said(options, [&](const Told& told) { return Format("png").read(folder.path(), told); });
}
std::vector<std::string> splits(const Dataset& data) {
  std::vector<std::string> names;
  for (const Split& split : data.splits) names.push_back(split.name);
  return names;
}
}  // namespace

TEST_CASE("pictures: what is left out is counted and said, and no class is made of it") {
  const Folder folder;
  for (const char* name : {"a/0.png", "b/3.PNG"}) folder.put(name, picture());
  for (const char* name : {"a/more/1.png", "a/2.jpg", "b/4.jpeg", "b/5.bmp", "__MACOSX/a/._0.png", ".git/x.png",
                           "b/.DS_Store", "b/notes.txt", "Thumbs.db"})
    folder.put(name, "x");
  const auto [data, said] = read(folder);
  CHECK(data.classes == std::vector<std::string>{"a", "b"});
  CHECK(data.at("train").size() == 2);
  CHECK_THAT(said, Contains("3 pictures that are not PNG (a/2.jpg, b/4.jpeg, b/5.bmp)"));
  CHECK_THAT(said, Contains("1 file below the folder of a class (a/more/1.png)"));
  CHECK_THAT(said, Contains("1 file that is not a picture (b/notes.txt)"));
  CHECK_THAT(said, Contains("2 hidden or system entries (.git, __MACOSX)"));
  CHECK(said.find(".DS_Store") == std::string::npos);
  CHECK(std::ranges::count(said, '\n') == 1);
}

TEST_CASE("pictures: nothing is said where nothing is left out") {
  const Folder folder;
  folder.put("a/0.png", picture());
  folder.put("classes.txt", "a\nb\n");
  CHECK(read(folder).said.empty());
}

TEST_CASE("pictures: folders of splits by their usual names") {
  for (const char* name : {"val", "validation", "Valid", "dev"}) {
    const Folder folder;
    for (const std::string& split : {std::string("training"), std::string(name), std::string("Testing")})
      for (const char* file : {"/a/0.png", "/b/1.png"}) folder.put(split + file, picture());
    const auto [data, said] = read(folder);
    CHECK(splits(data) == std::vector<std::string>{"train", "val", "test"});
    CHECK(data.classes == std::vector<std::string>{"a", "b"});
    CHECK(splits(read(folder, "val").data) == std::vector<std::string>{"val"});
  }
  const Folder folder;
  for (const char* file : {"train/a/0.png", "val/a/0.png", "valid/a/0.png"}) folder.put(file, picture());
  CHECK_THROWS_WITH(read(folder), Contains("'val'") && Contains("'valid'") && Contains("both the split val"));
  const Folder mixed;
  for (const char* file : {"train/a/0.png", "holdout/a/0.png"}) mixed.put(file, picture());
  CHECK_THROWS_WITH(read(mixed), Contains("'holdout'") && Contains("validation, dev"));
}

TEST_CASE("pictures: a class may be called as a split is") {
  const Folder folder;
  for (const char* file : {"train/0.png", "boat/1.png"}) folder.put(file, picture());
  CHECK(read(folder).data.classes == std::vector<std::string>{"boat", "train"});
  const Folder guessed;
  for (const char* file : {"train/0.png", "test/1.png"}) guessed.put(file, picture());
  const auto [data, said] = read(guessed);
  CHECK(splits(data) == std::vector<std::string>{"train", "test"});
  CHECK_THAT(said, Contains("splits without labels") && Contains("classes.txt"));
  guessed.put("classes.txt", "test\ntrain\n");
  CHECK(labels_of(read(guessed).data.at("train")) == std::vector<int32_t>{1, 0});  // by the name of the file
}

TEST_CASE(
    "pictures: what nn-convert wrote comes back, whatever classes and splits are called and however many there are") {
  const Format png("png");
  Dataset data = image_data(3);
  data.classes = {"train", "__MACOSX", ".hidden"};
  data.splits[1].name = "hard cases";
  const auto again = [&](const Dataset& from) {
    const Folder folder;
    write_foreign(folder / "out", png, png.write(from, {}), false);
    return png.read(folder / "out", {});
  };
  Dataset back = again(data);
  CHECK(back.classes == data.classes);
  CHECK(splits(back) == splits(data));
  for (const Split& split : data.splits) {
    CHECK(labels_of(back.at(split.name)) == labels_of(split));
    CHECK(back.at(split.name).x().bytes == split.x().bytes);
  }
  data.splits.erase(data.splits.begin());
  CHECK(labels_of(again(data).at("hard cases")) == labels_of(data.splits[0]));
  data.splits[0].remove("labels");
  data.classes.clear();
  back = again(data);
  CHECK(back.at("hard cases").labels().empty());
  CHECK(back.at("hard cases").x().bytes == data.splits[0].x().bytes);
  data.splits[0].set("labels", std::vector<int32_t>{11, 2, 0});  // labels without names
  back = again(data);
  CHECK(labels_of(back.at("hard cases")) == labels_of(data.splits[0]));
  CHECK(back.class_count() == 12);
  data.splits[0].labels()[1] = 2147483647;
  CHECK_THROWS_WITH(png.write(data, {}), Contains("65,536"));
}

TEST_CASE("pictures: links, FIFOs and devices are named and never opened") {
  const auto refused = [](const std::string& why, auto&& plant) {
    const Folder folder;
    folder.put("a/0.png", picture());
    folder.put("elsewhere/b/0.png", picture());
    plant(folder);
    CHECK_THROWS_WITH(read(folder), Contains(why) && Contains("is not opened here"));
  };
  refused("a/1.png: is a symbolic link",
          [](const Folder& f) { REQUIRE(::symlink("0.png", (f / "a/1.png").c_str()) == 0); });
  refused("a/1.png: is a FIFO", [](const Folder& f) { REQUIRE(::mkfifo((f / "a/1.png").c_str(), 0600) == 0); });
  refused("b: is a symbolic link", [](const Folder& f) { REQUIRE(::symlink("elsewhere/b", (f / "b").c_str()) == 0); });
  const Folder folder;
  folder.put("a/0.png", picture());
  REQUIRE(::mkfifo((folder / "classes.txt").c_str(), 0600) == 0);
  CHECK_THROWS_WITH(read(folder), Contains("classes.txt: expected a regular file"));
}

TEST_CASE("pictures: a folder without PNG says what there is") {
  const Folder folder;
  for (int i = 0; i < 5; ++i) folder.put("a/" + std::to_string(i) + ".jpg", "x");
  CHECK_THROWS_WITH(read(folder), Contains("no PNG pictures") && Contains("5 pictures that are not PNG (") &&
                                      Contains("mogrify -format png"));
}

TEST_CASE("pictures: many classes are read and written in time that grows with their number") {
  Dataset data;
  Split split;
  split.name = "train";
  constexpr int64_t n = 20000;
  split.set_samples(h5::Array(h5::Type::u8, Shape{n, 1, 1, 1}));
  std::vector<int32_t> labels;
  for (int32_t i = 0; i < n; ++i)
    labels.push_back(i),
        data.classes.push_back("a/" + std::string(static_cast<size_t>(i % 7), '/') + std::to_string(i));
  split.set("labels", labels);
  split.number_rows();
  data.splits.push_back(std::move(split));
  const auto files = Format("png").write(data, {});
  CHECK(files.size() == n + 1);
}
