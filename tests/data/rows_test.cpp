// SPDX-License-Identifier: MIT
#include "data/rows.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "catch.h"
#include "data/fold.h"
#include "split_values.h"
#include "usage.h"

using namespace nn;
using namespace nn_test;

namespace {

/// n rows of two features {row, -row}, labels row % 3, but class 2 is rare.
Dataset numbered(int64_t n) {
  Dataset data;
  data.classes = {"a", "b", "c"};
  for (const std::string name : {"train", "test"}) {
    Split split;
    split.name = name;
    const int64_t rows = name == "train" ? n : 10;
    std::vector<float> x;
    std::vector<int32_t> labels;
    std::vector<int64_t> places;
    for (int64_t i = 0; i < rows; ++i) {
      x.push_back(static_cast<float>(i));
      x.push_back(static_cast<float>(-i));
      labels.push_back(i % 10 == 0 ? 2 : static_cast<int32_t>(i % 2));
      places.push_back(1000 + i);
    }
    split.set_samples(h5::Array::of<float>(Shape{rows, 2}, x));
    split.set("labels", labels);
    split.set("sample", places);
    data.splits.push_back(split);
  }
  return data;
}

Dataset prepared(Dataset data, const std::string& subset, const std::string& split, uint64_t seed = 0) {
  RowOptions options;
  if (!subset.empty()) options.subset = {subset};
  if (!split.empty()) options.split = {split};
  options.seed = seed;
  options.apply(data);
  return data;
}

std::set<int64_t> samples(const Split& split) { return {split.sample().begin(), split.sample().end()}; }

void check_whole(const Dataset& data) {
  for (const Split& split : data.splits) {
    CHECK(std::is_sorted(split.sample().begin(), split.sample().end()));
    for (size_t i = 0; i < split.sample().size(); ++i) {
      const int64_t row = split.sample()[i] - 1000;
      CHECK(split.x().as<float>()[2 * i] == static_cast<float>(row));
      CHECK(split.labels()[i] == (row % 10 == 0 ? 2 : static_cast<int32_t>(row % 2)));
    }
  }
  check(data, "data");
}

}  // namespace

TEST_CASE("a split is disjoint, complete and of the size asked for") {
  for (const auto& [text, size] : {std::pair<std::string, int64_t>{"val=20%", 20},
                                   {"val=33", 33},
                                   {"val=last20%", 20},
                                   {"val=last7", 7},
                                   {"val=12.5%,stratify", 13}}) {
    const Dataset data = prepared(numbered(100), "", text);
    CHECK(data.at("val").size() == size);
    CHECK(data.at("train").size() == 100 - size);
    CHECK(data.at("test").size() == 10);
    std::set<int64_t> all = samples(data.at("train"));
    all.merge(samples(data.at("val")));
    CHECK(all.size() == 100);
    check_whole(data);
  }
}

TEST_CASE("the last rows are the last rows") {
  const Dataset data = prepared(numbered(100), "", "val=last20%");
  CHECK(data.at("val").sample().front() == 1080);
  CHECK(data.at("train").sample().back() == 1079);
}

TEST_CASE("a split is reproducible and its seed matters") {
  const auto val = [](uint64_t seed) { return sample_of(prepared(numbered(200), "", "val=20%", seed).at("val")); };
  CHECK(val(1) == val(1));
  CHECK(val(1) != val(2));
}

TEST_CASE("a stratified split keeps the proportions") {
  Dataset data = numbered(200);  // 20 of class 2, 100 of class 1, 80 of class 0
  data.splits.pop_back();
  data = prepared(std::move(data), "", "val=10%,test=25%,stratify");
  for (const auto& [name, part] : {std::pair<std::string, int64_t>{"val", 10}, {"test", 25}, {"train", 65}}) {
    const auto& labels = data.at(name).labels();
    CHECK(std::count(labels.begin(), labels.end(), 0) == 80 * part / 100);
    CHECK(std::count(labels.begin(), labels.end(), 1) == 100 * part / 100);
    CHECK(std::count(labels.begin(), labels.end(), 2) == 20 * part / 100);
  }
  CHECK(data.splits[0].name == "train");
  CHECK(data.splits[1].name == "val");
  check_whole(data);
}

