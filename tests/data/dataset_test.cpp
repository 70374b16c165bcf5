// SPDX-License-Identifier: MIT
#include "data/dataset.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "catch.h"
#include "data/flag_meanings.h"
#include "data/split_names.h"
#include "folder.h"
#include "h5/writing/writer.h"
#include "split_values.h"

using namespace nn;
using namespace nn_test;

namespace {

Dataset pictures() {
  Dataset data;
  data.title = "pictures";
  data.source = "made";
  data.license = "none";
  data.citation = "nobody";
  data.classes = {"T-shirt/top", "Ankle boot", "Bag"};
  data.valid_max = 16;
  data.prep.recipe = "scale 0:1\nstandardize";
  data.prep.mean = {0.25F};
  data.prep.std = {0.5F};
  for (const std::string name : {"train", "test"}) {
    Split split;
    split.name = name;
    split.set_samples(h5::Array(h5::Type::u8, Shape{70, 1, 4, 5}));
    for (size_t i = 0; uint8_t & pixel : split.column("images")->values.as<uint8_t>())
      pixel = static_cast<uint8_t>(i++ % 17);
    std::vector<int32_t> labels;
    std::vector<int64_t> rows;
    for (int i = 0; i < 70; ++i) labels.push_back(i % 3), rows.push_back(2 * i);
    split.set("labels", labels);
    split.set("sample", rows);
    data.splits.push_back(split);
  }
  return data;
}

Dataset table() {
  Dataset data;
  Split split;
  split.name = "train";
  split.set_samples(h5::Array::of<float>(Shape{3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6}));
  split.set("targets", h5::Array::of<float>(Shape{3, 1}, std::vector<float>{0.5F, 1.5F, 2.5F}));
  data.splits.push_back(split);
  return data;
}

Dataset again(const Dataset& data, const Folder& folder, bool compress = true,
              const std::vector<std::string>& only = {}) {
  const std::string path = folder.put("d.h5", write_dataset(data, {}, compress));
  return read_dataset(h5::Reader::open(path, "dataset"), only);
}

}  // namespace

TEST_CASE("a dataset comes back from its file") {
  Folder folder;
  for (const bool compress : {true, false}) {
    const Dataset from = pictures(), to = again(from, folder, compress);
    CHECK(to.title == from.title);
    CHECK(to.source == from.source);
    CHECK(to.license == from.license);
    CHECK(to.citation == from.citation);
    CHECK(to.classes == from.classes);
    CHECK(to.prep == from.prep);
    CHECK(to.valid_min == 0);
    CHECK(to.valid_max == 16);
    CHECK(to.digest.size() == 64);
    REQUIRE(to.splits.size() == 2);
    for (size_t i = 0; i < 2; ++i) {
      CHECK(to.splits[i].name == from.splits[i].name);
      CHECK(to.splits[i].x().shape == from.splits[i].x().shape);
      CHECK(to.splits[i].x().bytes == from.splits[i].x().bytes);
      CHECK(labels_of(to.splits[i]) == labels_of(from.splits[i]));
      CHECK(sample_of(to.splits[i]) == sample_of(from.splits[i]));
    }
  }
}

TEST_CASE("features and targets come back, and one split can be read alone") {
  Folder folder;
  const Dataset to = again(table(), folder);
  CHECK(to.at("train").x().bytes == table().splits[0].x().bytes);
  CHECK(to.at("train").targets().bytes == table().splits[0].targets().bytes);
  CHECK(to.at("train").labels().empty());
  CHECK(sample_of(to.at("train")) == std::vector<int64_t>{0, 1, 2});
  const Dataset part = again(pictures(), folder, true, {"test"});
  CHECK(part.splits.size() == 1);
  CHECK(part.find("train") == nullptr);
  CHECK_THROWS_WITH(again(pictures(), folder, true, {"val"}), Contains("train, test") || Contains("has none"));
}

TEST_CASE("labels carry the class names in the words of CF") {
  Folder folder;
  const std::string path = folder.put("d.h5", write_dataset(pictures(), {}, true));
  const h5::Reader file = h5::Reader::open(path, "dataset");
  CHECK(file.text("/train/labels", "flag_meanings") == "T-shirt_top Ankle_boot Bag");
  CHECK(file.type("/train/labels") == h5::Type::u8);
  CHECK(file.number("/train/images", "valid_max") == 16.0);
  CHECK(file.shape("/preview/grid") == Shape{32, 40});
  CHECK(file.text("/preview/grid", "CLASS") == "IMAGE");
  file.verify();
}

