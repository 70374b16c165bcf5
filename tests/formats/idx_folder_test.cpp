// SPDX-License-Identifier: MIT
// Files of MNIST's kind as people have them, in folders and alone.
#include <sys/stat.h>

#include <cstring>
#include <limits>

#include "catch.h"
#include "data/gzip.h"
#include "data/idx.h"
#include "formats/reading.h"
#include "paths.h"
#include "read_said.h"
#include "sample_data.h"
#include "split_values.h"

using namespace nn;
using namespace nn_test;

namespace {
std::string text(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
std::string images(int64_t n) { return text(write_idx(h5::Array(h5::Type::u8, {n, 2, 2}))); }
template <class T>
std::string labels(const std::vector<T>& values) {
  return text(write_idx(h5::Array::of(values)));
}

Read read(const std::string& input, Told options = {}) {
  return read_said(std::move(options), [&](const Told& told) { return Format("idx").read(input, told); });
}
/// Writes as IDX and reads again.
Read again(const Dataset& data, std::string* said = nullptr) {
  const Folder folder;
  const Log log("test");
  Told options;
  options.log = &log;
  const Format idx("idx");
  const std::string warned = talk_of([&] { write_foreign(folder / "out", idx, idx.write(data, options), false); });
  if (said) *said = warned;
  CHECK(std::string(dataset_format_of(folder / "out")->name) == "idx");
  return read(folder / "out");
}
Dataset labelled(std::vector<std::string> classes, const std::vector<int32_t>& labels) {
  Dataset data;
  data.classes = std::move(classes);
  Split split;
  split.name = "train";
  split.set_samples(h5::Array(h5::Type::u8, {static_cast<int64_t>(labels.size()), 1, 2, 2}));
  split.set("labels", labels);
  split.number_rows();
  data.splits.push_back(std::move(split));
  return data;
}
}  // namespace

TEST_CASE("idx: labels 1 to 4 are written as 1 to 4") {
  const Folder folder;
  folder.put("train-images-idx3-ubyte", images(4));
  folder.put("train-labels-idx1-ubyte", labels<uint8_t>({1, 2, 3, 4}));
  const Dataset data = read(folder.path()).data;
  CHECK(data.classes == std::vector<std::string>{"1", "2", "3", "4"});
  const auto files = Format("idx").write(data, {});
  REQUIRE(files.size() == 2);
  CHECK(files[1].name == "train-labels-idx1-ubyte.gz");
  const h5::Array written = read_idx(files[1].bytes, "labels");
  const auto values = written.as<uint8_t>();
  CHECK(std::vector<uint8_t>(values.begin(), values.end()) == std::vector<uint8_t>{1, 2, 3, 4});
}

TEST_CASE("idx: classes and labels of every kind come back, none is cut") {
  for (const Dataset& data :
       {labelled({"0", "1", "2"}, {2, 0, 1}), labelled({"1", "2", "3", "4"}, {0, 3, 1, 2}),
        labelled({"0", "1", "2", "3"}, {1, 0}), labelled({"9", "3", "300"}, {0, 1, 2}),
        labelled({"cat", "dog"}, {1, 0, 1}), labelled({"01", "1"}, {0, 1}), labelled({"-5", "70000"}, {1, 0})}) {
    INFO(data.classes[0]);
    std::string said;
    const Dataset back = again(data, &said).data;
    CHECK(back.classes == data.classes);
    CHECK(labels_of(back.splits[0]) == labels_of(data.splits[0]));
    CHECK(said.empty());
  }
  const Dataset unnamed = again(labelled({}, {300, 0})).data;
  CHECK(labels_of(unnamed.splits[0]) == std::vector<int32_t>{300, 0});
  CHECK(unnamed.classes.at(300) == "300");
}

TEST_CASE("idx: targets, float images and the names of splits come back; the range is warned of") {
  Dataset data = labelled({"a", "b"}, {1, 0, 1});
  data.splits[0].set("targets", h5::Array::of<float>({3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6.5F}));
  data.splits[0].name = "hard cases";
  data.valid_max = 16;
  std::string said;
  Dataset back = again(data, &said).data;
  CHECK_THAT(said, Contains("range of pixels") && Contains("--range 0:16"));
  CHECK(back.at("hard cases").targets().bytes == data.splits[0].targets().bytes);
  CHECK(labels_of(back.at("hard cases")) == labels_of(data.splits[0]));
  data.splits[0].set_samples(h5::Array(h5::Type::f32, {3, 1, 2, 2}));
  data.splits[0].samples()->values.as<float>()[5] = -0.25F;
  data.valid_max = 255;
  back = again(data).data;
  CHECK(back.splits[0].x().shape == data.splits[0].x().shape);
  CHECK(back.splits[0].x().bytes == data.splits[0].x().bytes);
}

TEST_CASE("idx: types other than bytes") {
  const Folder folder;
  folder.put("train-images-idx3-ubyte", images(3));
  folder.put("train-labels-idx1-float", labels<float>({2, 0, 1}));
  auto [data, said] = read(folder.path());
  CHECK(labels_of(data.splits[0]) == std::vector<int32_t>{2, 0, 1});
  CHECK_THAT(said, Contains("written as floats"));
  for (const float bad : {0.5F, std::numeric_limits<float>::quiet_NaN(), 1e30F}) {
    folder.put("train-labels-idx1-float", labels<float>({2, 0, bad}));
    CHECK_THROWS_WITH(read(folder.path()), Contains("in row 2, expected whole numbers"));
  }
  const std::string shorts("\0\0\x0b\x01\0\0\0\x03\xff\xfe\x01\x00\x00\x07", 14),
      bytes("\0\0\x09\x01\0\0\0\x02\xff\x7f", 10);
  const h5::Array wide = read_idx(std::as_bytes(std::span(shorts)), "s"),
                  narrow = read_idx(std::as_bytes(std::span(bytes)), "b");
  CHECK(std::ranges::equal(wide.as<int32_t>(), std::vector<int32_t>{-2, 256, 7}));
  CHECK(std::ranges::equal(narrow.as<int32_t>(), std::vector<int32_t>{-1, 127}));
  h5::Array large = h5::Array::of<double>({2, 1}, std::vector<double>{16777217, 16777216});
  folder.put("alone/x-images-idx2-double", text(write_idx(large)));
  CHECK_THAT(read(folder / "alone/x-images-idx2-double").said, Contains("float32") && Contains("16777217 in row 1"));
}

TEST_CASE("idx: folders as people have them") {
  const auto put = [](const Folder& folder, const std::string& images_name, const std::string& labels_name) {
    folder.put(images_name, images(2));
    folder.put(labels_name, labels<uint8_t>({0, 1}));
  };
  const Folder kaggle;  // each file in a folder of its name, and some beside it
  put(kaggle, "train-images-idx3-ubyte/train-images-idx3-ubyte", "train-labels-idx1-ubyte/train-labels-idx1-ubyte");
  put(kaggle, "t10k-images-idx3-ubyte/t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte/t10k-labels-idx1-ubyte");
  put(kaggle, "t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte");
  const Dataset data = read(kaggle.path()).data;
  REQUIRE(data.splits.size() == 2);
  for (const char* name : {"train", "test"}) CHECK(labels_of(data.at(name)) == std::vector<int32_t>{0, 1});
  const Folder emnist;
  put(emnist, "emnist-letters-train-images-idx3-ubyte", "emnist-letters-train-labels-idx1-ubyte");
  put(emnist, "emnist-letters-Validation-images-idx3-ubyte", "emnist-letters-Validation-labels-idx1-ubyte");
  CHECK(read(emnist.path()).data.at("val").labels().size() == 2);
  put(emnist, "emnist-digits-train-images-idx3-ubyte", "emnist-digits-train-labels-idx1-ubyte");
  CHECK_THROWS_WITH(read(emnist.path()), Contains("both the split train"));
  CHECK(read(emnist / "emnist-digits-train-images-idx3-ubyte").data.at("train").labels().size() == 2);
  const Folder torchvision;  // the folder that is its root, which may hold several data sets
  put(torchvision, "MNIST/raw/train-images-idx3-ubyte", "MNIST/raw/train-labels-idx1-ubyte");
  put(torchvision, "MNIST/raw/t10k-images-idx3-ubyte", "MNIST/raw/t10k-labels-idx1-ubyte");
  for (const std::string& root : {torchvision.path(), torchvision / "MNIST", torchvision / "MNIST/raw"}) {
    CHECK(std::string(dataset_format_of(root)->name) == "idx");
    const Read both = read(root);
    CHECK(labels_of(both.data.at("train")) == std::vector<int32_t>{0, 1});
    CHECK(labels_of(both.data.at("test")) == std::vector<int32_t>{0, 1});
    CHECK((both.said.find("MNIST/raw are read") != std::string::npos) == (root != torchvision / "MNIST/raw"));
  }
  put(torchvision, "FashionMNIST/raw/train-images-idx3-ubyte", "FashionMNIST/raw/train-labels-idx1-ubyte");
  CHECK_THROWS_WITH(read(torchvision.path()),
                    Contains("several folders") && Contains("FashionMNIST/raw") && Contains("/MNIST/raw"));
  const Folder planted;
  put(planted, "train-images-idx3-ubyte", "x");
  REQUIRE(::mkfifo((planted / "train-labels-idx1-ubyte").c_str(), 0600) == 0);
  CHECK_THROWS_WITH(read(planted.path()), Contains("is not opened here"));
}

TEST_CASE("idx: a file that is there twice is taken once when both hold the same, and refused otherwise") {
  const Folder folder;
  folder.put("train-images-idx3-ubyte", images(3));
  folder.put("train-labels-idx1-ubyte", labels<uint8_t>({0, 1, 2}));
  folder.put("train-labels-idx1-ubyte.gz", gzip(write_idx(h5::Array::of<uint8_t>(std::vector<uint8_t>{0, 1, 2}))));
  CHECK(labels_of(read(folder.path()).data.splits[0]) == std::vector<int32_t>{0, 1, 2});
  folder.put("train-labels-idx1-ubyte.gz", gzip(write_idx(h5::Array::of<uint8_t>(std::vector<uint8_t>{0, 1, 1}))));
  for (const std::string& input : {folder.path(), folder / "train-images-idx3-ubyte"})
    CHECK_THROWS_WITH(read(input), Contains("train-labels-idx1-ubyte and ") &&
                                       Contains("train-labels-idx1-ubyte.gz are files for the same thing and differ"));
}

TEST_CASE("idx: no more is unpacked than the header says, and the budget is asked first") {
  const Folder folder;
  std::vector<std::byte> bomb(size_t{4} << 20);
  const std::string header("\0\0\x08\x03\0\0\0\x0a\0\0\0\x1c\0\0\0\x1c", 16);
  std::memcpy(bomb.data(), header.data(), header.size());
  folder.put("train-images-idx3-ubyte.gz", gzip(bomb));
  CHECK_THROWS_WITH(read(folder.path()), Contains("larger than the 7856 bytes"));
  Told options;
  options.budget = Budget(1 << 20);
  folder.put("train-images-idx3-ubyte.gz", gzip(write_idx(h5::Array(h5::Type::u8, {4, 1000, 1000}))));
  CHECK_THROWS_WITH(read(folder.path(), options), Contains("--max-memory"));
}

TEST_CASE("idx: the first images of MNIST, as its makers name them") {
  const Folder folder;
  for (const std::string kind : {"images-idx3-ubyte.gz", "labels-idx1-ubyte.gz"})
    std::filesystem::copy_file(nn_test::source_folder() + "/tests/golden/fidelity/mnist-" + kind,
                               folder / ("t10k-" + kind));
  const std::string file = folder / "t10k-images-idx3-ubyte.gz";
  const Dataset d = Format(*dataset_format_of(file)).read(file);
  REQUIRE(d.splits.size() == 1);
  CHECK(d.splits[0].name == "test");
  CHECK(d.splits[0].x().shape == Shape{1280, 1, 28, 28});
  REQUIRE(d.splits[0].labels().size() == 1280);
  CHECK(std::vector<int32_t>(d.splits[0].labels().begin(), d.splits[0].labels().begin() + 5) ==
        std::vector<int32_t>{5, 0, 4, 1, 9});
  CHECK(d.class_count() == 10);
  double sum = 0;  // of all pixels of the first image, a 5; numpy: images[0].sum()
  for (size_t i = 0; i < 784; ++i) sum += d.splits[0].x().as<uint8_t>()[i];
  CHECK(sum == 27525);
}