TEST_CASE("a subset keeps the order and leaves the test split alone") {
  const Dataset data = prepared(numbered(100), "30", "");
  CHECK(data.at("train").size() == 30);
  CHECK(data.at("test").size() == 10);
  check_whole(data);
  const Dataset both = prepared(numbered(100), "train=50%,test=3", "val=10");
  CHECK(both.at("train").size() == 40);
  CHECK(both.at("val").size() == 10);
  CHECK(both.at("test").size() == 3);
  check_whole(both);
  CHECK(prepared(numbered(100), "100", "").at("train").size() == 100);
}

TEST_CASE("bad parts are refused") {
  const auto split = [](const std::string& text) { return prepared(numbered(100), "", text); };
  CHECK_USAGE_ERROR(split("val=abc"));
  CHECK_USAGE_ERROR(split("vla=20%"));
  CHECK_USAGE_ERROR(split("val=0"));
  CHECK_USAGE_ERROR(split("val=-5"));
  CHECK_USAGE_ERROR(split("val=100%"));
  CHECK_USAGE_ERROR(split("val=1.5"));
  CHECK_USAGE_ERROR(split("stratify"));
  CHECK_USAGE_ERROR(split("val=last5,stratify"));
  CHECK_THROWS_WITH(split("val=100"), Contains("leaves none"));
  CHECK_THROWS_WITH(split("val=0.1%"), Contains("no row"));
  CHECK_THROWS_WITH(split("test=10%"), Contains("already"));
  CHECK_THROWS_WITH(prepared(numbered(100), "1000", ""), Contains("leaves none"));
  CHECK_THROWS_WITH(prepared(numbered(100), "val=5", ""), Contains("no split 'val'"));
}

TEST_CASE("folds are disjoint, complete, of equal size and reproducible") {
  const auto fold = [](const std::string& text, uint64_t seed = 0, const std::string& split = "",
                       const std::string& subset = "") {
    RowOptions options;
    options.fold = text;
    if (!split.empty()) options.split = {split};
    if (!subset.empty()) options.subset = {subset};
    options.seed = seed;
    Dataset data = numbered(103);
    if (!split.empty()) data.splits.pop_back();
    options.apply(data);
    return data;
  };
  for (const std::string stratify : {"", ",stratify"}) {
    std::set<int64_t> all;
    int64_t sum = 0;
    for (int i = 1; i <= 5; ++i) {
      const Dataset data = fold(std::to_string(i) + "/5" + stratify);
      const Split &val = data.at("val"), &train = data.at("train");
      CHECK(data.splits[1].name == "val");
      CHECK((val.size() == 20 || val.size() == 21));
      CHECK(train.size() + val.size() == 103);
      CHECK(data.at("test").size() == 10);
      for (const int64_t row : samples(val)) CHECK(samples(train).count(row) == 0);
      if (!stratify.empty())  // 11 of class 2: 2 or 3 a fold
        CHECK(std::abs(static_cast<double>(std::count(val.labels().begin(), val.labels().end(), 2)) - 2.5) < 1);
      sum += val.size();
      all.merge(samples(val));
      check_whole(data);
    }
    CHECK(sum == 103);
    CHECK(all.size() == 103);
  }
  CHECK(sample_of(fold("2/5", 1).at("val")) == sample_of(fold("2/5", 1).at("val")));
  CHECK(sample_of(fold("2/5", 1).at("val")) != sample_of(fold("2/5", 2).at("val")));
  CHECK(sample_of(fold("2/5").at("val")) != sample_of(prepared(numbered(103), "", "val=20").at("val")));

  std::set<int64_t> test;  // the test split that --split cuts is the same for every fold, and in none
  for (int i = 1; i <= 3; ++i) {
    const Dataset data = fold(std::to_string(i) + "/3", 0, "test=13", "");
    test.merge(samples(data.at("test")));
    CHECK(data.at("val").size() == 30);
    CHECK(data.at("train").size() == 60);
  }
  CHECK(test.size() == 13);
  CHECK(fold("3/4", 0, "", "40").at("val").size() == 10);
}

