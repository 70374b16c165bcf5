// SPDX-License-Identifier: MIT
#include "data/source.h"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <set>

#include "base/sha256.h"
#include "catch.h"
#include "data/sources/glyph_draw.h"
#include "folder.h"
#include "paths.h"
#include "split_values.h"
#include "usage.h"

using namespace nn;
using namespace nn_test;
using nn_test::Folder;

namespace {

SourceContext small(int64_t train, int64_t test, uint64_t seed = 0, int threads = 1) {
  SourceContext context;
  context.train = train;
  context.test = test;
  context.seed = seed;
  context.threads = threads;
  return context;
}

std::string pixels_and_labels(const Dataset& data) {
  Sha256 sum;
  for (const Split& split : data.splits) {
    sum.add(split.x().bytes);
    for (const int32_t label : split.labels()) sum.add(std::string(1, static_cast<char>('0' + label)));
  }
  return sum.hex();
}

}  // namespace

TEST_CASE("every source has an entry with license and citation") {
  for (const SourceType* type : source_types()) {
    INFO(type->name);
    const CatalogueEntry entry = read_catalogue(type->name);
    CHECK(!entry.license.empty());
    CHECK(!entry.citation.empty());
    CHECK(!entry.title.empty());
    CHECK(!entry.classes.empty());
    CHECK((type->generated || !entry.shared.empty() || (!entry.files.empty() && !entry.mirrors.empty())));
    for (const std::string& mirror : entry.mirrors)
      CHECK((mirror.starts_with("https://") || mirror.starts_with("http://mlg.ucd.ie/")));  // which has no other
  }
  CHECK_THROWS_WITH(make_source("minst", {}), Contains("mnist"));
}

TEST_CASE("glyphs are the same on every machine") {
  // Constants: a change of any pixel of any image changes them, and with them every published accuracy on glyphs.
  CHECK(pixels_and_labels(make_source("glyphs", small(1000, 200))) ==
        "27605355565080860c7f705872347611a4c57a71d160f2e118d26ce8d3c71d65");
  CHECK(pixels_and_labels(make_source("glyphs", small(1000, 200, 1))) ==
        "60aa20e48b67abf74c1c2d842dd46efe991e03e40e08a6177ec8f93c443e44c7");
  CHECK(pixels_and_labels(make_source("glyphs", small(60000, 10000, 0, 2))) ==
        "34643f3bef65cf675aeaf2659404ebdee3edea60baccd0b1bfd0a8fc942782b0");
}

TEST_CASE("glyphs do not depend on threads, and a small set is part of a large one") {
  const Dataset one = make_source("glyphs", small(300, 60)), three = make_source("glyphs", small(300, 60, 0, 3));
  CHECK(pixels_and_labels(one) == pixels_and_labels(three));
  const Dataset few = make_source("glyphs", small(100, 30));
  CHECK(std::equal(few.at("train").x().bytes.begin(), few.at("train").x().bytes.end(),
                   one.at("train").x().bytes.begin()));
  CHECK(std::equal(few.at("test").x().bytes.begin(), few.at("test").x().bytes.end(), one.at("test").x().bytes.begin()));
  CHECK_USAGE_ERROR(make_source("glyphs", small(0, 10)));
}

TEST_CASE("glyphs name each image by its row of the split, and tell how far they are") {
  SourceContext context = small(5000, 60);
  std::vector<int64_t> told;
  context.progress = [&](int64_t done, int64_t total) {
    CHECK(total == 5060);
    told.push_back(done);
  };
  const Dataset data = make_source("glyphs", context);
  CHECK(data.at("test").sample().front() == 0);
  CHECK(data.at("test").sample().back() == 59);
  CHECK(data.at("train").sample().back() == 4999);
  CHECK(told == std::vector<int64_t>{4096, 5000, 5060});
}

TEST_CASE("glyphs are digits of all classes with ink inside the frame") {
  const Dataset data = make_source("glyphs", small(2000, 10));
  const Split& train = data.at("train");
  CHECK(train.x().shape == Shape{2000, 1, 28, 28});
  for (int32_t c = 0; c < 10; ++c) CHECK(std::count(train.labels().begin(), train.labels().end(), c) > 140);
  const auto pixels = train.x().as<uint8_t>();
  std::set<std::vector<uint8_t>> different;
  for (size_t n = 0; n < 2000; ++n) {
    const auto image = pixels.subspan(n * 784, 784);
    const auto ink = std::count_if(image.begin(), image.end(), [](uint8_t v) { return v > 100; });
    CHECK(ink > 12);
    CHECK(ink < 350);
    different.emplace(image.begin(), image.end());
  }
  CHECK(different.size() == 2000);
}

