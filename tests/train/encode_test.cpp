// SPDX-License-Identifier: MIT
// nn-prep --encode: tiny BERT and MPNet of ../shared/fixtures/documents make of texts what transformers and
// sentence-transformers make of them in float64.
#include "train/engine/encode.h"

#include <filesystem>

#include "catch.h"
#include "data/texts.h"
#include "h5/reading/foreign.h"
#include "h5/reading/reader.h"
#include "paths.h"
#include "train/engine/align.h"

using namespace nn;
using namespace nn_test;

namespace {

/// The texts of expected.h5. The last is longer than the 48 tokens of the models.
const std::vector<std::string>& texts() {
  static const std::string sentence =
      "the prime minister said that more people would have a computer and a phone than a bank account, if oil markets "
      "are up ";
  static const std::vector<std::string> all{
      "the film",
      "a",
      "England players said the new game was one of the best games they had made.",
      "",
      "i was 7 in 2004! caf\u00e9 \u4e2d\u56fd xyz",
      sentence + sentence};
  return all;
}

Dataset data_of(const std::vector<std::string>& list) {
  Dataset data;
  data.title = "texts", data.classes = {"a", "b"};
  Split& split = data.splits.emplace_back();
  split.name = "train";
  TextColumn column("text");
  std::vector<int32_t> labels;
  for (const std::string& text : list) column.add(text), labels.push_back(static_cast<int32_t>(labels.size() % 2));
  split.set(std::move(column).finish());
  split.set("labels", labels);
  return data;
}

std::string fixture(const std::string& name) { return data_folder() + "/fixtures/documents/" + name; }

/// Largest difference of the features from a dataset {6,64} of expected.h5.
double difference(const Dataset& data, const std::string& model, const std::string& expected) {
  const std::string path = fixture(model) + "/expected.h5";
  const h5::ForeignFile file = h5::read_foreign_file(h5::read_bytes(path), path, {});
  const h5::ForeignObject* object = file.find(expected);
  REQUIRE(object);
  const h5::Array& found = data.splits[0].x();
  REQUIRE(found.shape == object->shape);
  const auto* wanted = reinterpret_cast<const double*>(object->values.data());
  double most = 0;
  for (size_t i = 0; const float value : found.as<float>())
    most = std::max(most, std::abs(static_cast<double>(value) - wanted[i++]));
  return most;
}

Dataset encoded(EncodeOptions options, const std::vector<std::string>& list, const TokenizeOptions& how = {}) {
  Dataset data = data_of(list);
  options.model = fixture(options.model);
  options.apply(data, how, Log("test", -2), {}, 2);
  return data;
}

std::vector<float> row_of(const Dataset& data, size_t row) {
  const auto width = static_cast<size_t>(data.splits[0].x().shape[1]);
  const auto values = data.splits[0].x().as<float>().subspan(row * width, width);
  return {values.begin(), values.end()};
}

std::string refused(const EncodeOptions& options, const std::vector<std::string>& list,
                    const TokenizeOptions& how = {}) {
  try {
    (void)encoded(options, list, how);
  } catch (const Error& e) {
    return e.what();
  }
  return "nothing was refused";
}

}  // namespace

TEST_CASE("encode: texts become what transformers makes of them", "[needs-document-fixtures]") {
  if (!std::filesystem::exists(fixture(""))) NN_SKIP("no " + fixture(""));
  // As their files say: BERT's first token, MPNet's mean, both of unit length.
  const Dataset bert = encoded({.model = "tiny-bert"}, texts()), mpnet = encoded({.model = "tiny-mpnet"}, texts());
  CHECK(difference(bert, "tiny-bert", "/cls_normalized") < 1e-6);
  CHECK(difference(mpnet, "tiny-mpnet", "/mean_normalized") < 1e-6);
  CHECK(bert.splits[0].labels().size() == texts().size());
  CHECK(bert.splits[0].column("text"));
  CHECK_FALSE(bert.splits[0].column("tokens"));
  CHECK(bert.classes == std::vector<std::string>{"a", "b"});
  // Another pooling, and without the length.
  CHECK(difference(encoded({.model = "tiny-bert", .pool = "mean"}, texts()), "tiny-bert", "/mean_normalized") < 1e-6);
  CHECK(difference(encoded({.model = "tiny-mpnet", .pool = "mean", .raw = true}, texts()), "tiny-mpnet", "/mean") <
        1e-5);
  CHECK(difference(encoded({.model = "tiny-mpnet", .pool = "cls", .unit_length = true}, texts()), "tiny-mpnet",
                   "/cls_normalized") < 1e-6);
}

