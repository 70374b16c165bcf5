// SPDX-License-Identifier: MIT
// Every format of the table that writes and reads gives back what it was given.
#include "catch.h"
#include "sample_data.h"
#include "split_values.h"
#include "told.h"

using namespace nn;
using namespace nn_test;

namespace {
/// What a format cannot hold: csv and tsv one split and no shape, idx no class names, png no features.
Told options_for(const std::string& format, const Dataset& data) {
  Told options;
  if (format != "csv" && format != "tsv") return options;
  options.split = "train";
  const Shape shape = data.splits[0].x().shape;
  if (shape.rank() == 4) options.shape = shape.without_first().text();
  return options;
}

void check_round_trip(const Format format, const Dataset& data) {
  INFO("format " << format.name << ", samples of " << data.sample_shape().text());
  const Told options = options_for(format.name, data);
  const Folder folder;
  const std::string target =
      folder / ("out" + (format.folder || format.suffixes.empty() ? std::string() : format.suffixes[0]));
  const auto files = format.write(data, options);
  write_foreign(target, format, files, false);
  const Dataset back = format.read(target, options);
  for (const Split& split : back.splits) {
    const Split& was = data.at(split.name);
    CHECK(split.x().type == was.x().type);
    CHECK(split.x().shape == was.x().shape);
    CHECK(split.x().bytes == was.x().bytes);
    if (std::string(format.name) == "idx")
      CHECK(labels_of(split) == labels_of(was));
    else
      CHECK(words_of(back, split) == words_of(data, was));
  }
  CHECK(back.splits.size() == (options.split.empty() ? data.splits.size() : 1));
  // The same content gives the same bytes.
  const auto again = format.write(data, options);
  REQUIRE(again.size() == files.size());
  for (size_t i = 0; i < files.size(); ++i) CHECK(again[i].bytes == files[i].bytes);
}
}  // namespace

TEST_CASE("formats: data sets of images go out and come back") {
  for (const DatasetFormat* format : dataset_formats())
    if (format->columns.empty())
      for (const int64_t channels : {1, 3}) check_round_trip(*format, image_data(channels));
}

TEST_CASE("formats: data sets of features go out and come back") {
  for (const DatasetFormat* format : dataset_formats()) {
    if (!format->columns.empty()) continue;
    if (std::string(format->name) == "png")
      CHECK_THROWS_WITH(Format(*format).write(feature_data(), {}), Contains("features"));
    else
      check_round_trip(*format, feature_data());
  }
}

TEST_CASE("formats: the folder of an output appears whole or not at all, and is never mixed with another") {
  const Folder folder;
  const Format png("png");
  const auto files = png.write(image_data(1), {});
  write_foreign(folder / "a", png, files, false);
  CHECK_THROWS_WITH(write_foreign(folder / "a", png, files, false), Contains("not empty"));
  auto bad = files;
  bad.push_back({"classes.txt/x", {}});  // below a file
  CHECK_THROWS_AS(write_foreign(folder / "b", png, bad, false), Error);
  CHECK_FALSE(std::filesystem::exists(folder / "b"));
  size_t entries = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "")) entries += entry.exists();
  CHECK(entries == 1);
}

TEST_CASE("formats: names tell the format") {
  CHECK(std::string(dataset_format_of("a/B.CSV")->name) == "csv");
  CHECK(std::string(dataset_format_of("x.npz")->name) == "npz");
  CHECK(std::string(dataset_format_of("train-images-idx3-ubyte.gz")->name) == "idx");
  CHECK(dataset_format_of("x.h5") == nullptr);
}

TEST_CASE("formats: tables of results as csv, tsv and json") {
  TextTable table{{"epoch", "a,b"}, {{Json(1), Json(0.1)}, {Json(2), Json()}, {Json(3), Json("x\ty \"q\"")}}};
  CHECK(find_in(table_formats(), "csv", "format").write(table) ==
        "epoch,\"a,b\"\n1,0.1\n2,nan\n3,\"x\ty \"\"q\"\"\"\n");
  CHECK(find_in(table_formats(), "tsv", "format").write(table) == "epoch\ta,b\n1\t0.1\n2\tnan\n3\tx\\x09y \"q\"\n");
  const Json back = Json::parse(find_in(table_formats(), "json", "format").write(table));
  REQUIRE(back.items().size() == 3);
  CHECK(back.items()[0].at("a,b").number() == 0.1);
  CHECK(back.items()[1].at("a,b").is_null());
}