TEST_CASE("the digest is of the content and leaves the preview out") {
  Folder folder;
  Dataset data = pictures();
  const std::string digest = again(data, folder).digest;
  CHECK(again(data, folder, false).digest == digest);
  data.title = "another title";
  CHECK(again(data, folder).digest == digest);
  data.splits[1].samples()->values.bytes[0] ^= std::byte{1};
  CHECK(again(data, folder).digest != digest);
}

TEST_CASE("bad data is refused with its place") {
  const auto refused = [](const Dataset& data, const std::string& why) {
    CHECK_THROWS_WITH(check(data, "d.h5"), Contains("d.h5: ") && Contains(why));
    CHECK_THROWS_AS(write_dataset(data, {}, false), Error);
  };
  Dataset data = pictures();
  data.splits[1].labels()[7] = 3;
  refused(data, "/test/labels: label 3 in row 7 is out of range");
  data.splits[1].labels()[7] = -1;
  refused(data, "row 7 is negative");
  data = pictures();
  data.splits[0].set("labels", std::vector<int32_t>(69));
  refused(data, "expected 70 labels");
  data = pictures();
  data.splits[1].set_samples(h5::Array(h5::Type::u8, Shape{70, 1, 5, 5}));
  refused(data, "/test/images: samples of shape 1x5x5");
  data = pictures();
  data.splits[1].set("sample", std::vector<int64_t>(69));
  refused(data, "/test/sample");
  data = pictures();
  data.valid_max = 0;
  refused(data, "valid_min");
  data = table();
  data.splits[0].samples()->values.as<float>()[3] = std::numeric_limits<float>::quiet_NaN();
  refused(data, "/train/features: NaN in row 1, column 1");
  data.splits[0].samples()->values.as<float>()[3] = -std::numeric_limits<float>::infinity();
  refused(data, "infinity in row 1, column 1");
  data = table();
  data.splits[0].column("targets")->values.as<float>()[2] = std::numeric_limits<float>::quiet_NaN();
  refused(data, "/train/targets: NaN in row 2, column 0");
  data.splits[0].set("targets", h5::Array(h5::Type::f32, Shape{2, 1}));
  refused(data, "/train/targets");
  data.splits[0].set_samples(h5::Array(h5::Type::f32, Shape{3}));
  refused(data, "expected axes");
  refused(Dataset{}, "no split");
  for (const double bad : {-1.0, 0.5, 256.0, 1e300, HUGE_VAL}) {
    data = pictures();
    data.valid_max = bad;
    refused(data, "valid");
  }
  for (const std::string name : {"", "../up", "a/b", "class", ".hidden", "x\x1b[31m", "train"}) {
    data = pictures();
    data.splits[1].name = name;
    refused(data, "split");
  }
  data = pictures();
  data.splits[1].name = "hard cases";
  CHECK_NOTHROW(check(data, "d.h5"));
}