TEST_CASE("encode: a text's features do not depend on the other texts", "[needs-document-fixtures]") {
  if (!std::filesystem::exists(fixture(""))) NN_SKIP("no " + fixture(""));
  const Dataset all = encoded({.model = "tiny-bert"}, texts());
  for (size_t i = 0; i < texts().size(); ++i)
    CHECK(row_of(encoded({.model = "tiny-bert"}, {texts()[i]}), 0) == row_of(all, i));
}

TEST_CASE("encode: windows are cut, encoded and averaged", "[needs-document-fixtures]") {
  Column whole;
  whole.name = "tokens";
  whole.values = h5::Array::of(std::vector<int32_t>{1, 10, 11, 12, 13, 14, 2, 1, 2, 1, 20, 21, 2});
  whole.start = {0, 7, 9, 13};
  std::vector<int64_t> count;
  const Column windows = windows_of(whole, 5, 1, count);  // 3 tokens of the text each, of which neighbours share one
  CHECK(count == std::vector<int64_t>{2, 1, 1});
  const auto ids = windows.values.as<int32_t>();
  CHECK(std::vector<int32_t>(ids.begin(), ids.end()) ==
        std::vector<int32_t>{1, 10, 11, 12, 2, 1, 12, 13, 14, 2, 1, 2, 1, 20, 21, 2});
  CHECK(windows.start == std::vector<int64_t>{0, 5, 10, 12, 16});
  CHECK_THROWS_WITH(windows_of(whole, 5, 3, count), Contains("expected less than the 3 of a window"));

  if (!std::filesystem::exists(fixture(""))) NN_SKIP("no " + fixture(""));
  // "the film the film ...": windows of its four words hold "the film" twice each, all the same.
  const std::string pair = "the film the film";
  const Dataset one = encoded({.model = "tiny-mpnet", .window = "mean"}, {pair + " " + pair}, {.most = 6});
  const Dataset half = encoded({.model = "tiny-mpnet"}, {pair});
  REQUIRE(row_of(one, 0).size() == 64);
  for (size_t i = 0; i < 64; ++i) CHECK(row_of(one, 0)[i] == Approx(row_of(half, 0)[i]).margin(1e-6));
}

TEST_CASE("encode: what does not fit is refused", "[needs-document-fixtures]") {
  if (!std::filesystem::exists(fixture(""))) NN_SKIP("no " + fixture(""));
  CHECK_THAT(refused({.model = "tiny-bert"}, texts(), {.most = 65}),
             Contains("--max-tokens 65: the encoder has positions for 64 tokens of a text"));
  CHECK_THAT(refused({.model = "tiny-bert", .window = "mean,overlap=10"}, texts(), {.most = 12}),
             Contains("--window: an overlap of 10 tokens"));
  Dataset none = data_of(texts());
  none.splits[0].remove("text");
  none.splits[0].set_samples(h5::Array::of<float>(Shape{6, 1}, std::vector<float>(6)));
  EncodeOptions options{.model = fixture("tiny-bert")};
  CHECK_THROWS_WITH(options.apply(none, {}, Log("test", -2), {}, 1), Contains("split train holds no texts"));
}

TEST_CASE("encode: the end of an encoder's layers is another where that is asked for") {
  const std::string layers = "tokens:48 embed:4,vocabulary=9 pool:cls l2norm";
  CHECK(encoder_layers(layers, 0, "", UnitLength::as_it_is) == layers);
  CHECK(encoder_layers(layers, 64, "mean", UnitLength::no) == "tokens:64 embed:4,vocabulary=9 pool:mean");
  CHECK(encoder_layers("tokens:48 embed:4,vocabulary=9 pool:cls", 0, "max", UnitLength::yes) ==
        "tokens:48 embed:4,vocabulary=9 pool:max l2norm");
  CHECK_THROWS_WITH(encoder_layers("dense:4", 0, "", UnitLength::yes), Contains("a model that takes texts"));
}
