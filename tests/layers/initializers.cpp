// SPDX-License-Identifier: MIT
// Initialisers against their definitions: range, mean and variance, and which fan decides.
#include <cmath>
#include <map>

#include "catch.h"
#include "layers/initializer.h"
#include "random/torch.h"

using namespace nn;

namespace {

struct Drawn {
  double mean = 0, variance = 0, low = 0, high = 0;
  std::vector<double> w;
};

/// fan in 50, fan out 200.
Drawn draw(const std::string& text, Shape shape = {200, 50}) {
  Param p;
  p.shape = shape;
  p.fan_in = 50;
  p.fan_out = 200;
  Drawn d;
  d.w.resize(static_cast<size_t>(shape.count()));
  TorchGenerator stream(3);
  make_initializer(text)->fill(p, stream, d.w);
  const double n = static_cast<double>(d.w.size());
  for (double x : d.w) d.mean += x / n;
  for (double x : d.w) d.variance += (x - d.mean) * (x - d.mean) / n;
  d.low = *std::min_element(d.w.begin(), d.w.end());
  d.high = *std::max_element(d.w.begin(), d.w.end());
  return d;
}

}  // namespace

TEST_CASE("every initialiser fills with floats, the same for the same seed", "[layers]") {
  for (const InitializerType* type : initializer_types()) {
    INFO(type->name);
    const std::string text = std::string(type->name) == "constant" ? "constant,0.3" : type->name;
    const Drawn a = draw(text), b = draw(text);
    CHECK(a.w == b.w);
    for (double x : a.w) {
      REQUIRE(std::isfinite(x));
      REQUIRE(x == static_cast<double>(static_cast<float>(x)));
    }
    CHECK(std::string(type->summary).size() >= 1);
  }
}

TEST_CASE("constants", "[layers]") {
  CHECK(draw("zeros").variance == 0);
  CHECK(draw("zeros").mean == 0);
  CHECK(draw("ones").low == 1);
  CHECK(draw("ones").high == 1);
  CHECK(draw("constant,0.25").low == 0.25);
  CHECK(draw("constant:0.25").high == 0.25);
}

TEST_CASE("variances of 10,000 draws", "[layers]") {
  // fan in 50, fan out 200, average 125
  const std::map<std::string, double> variance{{"uniform", 0.1 * 0.1 / 12},
                                               {"normal", 0.0025},
                                               {"normal:std=0.5", 0.25},
                                               {"glorot_uniform", 1.0 / 125},
                                               {"glorot_normal", 1.0 / 125},
                                               {"xavier_uniform", 1.0 / 125},
                                               {"xavier_normal", 1.0 / 125},
                                               {"xavier_normal:gain=2", 4.0 / 125},
                                               {"he_uniform", 2.0 / 50},
                                               {"he_normal", 2.0 / 50},
                                               {"kaiming_uniform", 2.0 / 50},
                                               {"kaiming_normal", 2.0 / 50},
                                               {"kaiming_normal:mode=fan_out", 2.0 / 200},
                                               {"lecun_uniform", 1.0 / 50},
                                               {"lecun_normal", 1.0 / 50},
                                               {"fan_in_uniform", 1.0 / 150},
                                               {"kaiming_uniform,a=2.23606797749979", 1.0 / 150},
                                               {"truncated_normal:std=1", 0.87962566103423978 * 0.87962566103423978}};
  for (const auto& [text, expected] : variance) {
    INFO(text);
    const Drawn d = draw(text);
    CHECK(d.variance == Approx(expected).epsilon(0.06));
    CHECK(std::fabs(d.mean) < 4 * std::sqrt(expected / 10000));
  }
}

TEST_CASE("bounds", "[layers]") {
  const std::map<std::string, double> bound{{"uniform", 0.05},
                                            {"glorot_uniform", std::sqrt(6.0 / 250)},
                                            {"he_uniform", std::sqrt(6.0 / 50)},
                                            {"fan_in_uniform", 1 / std::sqrt(50.0)},
                                            {"kaiming_uniform,a=2.23606797749979", 1 / std::sqrt(50.0)},
                                            {"truncated_normal", 0.1},
                                            {"he_normal", 2 * std::sqrt(2.0 / 50) / 0.87962566103423978}};
  for (const auto& [text, expected] : bound) {
    INFO(text);
    const Drawn d = draw(text);
    const double limit = expected * (1 + 1e-6);
    CHECK(d.high <= limit);
    CHECK(d.low >= -limit);
    CHECK(d.high > 0.98 * expected);
    CHECK(d.low < -0.98 * expected);
  }
  const Drawn d = draw("uniform:min=1:max=3");
  CHECK(d.low >= 1);
  CHECK(d.high <= 3);
}

TEST_CASE("orthogonal: columns or rows are orthonormal, whichever are fewer", "[layers]") {
  for (const Shape& shape : {Shape{20, 7}, Shape{7, 20}, Shape{6, 2, 2, 3}}) {
    const size_t rows = static_cast<size_t>(shape[0]), columns = static_cast<size_t>(shape.count()) / rows;
    const Drawn d = draw("orthogonal:gain=2", shape);
    const size_t few = std::min(rows, columns), many = std::max(rows, columns);
    const auto at = [&](size_t i, size_t k) { return rows < columns ? d.w[i * columns + k] : d.w[k * columns + i]; };
    for (size_t i = 0; i < few; ++i)
      for (size_t j = 0; j <= i; ++j) {
        double dot = 0;
        for (size_t k = 0; k < many; ++k) dot += at(i, k) * at(j, k);
        CHECK(dot == Approx(i == j ? 4.0 : 0.0).margin(1e-5));
      }
  }
}

TEST_CASE("wrong initialisers are refused", "[layers]") {
  CHECK_THROWS_WITH(make_initializer("glorot_unifrom"), Contains("did you mean glorot_uniform"));
  CHECK_THROWS_AS(make_initializer("uniform,min=2,max=1"), Error);
  CHECK_THROWS_AS(make_initializer("normal,std=-1"), Error);
  CHECK_THROWS_AS(make_initializer("constant"), Error);
  CHECK_THROWS_AS(make_initializer(""), Error);
}