TEST_CASE("a dataset file with foreign contents is refused") {
  Folder folder;
  const auto refused = [&](const std::function<void(h5::Writer&)>& fill, const std::string& why) {
    h5::Writer to("dataset", "bad", false);
    fill(to);
    const std::string path = folder.put("bad.h5", to.finish());
    std::string said;
    try {
      (void)read_dataset(h5::Reader::open(path, "dataset"));
    } catch (const Error& e) {
      said = e.what();
    }
    CHECK_THAT(said, Contains(why));
    CHECK(said.rfind("bad.h5") == path.size() - 6);  // the file is named once, in front
  };
  refused([](h5::Writer& to) { to.dataset("/other/values", h5::Array::of(std::vector<float>{1})); }, "no split");
  refused([](h5::Writer& to) { to.dataset("/train/features", h5::Array::of(std::vector<float>{1})); }, "expected axes");
  refused([](h5::Writer& to) { to.dataset("/train/features", h5::Array(h5::Type::f64, Shape{2, 2})); }, "float64");
  refused(
      [](h5::Writer& to) {
        to.dataset("/train/features", h5::Array(h5::Type::f32, Shape{2, 2}));
        to.dataset("/train/labels", h5::Array::of(std::vector<float>{1, 2}));
      },
      "labels are integers");
  refused(
      [](h5::Writer& to) {
        to.dataset("/train/features", h5::Array(h5::Type::f32, Shape{2, 2}));
        to.dataset("/train/labels", h5::Array::of(std::vector<int64_t>{1, int64_t{1} << 40}));
      },
      "out of range");
  const auto with = [&](const char* name, const h5::Array& values) {
    return [=](h5::Writer& to) {
      to.dataset("/train/features", h5::Array(h5::Type::f32, Shape{2, 2}));
      to.dataset(std::string("/train/") + name, values);
    };
  };
  // Below the least int32 a cut number looks like a label: -4294967295 would be 1.
  refused(with("labels", h5::Array::of(std::vector<int64_t>{0, -4294967295})),
          "label -4294967295 in row 1 is out of range");
  refused(with("labels", h5::Array::of(std::vector<int32_t>{-1, 0})), "label -1 in row 0 is out of range");
  refused(with("labels", h5::Array(h5::Type::i32, Shape{2, 1})), "one axis");
  refused(with("sample", h5::Array::of(std::vector<double>{0, 1e300})), "integers");
  refused(with("sample", h5::Array::of(std::vector<int64_t>{0, -5})), "row -5 in row 1 is out of range");
  refused(with("sample", h5::Array(h5::Type::i32, Shape{1, 2})), "one axis");
  refused(
      [](h5::Writer& to) {
        to.dataset("/x\x1b[31m/features", h5::Array(h5::Type::f32, Shape{2, 2}));
      },
      "a split called");
  refused(
      [](h5::Writer& to) {
        to.dataset("/train/images", h5::Array(h5::Type::u8, Shape{1, 1, 2, 2}));
        to.integer("/train/images", "valid_max", 16);
        to.dataset("/test/images", h5::Array(h5::Type::u8, Shape{1, 1, 2, 2}));
      },
      "valid range 0 to 255, but /train has 0 to 16");
}

TEST_CASE("rows beyond 2^53 and labels up to the largest int32 come back as they are") {
  Folder folder;
  Dataset data = table();
  data.splits[0].set("sample", std::vector<int64_t>{int64_t{9007199254740993}, int64_t{9223372036854775807}, 0});
  data.splits[0].set("labels", std::vector<int32_t>{2147483647, 0, 300});
  const Dataset to = again(data, folder);
  CHECK(sample_of(to.splits[0]) == sample_of(data.splits[0]));
  CHECK(labels_of(to.splits[0]) == labels_of(data.splits[0]));
}

TEST_CASE("flag_meanings is one word a class, all different") {
  CHECK(flag_meanings({"a b", "a/b", "a_b", "a_b_2", ""}) == "a_b a_b_2 a_b_3 a_b_2_2 _");
  CHECK(flag_meanings({"tab\there",
                       "no\xc2\xa0"
                       "break",
                       "new\nline", "caf\xc3\xa9", "1.5+2-x@y"}) == "tab_here no_break new_line caf\xc3\xa9 1.5+2-x@y");
  const std::string many = flag_meanings(std::vector<std::string>(60000, "?"));
  CHECK(std::ranges::count(many, ' ') == 59999);
}

TEST_CASE("the usual words for splits") {
  CHECK(split_for("Validation") == "val");
  CHECK(split_for("t10k") == "test");
  CHECK(split_for("TRAINING") == "train");
  CHECK(split_for("cats").empty());
  CHECK_THAT(split_names_text(), Contains("val (valid, validation, dev"));
}

TEST_CASE("pixels outside the range that the file states are an error, in a file as before it is written") {
  Dataset data = pictures();
  data.valid_max = 15;
  CHECK_THROWS_WITH(check(data, "d"),
                    Contains("/train/images: values from 0 to 16, but the valid range") && Contains("is 0 to 15"));
  CHECK_THROWS_AS(write_dataset(data, {}, true), Error);
  data.valid_max = 16, data.valid_min = 1;
  CHECK_THROWS_WITH(check(data, "d"), Contains("is 1 to 16"));
}
