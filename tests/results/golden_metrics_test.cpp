// SPDX-License-Identifier: MIT
// Metrics and reports against scikit-learn's: tests/golden/metrics/scikit-learn.json, recorded by make.py there.
#include <cmath>

#include "catch.h"
#include "json_file.h"
#include "paths.h"
#include "results/accumulator.h"
#include "results/classification_report.h"
#include "results/history.h"
#include "results/metrics.h"
#include "results/outputs.h"

using namespace nn;
using nn_test::json_file;
using nn_test::numbers;

namespace {

Json golden() { return json_file(nn_test::source_folder() + "/tests/golden/metrics/scikit-learn.json"); }

std::vector<float> floats(const Json& json) {
  const std::vector<double> values = numbers(json);
  return {values.begin(), values.end()};
}

std::vector<std::string> names_in(const Json& example) {
  std::vector<std::string> names;
  for (const Json& name : example.at("names").items()) names.push_back(name.string());
  return names;
}

/// The lines of a report that follow its head of names and scalars.
std::string table_of(const Metrics& m, const std::vector<std::string>& names) {
  const std::string text = metrics_report({{"m.h5", "d.h5", names, m}});
  return text.substr(text.find("\n\n") + 2);
}

void check(const Metrics& m, const Json& example, const char* name, std::optional<double> Metrics::*value) {
  INFO(name);
  REQUIRE(m.*value);
  CHECK(*(m.*value) == Approx(example.at(name).number()).epsilon(1e-12));
}

}  // namespace

TEST_CASE("metrics of classes and their report are scikit-learn's") {
  for (const Json& example : golden().at("classes").items()) {
    const std::vector<std::string> names = names_in(example);
    const auto k = static_cast<int64_t>(names.size());
    const std::vector<float> outputs = floats(example.at("outputs"));
    std::vector<int32_t> labels;
    for (const double v : numbers(example.at("labels"))) labels.push_back(static_cast<int32_t>(v));
    MetricAccumulator accumulator(OutputKind::softmax, k, 1, {.classes = true, .confusion = true, .scores = true});
    accumulator.add(outputs, labels, std::vector<double>(labels.size(), 1));
    const Metrics m = accumulator.metrics("test");
    check(m, example, "accuracy", &Metrics::accuracy);
    check(m, example, "balanced_accuracy", &Metrics::balanced_accuracy);
    check(m, example, "macro_f1", &Metrics::macro_f1);
    check(m, example, "weighted_f1", &Metrics::weighted_f1);
    check(m, example, "auc", &Metrics::auc);
    CHECK(m.ece.value() == Approx(example.at("ece").number()).epsilon(1e-6));  // of float probabilities
    CHECK(table_of(m, names) == example.at("report").string());
  }
}

TEST_CASE("metrics of independent outputs and their report are scikit-learn's") {
  for (const Json& example : golden().at("independent").items()) {
    const std::vector<std::string> names = names_in(example);
    const std::vector<float> outputs = floats(example.at("outputs")), targets = floats(example.at("targets"));
    MetricAccumulator accumulator(OutputKind::independent, 0, 1,
                                  {.classes = true, .scores = true, .targets = static_cast<int64_t>(names.size())});
    accumulator.add(outputs, {}, std::vector<double>(outputs.size() / names.size(), 1), targets);
    const Metrics m = accumulator.metrics("test");
    check(m, example, "accuracy", &Metrics::accuracy);
    check(m, example, "exact_match", &Metrics::exact_match);
    check(m, example, "macro_f1", &Metrics::macro_f1);
    check(m, example, "weighted_f1", &Metrics::weighted_f1);
    check(m, example, "auc", &Metrics::auc);
    CHECK(table_of(m, names) == example.at("report").string());
  }
}

