// SPDX-License-Identifier: MIT
// What would change samples without a word: rounding, pixels in another order, columns that are others than those
// meant.
#include "catch.h"
#include "data/zip.h"
#include "formats/datasets/csv/csv_pixels.h"
#include "formats/datasets/numpy/npy.h"
#include "formats/reading.h"
#include "read_said.h"
#include "sample_data.h"
#include "split_values.h"

using namespace nn;
using namespace nn_test;

namespace {
Read read(const std::string& file, Told options = {}) {
  return read_said(std::move(options),
                   [&](const Told& told) { return read_foreign(file, *dataset_format_of(file), told); });
}
Read csv(std::string_view text, Told options = {}) {
  const Folder folder;
  return read(folder.put("d.csv", text), std::move(options));
}
Read npz(const std::vector<std::pair<std::string, h5::Array>>& arrays, Told options = {}) {
  std::vector<ZipMember> members;
  for (const auto& [name, array] : arrays) members.push_back({name + ".npy", write_npy(array)});
  const std::vector<std::byte> zip = write_zip(members);
  const Folder folder;
  return read(folder.put("d.npz", {reinterpret_cast<const char*>(zip.data()), zip.size()}), std::move(options));
}
std::vector<float> values(const h5::Array& array) {
  const std::vector<double> all = array.to_double();
  return {all.begin(), all.end()};
}
Told shaped(const std::string& shape, std::vector<std::string> features = {}) {
  Told options;
  options.shape = shape;
  options.features = std::move(features);
  return options;
}
}  // namespace

TEST_CASE("rounding to float32 is told where one of the values that become equal is exact", "[rounding]") {
  for (const char* text : {"a,label\n1,x\n1.000000000001,y\n", "a,label\n1.000000000001,x\n2,z\n1,y\n",
                           "a,label\n0.5,x\n0.50000000001,y\n", "a,label\n0,x\n1e-60,y\n"})
    CHECK_THAT(csv(text).said, Contains("column 'a': 1 different values become equal"));
  Told target;
  target.target = {"t"};
  CHECK_THAT(csv("a,t\n3,0.5\n4,0.50000000001\n", target).said,
             Contains("column 't': 1 different values become equal"));
  for (const char* text : {"a,label\n1,x\n1,y\n1.5,x\n", "a,label\n0.1,x\n0.1,y\n0.2,x\n0.25,x\n",
                           "a,label\n1.234568e+09,x\n3.4028235e+38,y\n"})
    CHECK_THAT(csv(text).said, !Contains("rounded"));
  CHECK(values(csv("a,label\n1.5,x\n-3.4028235e+38,y\n").data.splits[0].x()) ==
        std::vector<float>{1.5F, -3.40282347e38F});
  CHECK_THROWS_WITH(csv("a,label\n1.5,x\n3.4028236e+38,y\n"), Contains("expected a finite number"));
  const h5::Array labels = h5::Array::of(std::vector<int64_t>{0, 1});
  CHECK_THAT(
      npz({{"x_train", h5::Array::of<double>({2, 1}, std::vector<double>{1, 1 + 1e-12})}, {"y_train", labels}}).said,
      Contains("column 1: 1 different values become equal"));
}

TEST_CASE("rounding to float32 is told of images, too, whatever the order of their channels", "[rounding]") {
  const h5::Array labels = h5::Array::of(std::vector<int64_t>{0, 1});
  CHECK_THAT(npz({{"x_train", h5::Array::of<double>({2, 1, 2}, std::vector<double>{0.3, 0.1, 0.3 + 1e-12, 0.2})},
                  {"y_train", labels}})
                 .said,
             Contains("pixel 1: 1 different values become equal"));
  CHECK_THAT(
      npz({{"x_train", h5::Array::of<int64_t>({2, 1, 2}, std::vector<int64_t>{(1 << 30) + 1, 2, (1 << 30) + 2, 1})},
           {"y_train", labels}})
          .said,
      Contains("pixel 1: 2 values beyond 2^24 change, the first 1073741825 in row 1, 1 different values become equal"));
  // {N,H,W,C}: the second channel stands behind the four pixels of the first.
  std::vector<double> last(24, 0.25);
  last[1] = 0.5, last[13] = 0.5 + 1e-12;
  CHECK_THAT(npz({{"x_train", h5::Array::of<double>({2, 2, 2, 3}, last)}, {"y_train", labels}}).said,
             Contains("float32: pixel 5: 1 different values become equal;"));
}

