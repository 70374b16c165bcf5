// SPDX-License-Identifier: MIT
#include <cmath>

#include "catch.h"
#include "folder.h"
#include "h5/outfile.h"
#include "h5/reader.h"
#include "synthetic.h"
#include "train/evaluator.h"

using namespace nn;

namespace {

Model trained(const Dataset& data) {
  TrainOptions o;
  o.model = "dense:8 relu dense:3";
  o.epochs = 3;
  o.batch = 16;
  o.rate = 0.02;
  o.test = true;
  return train_quietly(o, data);
}

/// Bytes in a file of their own, opened as our tools do.
class Stored {
 public:
  explicit Stored(const std::vector<std::byte>& bytes) : path_(folder_.put("stored.h5", bytes)) {}
  h5::Reader open(const std::string& kind) const { return h5::Reader::open(path_, kind); }

 private:
  nn_test::Folder folder_;
  std::string path_;
};

bool same(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i] && !(std::isnan(a[i]) && std::isnan(b[i]))) return false;
  return true;
}

}  // namespace

TEST_CASE("evaluating a model gives what training measured, in any batch and with any threads") {
  const Dataset data = blob_data();
  const Model model = trained(data);
  const auto backend = make_backend("ref", 1);
  const Metrics m = evaluate(model, data, "test", *backend);
  // Weights are rounded to float on their way out of ref.
  CHECK(m.loss == Approx(column(model.test_metrics, "loss")[0]).epsilon(1e-5));
  CHECK(m.accuracy == column(model.test_metrics, "accuracy")[0]);
  CHECK(m.n == 50);
  CHECK(m.k == 3);
  CHECK(m.top_k == 1);
  int64_t right = 0;
  for (size_t c = 0; c < 3; ++c) right += m.confusion[c * 4];
  CHECK(m.accuracy == Approx(static_cast<double>(right) / 50));
  const Metrics small = evaluate(model, data, "test", *backend, 7);
  CHECK(small.loss == Approx(m.loss).epsilon(1e-12));
  CHECK(small.confusion == m.confusion);
  const auto one = make_backend("cpu", 1), four = make_backend("cpu", 4);
  CHECK(evaluate(model, data, "test", *one).loss == evaluate(model, data, "test", *four).loss);
}

TEST_CASE("predictions agree with the metrics and need no labels") {
  Dataset data = blob_data();
  const Model model = trained(data);
  const auto backend = make_backend("cpu", 2);
  const Predictions p = predict(model, data, "test", {}, *backend, 16);
  const Metrics m = evaluate(model, data, "test", *backend);
  REQUIRE(p.predicted.size() == 50);
  std::vector<int64_t> confusion(9);
  for (size_t i = 0; i < 50; ++i) ++confusion[static_cast<size_t>(p.labels[i] * 3 + p.predicted[i])];
  CHECK(confusion == m.confusion);
  for (size_t i = 0; i < 50; ++i)
    CHECK(double{p.probability[3 * i]} + p.probability[3 * i + 1] + p.probability[3 * i + 2] == Approx(1.0));

  for (Split& split : data.splits) split.labels.clear();
  const std::vector<int64_t> rows{41, 3};
  const Predictions two = predict(model, data, "test", rows, *backend);
  CHECK(two.labels.empty());
  CHECK(two.sample == rows);
  CHECK(two.predicted == std::vector<int32_t>{p.predicted[41], p.predicted[3]});
  CHECK_THROWS_WITH(evaluate(model, data, "test", *backend), Contains("labels"));
}

TEST_CASE("a dataset that does not fit the model is refused, one that differs is told") {
  const Dataset data = blob_data();
  Model model = trained(data);
  const auto backend = make_backend("ref", 1);
  CHECK_THROWS_WITH(evaluate(model, blob_data(30, 5), "test", *backend), Contains("4") && Contains("5"));
  Dataset more = data;
  more.splits[2].labels[6] = 9;
  CHECK_THROWS_WITH(evaluate(model, more, "test", *backend), Contains("label 9") && Contains("row 6"));
  CHECK(disagreements(model, data).empty());
  Dataset other = data;
  other.prep.recipe = "scale 0:1";
  other.classes[0] = "else";
  const auto found = disagreements(model, other);
  REQUIRE(found.size() == 2);
  CHECK_THAT(found[0], Contains("scale 0:1") && Contains("none"));
  model.weights[0].values[0] = NAN;
  CHECK_THROWS_AS(evaluate(model, data, "test", *backend), Error);
  CHECK_THROWS_AS(predict(model, data, "test", {}, *backend), Error);
}

TEST_CASE("the recipe of the model is applied, not the dataset's") {
  Dataset data = bar_images();
  TrainOptions o;
  o.model = "flatten dense:3";
  o.epochs = 2;
  const Model model = train_quietly(o, data);
  const auto backend = make_backend("ref", 1);
  const double loss = evaluate(model, data, "test", *backend).loss;
  data.prep = {};
  CHECK(evaluate(model, data, "test", *backend).loss == loss);
}

TEST_CASE("metrics and predictions survive their files") {
  const Dataset data = blob_data();
  const Model model = trained(data);
  const auto backend = make_backend("ref", 1);
  const Metrics m = evaluate(model, data, "test", *backend), v = evaluate(model, data, "val", *backend);
  h5::Provenance none;
  for (const std::vector<Metrics>& all : {std::vector{m}, std::vector{v, m}}) {
    const Stored file(write_metrics(all, model.classes, none, true));
    const std::vector<Metrics> back = read_metrics(file.open("metrics"));
    REQUIRE(back.size() == all.size());
    for (size_t i = 0; i < all.size(); ++i) {
      CHECK(back[i].split == all[i].split);
      CHECK(back[i].n == all[i].n);
      CHECK(back[i].loss == all[i].loss);
      CHECK(back[i].accuracy == all[i].accuracy);
      CHECK(back[i].k == all[i].k);
      CHECK(back[i].confusion == all[i].confusion);
      CHECK(back[i].support == all[i].support);
      CHECK(same(back[i].precision, all[i].precision));
      CHECK(same(back[i].f1, all[i].f1));
    }
  }
  const Predictions p = predict(model, data, "val", {}, *backend);
  const Stored file(write_predictions(p, model.classes, none, false));
  const Predictions back = read_predictions(file.open("predictions"));
  CHECK(back.sample == p.sample);
  CHECK(back.labels == p.labels);
  CHECK(back.predicted == p.predicted);
  CHECK(back.classes == p.classes);
  CHECK(back.probability == p.probability);
}
