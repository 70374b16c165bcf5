// SPDX-License-Identifier: MIT
// What differs between two files, of files that differ in one thing, with the numbers by hand.
#include "info/diff/diff.h"

#include "catch.h"
#include "result_files.h"

using namespace nn;
using namespace nn_test;

namespace {

class Pair {
 public:
  Pair() : model_(read_model(files_.model())), data_(read_dataset(files_.data())) {}
  Model& model() { return model_; }
  Dataset& data() { return data_; }
  Json diff_of_models() const { return diff(files_.model(), write_model(model_, {}, true)); }
  Json diff_of_data() const { return diff(files_.data(), write_dataset(data_, {}, true)); }
  const Files& files() const { return files_; }

  Json diff(const h5::Reader& a, const std::vector<std::byte>& bytes) const {
    const h5::Reader b = h5::Reader::open(folder_.put("b.h5", bytes));
    const FileDiff found = diff_files(a, b);
    CHECK(found.equal == found.differences.empty());
    CHECK(found.equal == (a.computed_digest() == b.computed_digest()));
    text_ = diff_text(found);
    return diff_json(found);
  }
  const std::string& text() const { return text_; }

 private:
  Files files_;
  Folder folder_;
  Model model_;
  Dataset data_;
  mutable std::string text_;
};

/// The one difference.
Json only(const Json& diff) {
  CHECK(!diff.at("equal").boolean());
  REQUIRE(diff.at("differences").items().size() == 1);
  return diff.at("differences").items()[0];
}

}  // namespace

TEST_CASE("diff: files with the same content are equal, whatever they record") {
  Pair pair;
  CHECK(pair.diff_of_models().at("equal").boolean());
  CHECK_THAT(pair.text(), Contains("model files with the same content, digest "));
  CHECK(pair.diff_of_data().at("differences").items().empty());
  h5::Step step;
  step.tool = "nn-train", step.version = "9", step.argv = {"nn-train"};
  step.options = Json::object(), step.options["seed"] = "3", step.inputs = {{"d.h5", "0123456789abcdef"}};
  const Json diff = pair.diff(pair.files().model(), write_model(pair.model(), h5::extend(step, {}), true));
  CHECK(diff.at("equal").boolean());
  CHECK(diff.at("record").items()[0].at("what").string() == "nn-train");
  CHECK_THAT(pair.text(), Contains("made in different ways:\n") && Contains("only the second was made with it"));
}

TEST_CASE("diff: two kinds differ in that") {
  const Files files;
  const FileDiff diff = diff_files(files.model(), files.data());
  CHECK(!diff.equal);
  CHECK_THAT(diff_text(diff), Contains("a model file and a dataset file"));
}

TEST_CASE("diff: weights by layer, relative to their norm") {
  Pair pair;
  auto& weight = pair.model().weights.back();  // of the last layer: its bias
  double squares = 0;
  for (const NamedTensor& tensor : pair.model().weights)
    if (tensor.path.starts_with("dense1/"))
      for (const float w : tensor.values) squares += static_cast<double>(w) * static_cast<double>(w);
  REQUIRE(weight.values.size() >= 2);
  weight.values[0] += 3;
  weight.values[1] -= 4;
  const Json d = only(pair.diff_of_models());
  CHECK(d.at("about").string() == "weights");
  CHECK(d.at("what").string() == "dense1");
  CHECK(d.at("norm_of_difference").number() == Approx(5));
  CHECK(d.at("norm").number() == Approx(std::sqrt(squares)));
  CHECK(d.at("largest_difference").number() == Approx(4));
}

TEST_CASE("diff: the first epoch that differs, and runs of other lengths") {
  Pair pair;
  for (auto& [name, values] : pair.model().history)
    if (name == "loss") values.at(1) = 0.75;
  const Json d = only(pair.diff_of_models());
  CHECK(d.at("what").string() == "history/loss");
  CHECK_THAT(d.at("says").string(), Contains("1 of 2 epochs differ, the first is 2 (0.25, 0.75)"));
  for (auto& [name, values] : pair.model().history) values.push_back(values.back() + 1);
  const Json longer = pair.diff_of_models();
  bool told = false;
  for (const Json& one : longer.at("differences").items())
    told = told || (one.at("what").string() == "history/epoch" && one.at("says").string() == "2, 3 epochs");
  CHECK(told);
}

TEST_CASE("diff: settings, layers, and weights of one of them alone") {
  Pair pair;
  pair.model().settings[0].second = "77";
  const Json setting = only(pair.diff_of_models());
  CHECK(setting.at("about").string() == "settings");
  CHECK(setting.at("b").string() == "77");
  Pair other;
  other.model().weights.pop_back();
  const Json missing = only(other.diff_of_models());
  CHECK(missing.at("about").string() == "weights");
  CHECK_THAT(missing.at("says").string(), Contains("only in the first"));
  Pair layers;
  layers.model().layers = "conv:2,3 relu flatten dense:4";
  CHECK_THAT(layers.diff_of_models().dump(), Contains("\"about\":\"layers\"") && Contains("dense:4"));
}

TEST_CASE("diff: rows of a dataset, its splits, columns and classes") {
  Pair pair;
  pair.data().splits[0].samples()->values.as<uint8_t>()[2 * 30 + 5] ^= 1;  // third of four samples of 1x6x5
  const Json d = only(pair.diff_of_data());
  CHECK(d.at("about").string() == "rows");
  CHECK(d.at("what").string() == "test/images");
  CHECK(d.at("first_row").integer() == 2);
  CHECK(d.at("rows").integer() == 1);
  CHECK(d.at("largest_difference").number() == 1);
  Pair split;
  Split more = split.data().splits[0];
  more.name = "val";
  split.data().splits.push_back(more);
  CHECK_THAT(split.diff_of_data().dump(), Contains("\"what\":\"val\",\"says\":\"only in the second\""));
  Pair classes;
  classes.data().classes[0] = "cow";
  CHECK_THAT(classes.diff_of_data().dump(), Contains("nn_class") && Contains("cow"));
}

TEST_CASE("diff: metrics and predictions") {
  Pair pair;
  Metrics m = read_metrics(pair.files().metrics()).at(0);
  m.accuracy = 0.5;
  const Json metrics = pair.diff(pair.files().metrics(), write_metrics({m}, pair.data().classes, {}, true));
  CHECK_THAT(metrics.dump(), Contains("accuracy") && Contains("0.75, 0.5"));
  Predictions p = read_predictions(pair.files().predictions());
  p.predicted.at(1) = 0;
  const Json d = only(pair.diff(pair.files().predictions(), write_predictions(p, pair.data().classes, {}, true)));
  CHECK(d.at("what").string() == "predicted");
  CHECK(d.at("first_row").integer() == 1);
}
