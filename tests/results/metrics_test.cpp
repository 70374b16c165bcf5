// SPDX-License-Identifier: MIT
#include "results/metrics.h"

#include <cmath>
#include <fstream>
#include <set>

#include "catch.h"
#include "paths.h"
#include "results/accumulator.h"
#include "results/outputs.h"

using namespace nn;

TEST_CASE("confusion and per-class metrics equal the hand-computed ones") {
  // Labels and outputs of six samples of three classes; predicted: 0 1 1 2 0 0.
  const std::vector<int32_t> labels{0, 1, 0, 1, 0, 0};
  const std::vector<float> outputs{3, 1, 0, 0, 2, 1, 1, 5, 0, 0, 1, 2, 2, 1, 0, 9, 1, 4};
  const std::vector<double> losses{1, 2, 3, 4, 5, 6};
  MetricAccumulator accumulator(OutputKind::softmax, 3, 2, {.classes = true, .confusion = true});
  accumulator.add(std::span(outputs).first(9), std::span(labels).first(3), std::span(losses).first(3));
  accumulator.add(std::span(outputs).last(9), std::span(labels).last(3), std::span(losses).last(3));
  const Metrics m = accumulator.metrics("test");
  CHECK(m.split == "test");
  CHECK(m.n == 6);
  CHECK(m.loss == Approx(3.5));
  CHECK(m.accuracy.value() == Approx(4.0 / 6));
  CHECK(m.k == 2);
  CHECK(m.top_k == Approx(1.0));  // the label is first or second in each sample
  CHECK(m.confusion == std::vector<int64_t>{3, 1, 0, 0, 1, 1, 0, 0, 0});
  CHECK(m.support == std::vector<int64_t>{4, 2, 0});
  CHECK(m.precision[0] == Approx(1.0));
  CHECK(m.precision[1] == Approx(0.5));
  CHECK(m.precision[2] == Approx(0.0));
  CHECK(m.recall[0] == Approx(0.75));
  CHECK(m.recall[1] == Approx(0.5));
  CHECK(m.recall[2] == 0);
  CHECK(m.f1[0] == Approx(2 * 0.75 / 1.75));
  CHECK(m.f1[1] == Approx(0.5));
  CHECK(m.f1[2] == Approx(0.0));
  CHECK(m.predicted == std::vector<int64_t>{3, 2, 1});
  CHECK(m.macro_f1.value() == Approx((2 * 0.75 / 1.75 + 0.5 + 0) / 3));
  CHECK(m.weighted_f1.value() == Approx((4 * 2 * 0.75 / 1.75 + 2 * 0.5) / 6));
  CHECK(m.balanced_accuracy.value() == Approx((0.75 + 0.5) / 2));
}

TEST_CASE("the area under the curve counts ties half and needs both kinds") {
  const std::vector<float> scores{0.1F, 0.4F, 0.4F, 0.9F};
  CHECK(area_under_curve(scores, {false, false, true, true}) == Approx(3.5 / 4));
  CHECK(area_under_curve(scores, {true, true, false, false}) == Approx(0.5 / 4));
  CHECK(std::isnan(area_under_curve(scores, {true, true, true, true})));
}

TEST_CASE("independent outputs are each a yes or no, and never a class") {
  MetricAccumulator accumulator(OutputKind::independent, 0, 5, {.classes = true, .scores = true, .targets = 2});
  const std::vector<float> outputs{-5, -5, 4, -3, -2, 6, 3, -1}, targets{0, 0, 1, 0, 0, 1, 1, 1};
  accumulator.add(outputs, {}, std::vector<double>{1, 1, 1, 1}, targets);
  const Metrics m = accumulator.metrics("test");
  CHECK_FALSE(m.has_labels);
  CHECK(m.independent);
  CHECK(m.accuracy.value() == Approx(7.0 / 8));
  CHECK(m.exact_match.value() == Approx(3.0 / 4));
  CHECK(m.support == std::vector<int64_t>{2, 2});
  CHECK(m.recall[1] == Approx(0.5));
  CHECK(m.auc.value() == Approx(1.0));
}