TEST_CASE("digits are the 1,797 of the repository") {
  const Dataset data = make_source("digits", {});
  CHECK(data.at("train").x().shape == Shape{1442, 1, 8, 8});
  CHECK(data.at("test").x().shape == Shape{355, 1, 8, 8});
  CHECK(data.valid_max == 16);
  const Split& train = data.at("train");
  const std::vector<uint8_t> first{0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0, 0, 3, 15, 2, 0, 11, 8, 0};
  CHECK(std::equal(first.begin(), first.end(), train.x().as<uint8_t>().begin()));
  CHECK(train.labels()[0] == 0);
  std::set<int64_t> rows(train.sample().begin(), train.sample().end());
  for (const int64_t row : data.at("test").sample()) CHECK(rows.insert(row).second);
  CHECK(rows.size() == 1797);
  CHECK(*rows.rbegin() == 1796);
  double sum = 0;  // of all pixels, 561718 in the source
  for (const Split& split : data.splits)
    sum += std::accumulate(split.x().as<uint8_t>().begin(), split.x().as<uint8_t>().end(), 0.0);
  CHECK(sum == 561718.0);
  for (int32_t c = 0; c < 10; ++c) {
    const auto in_test = std::count(data.at("test").labels().begin(), data.at("test").labels().end(), c);
    CHECK(in_test >= 34);
    CHECK(in_test <= 36);
  }
}

TEST_CASE("iris is Fisher's") {
  const Dataset data = make_source("iris", {});
  CHECK(data.at("train").x().shape == Shape{120, 4});
  CHECK(data.at("test").x().shape == Shape{30, 4});
  CHECK(data.classes == std::vector<std::string>{"setosa", "versicolor", "virginica"});
  CHECK(data.feature_names == std::vector<std::string>{"sepal_length", "sepal_width", "petal_length", "petal_width"});
  const auto row = data.at("train").x().as<float>();  // the first in the order of scikit-learn's feature_names
  CHECK(std::vector<float>(row.begin(), row.begin() + 4) == std::vector<float>{5.1F, 3.5F, 1.4F, 0.2F});
  CHECK(sample_of(data.at("test")) == std::vector<int64_t>{4,   9,   14,  19,  24,  29,  34,  39,  44,  49,
                                                           54,  59,  64,  69,  74,  79,  84,  89,  94,  99,
                                                           104, 109, 114, 119, 124, 129, 134, 139, 144, 149});
  double sum = 0;  // mean sepal length of all 150 is 5.8433
  for (const Split& split : data.splits)
    for (size_t i = 0; i < split.labels().size(); ++i) sum += static_cast<double>(split.x().as<float>()[4 * i]);
  CHECK(sum / 150 == Approx(5.843333).epsilon(1e-5));
}

TEST_CASE("the real MNIST and Fashion-MNIST", "[needs-mnist]") {
  const std::string mirror = nn_test::data_folder() + "/datasets";
  if (!std::filesystem::exists(mirror + "/mnist/train-images-idx3-ubyte.gz")) NN_SKIP("no " + mirror + "/mnist");
  Folder folder;
  SourceContext context;
  context.fetch.cache = folder.path();
  context.fetch.offline = true;
  context.fetch.mirrors = {"file://" + std::filesystem::canonical(mirror).string()};
  for (const std::string name : {"mnist", "fashion-mnist"}) {
    const Dataset data = make_source(name, context);
    CHECK(data.at("train").x().shape == Shape{60000, 1, 28, 28});
    CHECK(data.at("test").x().shape == Shape{10000, 1, 28, 28});
    const auto pixels = data.at("train").x().as<uint8_t>();
    const double mean = std::accumulate(pixels.begin(), pixels.end(), 0.0) / static_cast<double>(pixels.size()) / 255;
    CHECK(mean == Approx(name == "mnist" ? 0.1307 : 0.2860).margin(5e-5));
    const auto& labels = data.at("train").labels();
    CHECK(std::vector<int32_t>(labels.begin(), labels.begin() + 4) ==
          (name == "mnist" ? std::vector<int32_t>{5, 0, 4, 1} : std::vector<int32_t>{9, 0, 0, 3}));
  }
}
