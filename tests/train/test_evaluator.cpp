// SPDX-License-Identifier: MIT
#include <cmath>

#include "catch.h"
#include "folder.h"
#include "h5/reading/reader.h"
#include "h5/writing/outfile.h"
#include "results/metrics.h"
#include "results/metrics_file.h"
#include "results/predictions.h"
#include "results/predictions_file.h"
#include "synthetic.h"
#include "train/engine/evaluator.h"

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
  CHECK(m.accuracy.value() == Approx(static_cast<double>(right) / 50));
  const Metrics small = evaluate(model, data, "test", *backend, {.batch = 7});
  CHECK(small.loss == Approx(m.loss).epsilon(1e-12));
  CHECK(small.confusion == m.confusion);
  const auto one = make_backend("cpu", 1), four = make_backend("cpu", 4);
  CHECK(evaluate(model, data, "test", *one).loss == evaluate(model, data, "test", *four).loss);
}

TEST_CASE("predictions agree with the metrics and need no labels") {
  Dataset data = blob_data();
  const Model model = trained(data);
  const auto backend = make_backend("cpu", 2);
  const Predictions p = predict(model, data, "test", {}, *backend, {.batch = 16});
  const Metrics m = evaluate(model, data, "test", *backend);
  REQUIRE(p.predicted.size() == 50);
  std::vector<int64_t> confusion(9);
  for (size_t i = 0; i < 50; ++i) ++confusion[static_cast<size_t>(p.labels[i] * 3 + p.predicted[i])];
  CHECK(confusion == m.confusion);
  for (size_t i = 0; i < 50; ++i)
    CHECK(double{p.probability[3 * i]} + p.probability[3 * i + 1] + p.probability[3 * i + 2] == Approx(1.0));

  for (Split& split : data.splits) split.remove("labels");
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
  more.splits[2].labels()[6] = 9;
  CHECK_THROWS_WITH(evaluate(model, more, "test", *backend), Contains("label 9") && Contains("row 6"));
  CHECK(align(model, data).warnings().empty());
  CHECK(align(model, data).notes().empty());
  Dataset other = data;
  other.prep.recipe = "scale 0:1";
  REQUIRE(align(model, other).warnings().size() == 1);
  CHECK_THAT(align(model, other).warnings()[0], Contains("scale 0:1") && Contains("none"));
  CHECK_THROWS_WITH(evaluate(model, data, "test", *backend, {.batch = 0}), Contains("--batch"));
  CHECK_THROWS_AS(predict(model, data, "test", {}, *backend, {.batch = -3}), UsageError);
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
      CHECK(back[i].k == all[i].k);
      CHECK(back[i].confusion == all[i].confusion);
      CHECK(back[i].support == all[i].support);
      CHECK(back[i].predicted == all[i].predicted);
      CHECK(same(back[i].precision, all[i].precision));
      CHECK(same(back[i].f1, all[i].f1));
      for (double Metrics::*scalar : {&Metrics::loss, &Metrics::top_k}) {
        CHECK(std::isfinite(all[i].*scalar));
        CHECK(back[i].*scalar == all[i].*scalar);
      }
      for (const ScalarMetric& scalar : scalar_metrics()) CHECK(back[i].*scalar.value == all[i].*scalar.value);
      CHECK((all[i].accuracy && all[i].auc && all[i].ece && all[i].balanced_accuracy));
    }
  }
  const Predictions p = predict(model, data, "val", {}, *backend);
  const Stored file(write_predictions(p, model.classes, none, false));
  const Predictions back = read_predictions(file.open("predictions"));
  CHECK(back.split == "val");
  CHECK(back.sample == p.sample);
  CHECK(back.labels == p.labels);
  CHECK(back.predicted == p.predicted);
  CHECK(back.classes == p.classes);
  CHECK(back.probability == p.probability);
}

TEST_CASE("the sample of a prediction is the row of the split, wherever the split came from") {
  Dataset data = blob_data();
  for (Split& split : data.splits)
    for (int64_t& row : split.column("sample")->values.as<int64_t>()) row += int64_t{1} << 32;
  const Model model = trained(data);
  const auto backend = make_backend("ref", 1);
  const Predictions p = predict(model, data, "val", std::vector<int64_t>{4, 0}, *backend);
  CHECK(p.sample == std::vector<int64_t>{4, 0});
  CHECK(p.split == "val");
}