TEST_CASE("bad folds are refused") {
  const auto fold = [](const std::string& text, const std::string& split = "") {
    RowOptions options;
    options.fold = text;
    if (!split.empty()) options.split = {split};
    Dataset data = numbered(10);
    options.apply(data);
    return data;
  };
  CHECK_USAGE_ERROR(fold("2"));
  CHECK_USAGE_ERROR(fold("0/5"));
  CHECK_USAGE_ERROR(fold("6/5"));
  CHECK_USAGE_ERROR(fold("1/1"));
  CHECK_USAGE_ERROR(fold("a/5"));
  CHECK_USAGE_ERROR(fold("1/5,stratif"));
  CHECK_USAGE_ERROR(fold("1/5", "val=2"));
  CHECK_THROWS_WITH(fold("1/11"), Contains("too few"));
  Dataset data = prepared(numbered(10), "", "val=2");
  CHECK_THROWS_WITH(take_fold(data, Fold::parse("1/2"), 0), Contains("already"));
  data = numbered(10);
  for (Split& split : data.splits) split.remove("labels");
  CHECK_THROWS_WITH(take_fold(data, Fold::parse("1/2,stratify"), 0), Contains("needs labels"));
}

TEST_CASE("one-hot targets stand beside the labels") {
  Dataset data = numbered(20);
  add_one_hot(data);
  const Split& train = data.at("train");
  REQUIRE(train.targets().shape == Shape{20, 3});
  const auto values = train.targets().as<float>();
  for (size_t i = 0; i < 20; ++i)
    for (size_t c = 0; c < 3; ++c)
      CHECK(values[3 * i + c] == (static_cast<size_t>(train.labels()[i]) == c ? 1.0F : 0.0F));
  check(data, "data");
  CHECK_THROWS_WITH(add_one_hot(data), Contains("already"));
}

TEST_CASE("parts given one by one add up to those given at once") {
  const auto parts = [](std::initializer_list<std::string> texts, bool subset = false) {
    RowOptions options;
    OptionSet set;
    options.declare(set);
    for (const std::string& text : texts) set.set_option(subset ? "subset" : "split", text);
    Dataset data = numbered(100);
    if (!subset) data.splits.pop_back();
    options.apply(data);
    return data;
  };
  const Dataset one = parts({"val=20%,test=10%,stratify"}), many = parts({"val=20%,stratify", "test=10%,stratify"});
  CHECK(many.at("val").size() == 20);
  CHECK(many.at("test").size() == 10);
  for (const char* name : {"train", "val", "test"}) CHECK(sample_of(one.at(name)) == sample_of(many.at(name)));
  CHECK_USAGE_ERROR(parts({"val=20%", "val=10%"}));
  const Dataset few = parts({"train=30", "test=4"}, true);
  CHECK(few.at("train").size() == 30);
  CHECK(few.at("test").size() == 4);
  CHECK_USAGE_ERROR(parts({"30", "train=20"}, true));
}

TEST_CASE("rows that statistics were taken from do not leave train") {
  Dataset data = numbered(50);
  data.prep = {"standardize", {0, 0}, {1, 1}};
  CHECK_THROWS_WITH(prepared(data, "", "val=20%"), Contains("--split") && Contains("standardize"));
  RowOptions fold;
  fold.fold = "1/5";
  CHECK_THROWS_WITH(fold.apply(data), Contains("--fold"));
  CHECK(prepared(data, "test=5", "").at("test").size() == 5);  // not of train
  CHECK(prepared(data, "20", "").at("train").size() == 20);    // with a warning
}

TEST_CASE("a label may be any number: groups are made for those that occur") {
  Philox stream(1, "split");
  const std::vector<int32_t> labels{2147483647, 5, 2147483647, 0};
  const auto groups = by_class(labels, stream);
  REQUIRE(groups.size() == 3);
  CHECK(groups[0] == std::vector<int64_t>{3});
  CHECK(groups[1] == std::vector<int64_t>{1});
  CHECK(groups[2].size() == 2);
}
