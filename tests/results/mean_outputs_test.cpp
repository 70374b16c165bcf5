// SPDX-License-Identifier: MIT
#include "results/mean_outputs.h"

#include <cmath>

#include "catch.h"

using namespace nn;

namespace {

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

std::vector<float> mean_of(OutputKind kind, size_t width, const std::vector<std::vector<float>>& networks) {
  MeanOutputs mean(kind, networks[0].size() / width, width);
  for (const auto& outputs : networks) mean.add(outputs);
  return mean.mean();
}

}  // namespace

TEST_CASE("the softmax of the mean is the mean of the probabilities, however small they are") {
  const std::vector<std::vector<float>> networks{{1, 2, 3, 0, 0, 300}, {0, 1, -1, 5, 5, 0}, {2, 2, 2, 0, 200, 0}};
  const std::vector<float> logits = mean_of(OutputKind::softmax, 3, networks);
  for (size_t row = 0; row < 2; ++row) {
    std::vector<double> expected(3);
    for (const auto& z : networks) {
      double sum = 0;
      for (size_t i = 0; i < 3; ++i) sum += std::exp(double{z[3 * row + i]});
      for (size_t i = 0; i < 3; ++i) expected[i] += std::exp(double{z[3 * row + i]}) / sum / 3;
    }
    std::vector<float> found(3);
    probabilities(std::span(logits).subspan(3 * row, 3), OutputKind::softmax, found);
    for (size_t i = 0; i < 3; ++i) {
      CHECK(std::isfinite(logits[3 * row + i]));
      CHECK(double{found[i]} == Approx(expected[i]).epsilon(1e-6));
    }
  }
  // A class that no network takes for possible: e^-300 is no float, its logarithm is.
  const std::vector<float> small = mean_of(OutputKind::softmax, 2, {{300, 0}, {300, 0}});
  CHECK(double{small[1]} == Approx(-300).epsilon(1e-6));
}

TEST_CASE("a yes or no is averaged by its probability, a number as it is") {
  for (const OutputKind kind : {OutputKind::logistic, OutputKind::independent}) {
    const std::vector<float> logits = mean_of(kind, 2, {{3, -4}, {-1, 0.5F}});
    CHECK(logistic(logits[0]) == Approx((logistic(3) + logistic(-1)) / 2).epsilon(1e-6));
    CHECK(logistic(logits[1]) == Approx((logistic(-4) + logistic(0.5)) / 2).epsilon(1e-6));
    CHECK(double{mean_of(kind, 1, {{-500}, {-500}})[0]} == Approx(-500));
    CHECK(double{mean_of(kind, 1, {{500}, {-500}})[0]} == Approx(0).margin(1e-12));
  }
  for (const OutputKind kind : {OutputKind::none, OutputKind::largest})
    CHECK(mean_of(kind, 2, {{3, -4}, {-1, 0.5F}}) == std::vector<float>{1, -1.75F});
}