TEST_CASE("metrics of one target of 0 and 1 and their report are scikit-learn's for two classes") {
  for (const Json& example : golden().at("yes_or_no").items()) {
    const std::vector<float> outputs = floats(example.at("outputs")), targets = floats(example.at("targets"));
    MetricAccumulator accumulator(OutputKind::independent, 0, 1, {.classes = true, .scores = true, .targets = 1});
    accumulator.add(outputs, {}, std::vector<double>(outputs.size(), 1), targets);
    const Metrics m = accumulator.metrics("test");
    check(m, example, "accuracy", &Metrics::accuracy);
    check(m, example, "balanced_accuracy", &Metrics::balanced_accuracy);
    check(m, example, "macro_f1", &Metrics::macro_f1);
    check(m, example, "weighted_f1", &Metrics::weighted_f1);
    CHECK(m.precision[0] == Approx(example.at("precision").number()));
    CHECK(m.recall[0] == Approx(example.at("recall").number()));
    CHECK(m.f1[0] == Approx(example.at("f1").number()));
    REQUIRE(m.auc);
    const Json& area = example.at("auc");
    if (area.is_null())
      CHECK(std::isnan(*m.auc));
    else
      CHECK(*m.auc == Approx(area.number()));
    CHECK(table_of(m, {"ill"}) == example.at("report").string());
  }
}

TEST_CASE("the cosine similarity of outputs and targets is Keras'") {
  const Json keras = json_file(nn_test::source_folder() + "/tests/golden/metrics/keras.json");
  REQUIRE(keras.at("examples").items().size() == 3);
  for (const Json& example : keras.at("examples").items()) {
    INFO(example.at("name").string());
    const std::vector<float> outputs = floats(example.at("outputs")), targets = floats(example.at("targets"));
    const size_t n = example.at("outputs").items().size();
    MetricAccumulator accumulator(OutputKind::none, 0, 1, {.targets = static_cast<int64_t>(outputs.size() / n)});
    accumulator.add(outputs, {}, std::vector<double>(n, 1), targets);
    check(accumulator.metrics("test"), example, "cosine_similarity", &Metrics::cosine_similarity);
  }
}

TEST_CASE("a single target has no cosine similarity, which would be a sign") {
  MetricAccumulator accumulator(OutputKind::none, 0, 1, {.targets = 1});
  accumulator.add(std::vector<float>{1, 2}, {}, std::vector<double>(2, 1), std::vector<float>{1, -1});
  CHECK_FALSE(accumulator.metrics("test").cosine_similarity);
}

TEST_CASE("averages of outputs without a yes are scikit-learn's") {
  const Json example = golden().at("no_yes");
  MetricAccumulator accumulator(OutputKind::independent, 0, 1, {.classes = true, .scores = true, .targets = 2});
  const std::vector<float> outputs = floats(example.at("outputs"));
  accumulator.add(outputs, {}, std::vector<double>(outputs.size() / 2, 1), floats(example.at("targets")));
  const Metrics m = accumulator.metrics("test");
  check(m, example, "macro_f1", &Metrics::macro_f1);
  check(m, example, "weighted_f1", &Metrics::weighted_f1);
}

TEST_CASE("values of a class that is never predicted or has no samples are scikit-learn's") {
  const Json example = golden().at("never_predicted");
  Metrics m;
  for (const double count : numbers(example.at("confusion"))) m.confusion.push_back(static_cast<int64_t>(count));
  per_class(m, 4);
  CHECK(m.precision == numbers(example.at("precision")));
  CHECK(m.recall == numbers(example.at("recall")));
  CHECK(m.f1 == numbers(example.at("f1")));
}

TEST_CASE("errors of targets are scikit-learn's") {
  for (const Json& example : golden().at("targets").items()) {
    const std::vector<float> outputs = floats(example.at("outputs")), targets = floats(example.at("targets"));
    const std::vector<double> mae = numbers(example.at("mae")), rmse = numbers(example.at("rmse")),
                              r2 = numbers(example.at("r2"));
    MetricAccumulator accumulator(OutputKind::none, 0, 1, {.targets = static_cast<int64_t>(mae.size())});
    accumulator.add(outputs, {}, std::vector<double>(outputs.size() / mae.size(), 1), targets);
    const Metrics m = accumulator.metrics("test");
    REQUIRE(m.mae.size() == mae.size());
    for (size_t t = 0; t < mae.size(); ++t) {
      CHECK(m.mae[t] == Approx(mae[t]).epsilon(1e-12));
      CHECK(m.rmse[t] == Approx(rmse[t]).epsilon(1e-12));
      CHECK(m.r2[t] == Approx(r2[t]).epsilon(1e-12));
    }
  }
}