TEST_CASE("many classes: no confusion matrix unless it is asked for, and never beyond the memory allowed") {
  Dataset data = blob_data(20, 4, 2);
  data.classes.clear();
  for (Split& split : data.splits) split.labels()[0] = 1999;
  TrainOptions o;
  o.model = "dense:2000";
  o.epochs = 0;
  const Model model = train_quietly(o, data);
  const auto backend = make_backend("cpu", 1);
  const Metrics m = evaluate(model, data, "test", *backend);
  CHECK(m.confusion.empty());
  CHECK(m.support.size() == 2000);
  CHECK(m.support[1999] == 1);
  CHECK(evaluate(model, data, "test", *backend, {.confusion = true}).confusion.size() == 4000000);
  CHECK_THROWS_WITH(evaluate(model, data, "test", *backend, {.confusion = true, .budget = Budget(1 << 20)}),
                    Contains("2000 classes") && Contains("--max-memory"));
  const Stored file(write_metrics({m}, {}, {}, true));
  CHECK(read_metrics(file.open("metrics"))[0].support == m.support);
}

TEST_CASE("a predictions file is checked whole when it is read") {
  Predictions good;
  good.split = "test";
  good.sample = {0, 5};
  good.labels = {0, 2};
  good.predicted = {1, 2};
  good.classes = 3;
  good.probability = {0.25F, 0.5F, 0.25F, 0, 0, 1};
  const auto read = [](const Predictions& p) {
    const Stored file(write_predictions(p, {"a", "b", "c"}, {}, true));
    return read_predictions(file.open("predictions"));
  };
  CHECK(read(good).labels == good.labels);
  const auto refused = [&](auto change, const char* what) {
    Predictions bad = good;
    change(bad);
    CHECK_THROWS_WITH(read(bad), Contains(what) && Contains("stored.h5"));
  };
  refused([](Predictions& p) { p.predicted[1] = 3; }, "/predicted: class 3 in row 1");
  refused([](Predictions& p) { p.predicted[0] = -1; }, "/predicted");
  refused([](Predictions& p) { p.labels[0] = 12; }, "/labels: class 12");
  refused([](Predictions& p) { p.labels = {1}; }, "/labels: expected shape 2");
  refused([](Predictions& p) { p.sample[0] = -4; }, "/sample: row -4");
  refused([](Predictions& p) { p.probability[4] = NAN; }, "/probability: a value in row 1");
}

namespace {

/// Of four samples of two classes, as version 0.1 had them.
Metrics of_two_classes() {
  Metrics m;
  m.split = "test";
  m.n = 4;
  m.loss = 0.5;
  m.accuracy = 0.75;
  m.top_k = 1;
  m.k = 2;
  m.has_labels = true;
  m.precision = m.recall = m.f1 = {0.5, NAN};
  m.support = {3, 1};
  m.confusion = {2, 1, 1, 0};
  return m;
}

}  // namespace

TEST_CASE("metrics of version 0.1, without counts of predictions and averages, are read") {
  const Metrics old = of_two_classes();
  const Stored file(write_metrics({old}, {"a", "b"}, {}, true));
  const h5::Reader reader = file.open("metrics");
  REQUIRE_FALSE(reader.has("/predicted"));
  REQUIRE_FALSE(reader.has("/macro_f1"));
  const Metrics back = read_metrics(reader).at(0);
  CHECK(back.predicted == std::vector<int64_t>{3, 1});
  CHECK(back.confusion == old.confusion);
  CHECK_FALSE(back.macro_f1);
}

TEST_CASE("a metrics file is checked whole when it is read") {
  Metrics good = of_two_classes();
  good.predicted = {3, 1};
  const auto read = [](const Metrics& m) {
    const Stored file(write_metrics({m}, {"a", "b"}, {}, true));
    return read_metrics(file.open("metrics")).at(0);
  };
  CHECK(read(good).confusion == good.confusion);
  const auto refused = [&](auto change, const char* what) {
    Metrics bad = good;
    change(bad);
    CHECK_THROWS_WITH(read(bad), Contains(what) && Contains("stored.h5"));
  };
  refused([](Metrics& m) { m.n = 0; }, "/n: expected 1 or more");
  refused([](Metrics& m) { m.loss = NAN; }, "/loss");
  refused([](Metrics& m) { m.accuracy = 1.5; }, "/accuracy: expected a number from 0 to 1");
  refused([](Metrics& m) { m.accuracy = NAN; }, "/accuracy: expected a number from 0 to 1");
  refused([](Metrics& m) { m.accuracy.reset(); }, "/accuracy: missing");
  refused([](Metrics& m) { m.precision[0] = -1; }, "/precision");
  refused([](Metrics& m) { m.support[0] = 7; }, "/support: expected counts from 0 to 4");
  refused([](Metrics& m) { m.confusion[1] = -1; }, "/confusion");
  refused([](Metrics& m) { m.confusion[0] = 1; }, "/confusion: row 0 has 2 samples, support says 3");
  refused([](Metrics& m) { m.support = {3, 3}; }, "/support: more samples than 4");
  refused([](Metrics& m) { m.confusion = {1, 2, 1, 0}; }, "/confusion: its columns");
  refused([](Metrics& m) { m.k = 0; }, "/top_k: attribute k");
}
