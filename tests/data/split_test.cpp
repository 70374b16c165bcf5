// SPDX-License-Identifier: MIT
// Columns of a split: their order, what stands for the samples, the same rows from memory and from the file.
#include "data/split.h"

#include "base/error.h"
#include "catch.h"
#include "data/batches.h"
#include "data/columns_file.h"
#include "data/dataset.h"
#include "data/rows.h"
#include "data/stored_rows.h"
#include "folder.h"
#include "split_values.h"

using namespace nn;
using namespace nn_test;

namespace {

std::vector<std::string> names_of(const Split& split) {
  std::vector<std::string> names;
  for (const Column& column : split.columns) names.push_back(column.name);
  return names;
}

Split features(int64_t n) {
  Split split;
  split.name = "train";
  std::vector<float> x(static_cast<size_t>(2 * n));
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
  split.set_samples(h5::Array::of<float>({n, 2}, x));
  return split;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("basic columns stand first in a split, in whatever order they were set", "[split]") {
  Split split;
  split.set("zeta", std::vector<float>{1, 2});
  split.set("sample", std::vector<int64_t>{5, 6});
  split.set("weights", std::vector<float>{1, 1});
  split.set("targets", h5::Array(h5::Type::f32, {2, 3}));
  split.set("labels", std::vector<int32_t>{1, 0});
  split.set_samples(h5::Array(h5::Type::f32, {2, 4}));
  CHECK(names_of(split) == Names{"features", "labels", "targets", "sample", "zeta", "weights"});
  Names others;
  for (const Column* column : split.others()) others.push_back(column->name);
  CHECK(others == Names{"zeta", "weights"});
}

TEST_CASE("a column that is set again is another, and nothing removes it", "[split]") {
  Split split = features(3);
  split.set("labels", std::vector<int32_t>{0, 1, 2});
  split.set("labels", std::vector<int32_t>{2, 1, 0});
  CHECK(labels_of(split) == std::vector<int32_t>{2, 1, 0});
  split.set("labels", std::vector<int32_t>{});
  CHECK(split.column("labels") == nullptr);
  CHECK(split.labels().empty());
  split.set("targets", h5::Array());
  CHECK(split.targets().shape.rank() == 0);
  split.set_samples(h5::Array(h5::Type::u8, {2, 1, 4, 4}));
  CHECK(names_of(split) == Names{"images"});
  CHECK(split.is_images());
  split.set_samples(h5::Array());
  CHECK_FALSE(split.has_samples());
  CHECK(split.x().shape.rank() == 0);
  CHECK(split.size() == 0);
}

TEST_CASE("a split has as many samples as the column that stands for them", "[split]") {
  Split split;
  split.name = "train";
  split.set("weights", std::vector<float>{1, 1, 1});
  CHECK(split.size() == 0);
  split.set(Column{"tokens", h5::Array::of(std::vector<int32_t>{7, 8, 9}), {0, 0, 1, 3, 3}});
  CHECK(split.size() == 4);
  split.set_samples(h5::Array(h5::Type::f32, {5, 2}));
  CHECK(split.size() == 5);
  Dataset data;
  data.splits = {split};
  CHECK_THROWS_WITH(check(data, "d"), Contains("/train/weights: 3 samples, the split has 5"));
}

TEST_CASE("a basic column has a row a sample", "[split]") {
  Dataset data;
  data.splits = {features(2)};
  CHECK_NOTHROW(check(data, "d"));
  data.splits[0].set(Column{"labels", h5::Array::of(std::vector<int32_t>{1, 2, 3}), {0, 1, 3}});
  CHECK_THROWS_WITH(check(data, "d"), Contains("/train/labels") && Contains("ragged"));
}

TEST_CASE("chosen rows know where they stood", "[split]") {
  const std::vector<int64_t> rows{3, 0}, again{1};
  const Split chosen = bind_rows(features(4), rows, "val");
  CHECK(sample_of(chosen) == rows);
  CHECK(chosen.name == "val");
  const auto x = chosen.x().as<float>();
  CHECK(std::vector<float>(x.begin(), x.end()) == std::vector<float>{6, 7, 0, 1});
  CHECK(sample_of(bind_rows(chosen, again, "test")) == std::vector<int64_t>{0});
}

TEST_CASE("columns are taken by name from memory and from the file alike", "[split]") {
  const Folder folder;
  Dataset data;
  data.splits = {features(300)};
  data.splits[0].set("labels", std::vector<int32_t>(300, 1));
  data.splits[0].number_rows();
  const h5::Reader file =
      h5::Reader::open(folder.put("d.h5", write_dataset(data, {}, true)), "dataset", Budget{}, true);
  Split stays = data.splits[0];
  stays.samples()->values.bytes.clear();
  stays.samples()->stored = std::make_shared<StoredRows>(file, "/train/features", 0, 255, 4096);
  const Batches here(data.splits[0], {}, 0, 255, false), there(stays, {}, 0, 255, false);
  const std::vector<int64_t> rows{299, 0, 150, 7};
  for (const char* name : {"features", "labels", "sample"}) {
    INFO(name);
    ColumnRows one, other;
    here.column(name, rows, one);
    there.column(name, rows, other);
    CHECK(one.values.shape == other.values.shape);
    CHECK(one.values.bytes == other.values.bytes);
    CHECK(one.start.empty());
  }
  ColumnRows x;
  there.column("features", rows, x);
  CHECK(x.values.as<float>()[0] == 598);
  CHECK(bind_rows(stays, rows, "train").x().bytes == x.values.bytes);
}

TEST_CASE("of images and features in one group the images are the samples", "[split]") {
  const Folder folder;
  h5::Writer to("dataset", "both", false);
  to.dataset("/train/features", h5::Array(h5::Type::f32, {2, 2}));
  to.dataset("/train/age", h5::Array(h5::Type::f32, {2}));
  to.dataset("/train/images", h5::Array(h5::Type::u8, {2, 1, 2, 2}));
  const h5::Reader file = h5::Reader::open(folder.put("d.h5", to.finish()));
  CHECK(columns_in(file, "train") == Names{"images", "age"});
  CHECK(names_of(read_dataset(file).splits[0]) == Names{"images", "age"});
  CHECK(names_of(open_dataset(file).splits[0]) == Names{"images"});
}