TEST_CASE("errors of targets") {
  MetricAccumulator accumulator(OutputKind::none, 0, 5, {.targets = 1});
  accumulator.add(std::vector<float>{1, 2, 4}, {}, std::vector<double>{0, 0, 1}, std::vector<float>{1, 3, 2});
  const Metrics m = accumulator.metrics("test");
  CHECK(m.mae[0] == Approx(1.0));
  CHECK(m.rmse[0] == Approx(std::sqrt(5.0 / 3)));
  CHECK(m.r2[0] == Approx(1 - 5.0 / 2));
}

TEST_CASE("the metrics of a class that is neither there nor predicted are 0") {
  Metrics m;
  m.confusion = {2, 0, 0, 0};
  per_class(m, 2);
  CHECK(m.support[1] == 0);
  CHECK(m.precision[1] == 0);
  CHECK(m.recall[1] == 0);
  CHECK(m.f1[1] == 0);
}

TEST_CASE("decisions: first largest output, sign of one logit, none for what is not a number") {
  CHECK(decide(std::vector<float>{1, 4, 4}, OutputKind::softmax) == 1);
  CHECK(decide(std::vector<float>{0.1F}, OutputKind::logistic) == 1);
  CHECK(decide(std::vector<float>{-0.1F}, OutputKind::logistic) == 0);
  CHECK(decide(std::vector<float>{1, NAN, 2}, OutputKind::softmax) == -1);
  CHECK(within_top(std::vector<float>{1, 4, 4}, 2, 2));
  CHECK_FALSE(within_top(std::vector<float>{1, 4, 4}, 2, 1));
  CHECK_FALSE(within_top(std::vector<float>{NAN, NAN}, 0, 1));
}

TEST_CASE("outputs that are not numbers are never counted as right") {
  MetricAccumulator accumulator(OutputKind::softmax, 2, 2);
  const std::vector<float> outputs{NAN, NAN};
  const std::vector<int32_t> labels{0};
  const std::vector<double> losses{NAN};
  accumulator.add(outputs, labels, losses);
  const Metrics m = accumulator.metrics("val");
  CHECK(m.accuracy.value() == 0);
  CHECK(m.top_k == 0);
  CHECK(std::isnan(m.loss));
}

TEST_CASE("probabilities") {
  std::vector<float> p(3);
  probabilities(std::vector<float>{0, 0, std::log(2.0F)}, OutputKind::softmax, p);
  CHECK(p[0] == Approx(0.25));
  CHECK(p[2] == Approx(0.5));
  probabilities(std::vector<float>{1000, 0, -1000}, OutputKind::softmax, p);
  CHECK(p[0] == Approx(1.0));
  CHECK(p[2] == Approx(0.0));
  std::vector<float> one(1);
  probabilities(std::vector<float>{0}, OutputKind::logistic, one);
  CHECK(one[0] == Approx(0.5));
}

TEST_CASE("regression has a loss only") {
  MetricAccumulator accumulator(OutputKind::none, 0, 5);
  const std::vector<float> outputs{1, 2};
  const std::vector<double> losses{0.5, 1.5};
  accumulator.add(outputs, {}, losses);
  const Metrics m = accumulator.metrics("test");
  CHECK(m.loss == Approx(1.0));
  CHECK_FALSE(m.has_labels);
  CHECK_FALSE(m.accuracy);
  CHECK(m.confusion.empty());
}

TEST_CASE("every metric is described in nn-eval(1) and nn-hdf5(5)") {
  std::vector<std::string> names;
  for (const ScalarMetric& metric : scalar_metrics()) names.emplace_back(metric.name);
  for (const TargetMetric& metric : target_metrics()) names.emplace_back(metric.name);
  for (const char* page : {"/man/nn-eval.1", "/man/nn-hdf5.5"}) {
    std::ifstream in(nn_test::source_folder() + page);
    std::set<std::string> words;
    for (std::string word; in >> word;) words.insert(word);
    REQUIRE(words.count(".Sh"));
    for (const std::string& name : names) {
      INFO(name << " in " << page);
      CHECK(words.count(name));
    }
  }
}