TEST_CASE("columns of pixels stand in the order of their numbers", "[pixels]") {
  const auto pixels = [](const std::string& names, const Told& options) {
    return csv(names + ",label\n1,2,3,4,x\n", options);
  };
  for (const char* names : {"pixel_0,pixel_1,pixel_10,pixel_2", "pixel0,pixel1,pixel10,pixel2", "px0,px1,px10,px2"})
    CHECK_THROWS_WITH(pixels(names, shaped("1x2x2")), Contains("leave numbers out"));
  for (const char* names :
       {"pixel_0,pixel_1,pixel_3,pixel_2", "px0,px1,px3,px2", "p_1,p_2,p_4,p_3", "V2,V3,V5,V4",
        "mnist28_000,mnist28_001,mnist28_003,mnist28_002", "r0c0,r0c1,r1c1,r1c0", "x0y0,x1y0,x1y1,x0y1"}) {
    const Read read = pixels(names, shaped("1x2x2"));
    INFO(names << read.said);
    CHECK(values(read.data.splits[0].x()) == std::vector<float>{1, 2, 4, 3});
    CHECK_THAT(read.said, Contains("put in the order of their numbers"));
  }
  for (const char* names :
       {"1x1,1x2,2x1,2x2", "x0y0,x1y0,x0y1,x1y1", "a,b,d,c", "p1,q2,p3,q4", "pixel7,pixel8,pixel9,pixel10"}) {
    const Read read = pixels(names, shaped("1x2x2"));
    CHECK(values(read.data.splits[0].x()) == std::vector<float>{1, 2, 3, 4});
    CHECK_THAT(read.said, !Contains("put in the order"));
  }
  CHECK_THROWS_WITH(pixels("1x1,2x1,1x2,2x2", shaped("1x2x2")),
                    Contains("no rows of pixels by their numbers") && Contains("--features"));
  CHECK_THROWS_WITH(pixels("pixel0,pixel2,pixel4,pixel6", shaped("1x2x2")),
                    Contains("leave numbers out") && Contains("'pixel6'"));
  CHECK_THROWS_WITH(pixels("pixel0,pixel1,pixel01,pixel2", shaped("1x2x2")), Contains("the same pixel"));
  // What is asked for is done.
  CHECK(
      values(
          pixels("pixel0,pixel2,pixel4,pixel6", shaped("1x2x2", {"pixel6,pixel0,pixel2,pixel4"})).data.splits[0].x()) ==
      std::vector<float>{4, 1, 2, 3});
  // Sorted as words: 1x1, 1x10, 1x2.
  std::vector<std::string> names;
  for (int column = 1; column <= 10; ++column) names.push_back("1x" + std::to_string(column));
  std::ranges::sort(names);
  CHECK(order_of_pixels(names)->order == std::vector<size_t>{0, 2, 3, 4, 5, 6, 7, 8, 9, 1});
}

TEST_CASE("a number that is the name of another column is taken as the name, which is said", "[columns]") {
  Told options;
  options.header = "yes";
  options.label = "3";
  CHECK_THAT(csv("3,2,1\n4,5,6\n7,8,9\n", options).said,
             Contains("--label 3: the column with this name, which is column 1"));
  CHECK_THAT(csv("1,2,3\n4,5,6\n7,8,9\n", options).said, !Contains("with this name"));
}

TEST_CASE("a range that is smaller than the pixels is not believed", "[range]") {
  h5::Array x(h5::Type::u8, {4, 2, 2});
  std::ranges::fill(x.as<uint8_t>(), uint8_t{200});
  const std::vector<std::pair<std::string, h5::Array>> arrays{
      {"x_train", x},
      {"y_train", h5::Array::of(std::vector<int64_t>{0, 1, 0, 1})},
      {"valid_max", h5::Array::of<int64_t>({}, std::vector<int64_t>{10})}};
  CHECK_THROWS_WITH(npz(arrays),
                    Contains("/train/images: values from 200 to 200, but the valid range") && Contains("0 to 10"));
  Told options;
  options.range = "0:255";
  CHECK(npz(arrays, options).data.valid_max == 255);
}

TEST_CASE("one-hot rows in one split and numbers of classes in another are an error, unless an option makes them alike",
          "[columns]") {
  const h5::Array x = h5::Array::of<double>({3, 2}, std::vector<double>{0, 1, 2, 3, 4, 5}),
                  one = h5::Array::of<double>({1, 2}, std::vector<double>{0, 1});
  const h5::Array hot = h5::Array::of<double>({3, 3}, std::vector<double>{1, 0, 0, 0, 1, 0, 0, 0, 1});
  const std::vector<std::pair<std::string, h5::Array>> arrays{
      {"x_train", x}, {"y_train", hot}, {"x_test", one}, {"y_test", h5::Array::of(std::vector<int64_t>{1})}};
  CHECK_THROWS_WITH(npz(arrays), Contains("y_test holds labels, but y_train targets") && Contains("--y labels"));
  Told options;
  options.y = "labels";
  const Dataset data = npz(arrays, options).data;
  CHECK(labels_of(data.at("train")) == std::vector<int32_t>{0, 1, 2});
  CHECK(labels_of(data.at("test")) == std::vector<int32_t>{1});
}
