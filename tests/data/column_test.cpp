// SPDX-License-Identifier: MIT
// Columns of any name, fixed and ragged: kept by file and row operations, checked, bucketed by length.
#include "data/column.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "catch.h"
#include "data/batches.h"
#include "data/buckets.h"
#include "data/choose_split.h"
#include "data/dataset.h"
#include "data/fold.h"
#include "data/rows.h"
#include "folder.h"

using namespace nn;
using namespace nn_test;

namespace {

Column text_column(const std::vector<std::string>& texts) {
  Column column;
  column.name = "text";
  std::vector<uint8_t> bytes;
  column.start.push_back(0);
  for (const std::string& text : texts) {
    bytes.insert(bytes.end(), text.begin(), text.end());
    column.start.push_back(static_cast<int64_t>(bytes.size()));
  }
  column.values = h5::Array::of(bytes);
  return column;
}

std::vector<std::string> texts_of(const Column& column) {
  std::vector<std::string> texts;
  const auto bytes = column.values.as<uint8_t>();
  for (int64_t i = 0; i < column.size(); ++i) {
    const auto mine =
        bytes.subspan(static_cast<size_t>(column.start[static_cast<size_t>(i)]), static_cast<size_t>(column.length(i)));
    texts.emplace_back(mine.begin(), mine.end());
  }
  return texts;
}

const std::vector<std::string> words{"one", "", "three words here", "Ω", "five", "", "seven", "eight", "nine", "ten"};

/// Ten documents, each with the weight and the token of its number.
Dataset documents(bool features) {
  Dataset data;
  data.classes = {"a", "b"};
  Split split;
  split.name = "train";
  const auto n = static_cast<int64_t>(words.size());
  if (features) split.set_samples(h5::Array(h5::Type::f32, {n, 2}));
  std::vector<float> weights;
  std::vector<int32_t> labels, tokens;
  Column token{"tokens", {}, {0}};
  for (int32_t i = 0; i < n; ++i) {
    labels.push_back(i % 2);
    weights.push_back(static_cast<float>(i));
    for (int32_t k = 0; k < i; ++k) tokens.push_back(100 * i + k);
    token.start.push_back(static_cast<int64_t>(tokens.size()));
  }
  token.values = h5::Array::of(tokens);
  split.set(text_column(words));
  split.set(token);
  split.set("weights", weights);
  split.set("age", h5::Array(h5::Type::f64, {n, 3}));
  split.set("labels", labels);
  split.number_rows();
  data.splits.push_back(std::move(split));
  return data;
}

/// All columns of a row belong together: the weight is the number of the row.
void check_together(const Split& split) {
  const Column *text = split.column("text"), *tokens = split.column("tokens"), *weights = split.column("weights");
  REQUIRE((text && tokens && weights && split.column("age")));
  REQUIRE(text->size() == split.size());
  const std::vector<std::string> texts = texts_of(*text);
  for (int64_t i = 0; i < split.size(); ++i) {
    const auto row = static_cast<int64_t>(weights->values.as<float>()[static_cast<size_t>(i)]);
    CHECK(split.sample()[static_cast<size_t>(i)] == row);
    CHECK(texts[static_cast<size_t>(i)] == words[static_cast<size_t>(row)]);
    CHECK(tokens->length(i) == row);
    if (row > 0)
      CHECK(tokens->values.as<int32_t>()[static_cast<size_t>(tokens->start[static_cast<size_t>(i)])] == 100 * row);
    CHECK(split.labels()[static_cast<size_t>(i)] == row % 2);
  }
}

std::string refusal(const Column& column, int64_t n = 10) {
  try {
    check_column(column, n, "train");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("columns go into the file and come back, also without images and features", "[columns]") {
  const Folder folder;
  for (const bool features : {true, false}) {
    const Dataset data = documents(features);
    const std::string name = folder.put("d.h5", write_dataset(data, {}, true));
    const h5::Reader file = h5::Reader::open(name);
    CHECK_NOTHROW(file.verify());
    CHECK(file.type("/train/text_start") == h5::Type::i64);
    CHECK(file.shape("/train/text_start") == Shape{11});
    const Dataset back = read_dataset(file);
    REQUIRE(back.splits.size() == 1);
    CHECK(back.splits[0].others().size() == 4);
    CHECK(back.splits[0].columns.size() == (features ? 7 : 6));
    CHECK(back.splits[0].size() == 10);
    check_together(back.splits[0]);
    CHECK(splits_in(file) == std::vector<std::string>{"train"});
    CHECK(write_dataset(back, {}, true) == write_dataset(data, {}, true));
    if (!features) CHECK_THROWS_WITH(back.sample_shape(), Contains("no images or features, only text, tokens"));
  }
}

TEST_CASE("row operations keep the columns of a sample together", "[columns]") {
  for (const bool features : {true, false}) {
    Dataset data = documents(features);
    RowOptions options;
    options.subset = {"8"};
    options.split = {"val=3,test=2"};
    options.apply(data);
    REQUIRE(data.splits.size() == 3);
    for (const Split& split : data.splits) check_together(split);
    CHECK_NOTHROW(check(data, "d"));
    Dataset folded = documents(features);
    take_fold(folded, Fold::parse("2/5"), 3);
    for (const Split& split : folded.splits) check_together(split);
    CHECK_NOTHROW(check(folded, "d"));
  }
}

TEST_CASE("columns that cannot be are refused by path", "[columns]") {
  Column text = text_column(words);
  CHECK(refusal(text).empty());
  CHECK_THAT(refusal(text, 9), Contains("/train/text: 10 samples, the split has 9"));
  text.start[3] = 1000;
  CHECK_THAT(refusal(text), Contains("/train/text_start: sample 3 ends at"));
  text = text_column(words);
  text.start.back() += 1;
  CHECK_THAT(refusal(text), Contains("the last sample ends at") && Contains("values"));
  text = text_column(words);
  text.start.front() = 1;
  CHECK_THAT(refusal(text), Contains("the first sample begins at 1"));
  Column weights{"weights", h5::Array::of(std::vector<float>(10, -1)), {}};
  CHECK_THAT(refusal(weights), Contains("/train/weights: -1 in row 0"));
  weights.values = h5::Array(h5::Type::f64, {10});
  CHECK_THAT(refusal(weights), Contains("expected float32") && Contains("found float64"));
  for (const char* name : {"", "Text", "a b", "labels", "x_start", "9a"}) {
    INFO(name);
    CHECK_THAT(refusal(Column{name, h5::Array(h5::Type::u8, {10}), {}}), Contains("the name of a column"));
  }
  Dataset twice = documents(true);
  twice.splits[0].columns.push_back(*twice.splits[0].column("text"));
  CHECK_THROWS_WITH(check(twice, "d"), Contains("text"));
}

TEST_CASE("a batch has its inputs by name, ragged ones without padding", "[columns]") {
  const Dataset data = documents(true);
  const Batches batches(data.splits[0], {}, 0, 255, false);
  std::vector<std::string> names;
  for (const BatchInput& input : batches.inputs()) names.push_back(input.name + (input.ragged ? " ragged" : ""));
  CHECK(names == std::vector<std::string>{"features", "labels", "text ragged", "tokens ragged", "weights", "age"});
  ColumnRows rows;
  batches.column("tokens", std::vector<int64_t>{3, 0, 2}, rows);
  CHECK(rows.start == std::vector<int64_t>{0, 3, 3, 5});
  const auto values = rows.values.as<int32_t>();
  CHECK(std::vector<int32_t>(values.begin(), values.end()) == std::vector<int32_t>{300, 301, 302, 200, 201});
  const std::byte* memory = rows.values.bytes.data();
  batches.column("tokens", std::vector<int64_t>{1, 2}, rows);
  CHECK(rows.values.bytes.data() == memory);
  CHECK(rows.start == std::vector<int64_t>{0, 1, 3});
  batches.column("weights", std::vector<int64_t>{9, 4}, rows);
  CHECK(rows.start.empty());
  CHECK(rows.values.as<float>()[0] == 9);
  CHECK_THROWS_WITH(batches.column("nothing", std::vector<int64_t>{0}, rows), Contains("no column 'nothing'"));
}

TEST_CASE("buckets put rows of like length together, within a window, seeded", "[columns]") {
  Column ragged{"tokens", h5::Array(h5::Type::i32, {0}), {0}};
  uint32_t state = 3;
  constexpr int64_t n = 1005, batch = 10, window = 20;
  for (int64_t i = 0; i < n; ++i)
    ragged.start.push_back(ragged.start.back() + static_cast<int64_t>((state = state * 1664525U + 1013904223U) >> 24));
  std::vector<int64_t> rows(n);
  for (int64_t i = 0; i < n; ++i) rows[static_cast<size_t>(i)] = (i * 7) % n;
  Philox one(5, "bucket"), same(5, "bucket"), other(6, "bucket");
  const std::vector<int64_t> order = in_buckets(rows, ragged, batch, window, one);
  CHECK(order == in_buckets(rows, ragged, batch, window, same));
  CHECK(order != in_buckets(rows, ragged, batch, window, other));
  CHECK(std::set<int64_t>(order.begin(), order.end()).size() == static_cast<size_t>(n));
  // Each window holds the rows that it had.
  for (int64_t begin = 0; begin < n; begin += batch * window) {
    const auto first = static_cast<std::ptrdiff_t>(begin),
               last = static_cast<std::ptrdiff_t>(std::min(begin + batch * window, n));
    CHECK(std::is_permutation(rows.begin() + first, rows.begin() + last, order.begin() + first, order.begin() + last));
  }
  const auto padding = [&](const std::vector<int64_t>& of) {
    int64_t sum = 0;
    for (size_t begin = 0; begin < of.size(); begin += static_cast<size_t>(batch)) {
      int64_t longest = 0, all = 0, count = 0;
      for (size_t i = begin; i < std::min(of.size(), begin + static_cast<size_t>(batch)); ++i, ++count)
        longest = std::max(longest, ragged.length(of[i])), all += ragged.length(of[i]);
      sum += longest * count - all;
    }
    return sum;
  };
  CHECK(padding(order) * 5 < padding(rows));
  CHECK(in_buckets(rows, ragged, batch, 1, one) == rows);
}
