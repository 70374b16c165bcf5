// SPDX-License-Identifier: MIT
// Element-wise functions and their derivatives at -4 -3 -1 0 0.5 3 7 against torch 2.15 in float64, kinks included.
#include <cmath>
#include <limits>

#include "backend/examples.h"
#include "catch.h"

using namespace nn;
using namespace nn::formula;
using nn::test::example_constants;

namespace {

struct Row {
  const char* name;
  double f[7], df[7];
};
const double points[] = {-4, -3, -1, 0, 0.5, 3, 7};
const Row rows[] = {
    {"relu", {0, 0, 0, 0, 0.5, 3, 7}, {0, 0, 0, 0, 1, 1, 1}},
    {"relu6", {0, 0, 0, 0, 0.5, 3, 6}, {0, 0, 0, 0, 1, 1, 0}},
    {"leaky_relu", {-0.8, -0.6, -0.2, 0, 0.5, 3, 7}, {0.2, 0.2, 0.2, 0.2, 1, 1, 1}},
    {"elu",
     {-1.27618966944, -1.23527681112, -0.821756726477, 0, 0.5, 3, 7},
     {0.0238103305554, 0.0647231888782, 0.478243273523, 1.3, 1, 1, 1}},
    {"selu",
     {-1.72589862819, -1.67056872877, -1.11133073781, 0, 0.525350493678, 3.15210296207, 7.35490691149},
     {0.0322007126575, 0.0875306120803, 0.646768603035, 1.75809934085, 1.05070098736, 1.05070098736, 1.05070098736}},
    {"gelu",
     {-0.000126684967332, -0.00404969409489, -0.158655253931, 0, 0.345731230637, 2.99595030591, 6.99999999999},
     {-0.000503649661226, -0.0119456472042, -0.0833154705877, 0.5, 0.867495124656, 1.0119456472, 1.00000000006}},
    {"gelu_tanh",
     {-7.02459481923e-05, -0.00363739208177, -0.158808009392, 0, 0.345714009825, 2.99636260792, 7},
     {-0.000335123197122, -0.011584166631, -0.0829640838458, 0.5, 0.867369903535, 1.01158416663, 1}},
    {"sigmoid",
     {0.0179862099621, 0.0474258731776, 0.26894142137, 0.5, 0.622459331202, 0.952574126822, 0.999088948806},
     {0.0176627062133, 0.0451766597309, 0.196611933241, 0.25, 0.235003712202, 0.0451766597309, 0.000910221180122}},
    {"hard_sigmoid", {0, 0, 1.0 / 3, 0.5, 3.5 / 6, 1, 1}, {0, 0, 1.0 / 6, 1.0 / 6, 1.0 / 6, 0, 0}},
    {"tanh",
     {-0.999329299739, -0.995054753687, -0.761594155956, 0, 0.46211715726, 0.995054753687, 0.999998336944},
     {0.00134095068303, 0.00986603716544, 0.419974341614, 1, 0.786447732966, 0.00986603716544, 3.32610934487e-06}},
    {"hard_tanh", {-1, -1, -1, 0, 0.5, 3, 3}, {0, 0, 0.25, 1, 1, 0.25, 0}},
    {"silu",
     {-0.0719448398484, -0.142277619533, -0.26894142137, 0, 0.311229665601, 2.85772238047, 6.99362264164},
     {-0.0526646148911, -0.0881041060152, 0.0723294881285, 0.5, 0.739961187303, 1.08810410602, 1.00546049707}},
    {"hard_swish", {0, 0, -1.0 / 3, 0, 0.291666666667, 3, 7}, {0, 0, 1.0 / 6, 0.5, 2.0 / 3, 1, 1}},
    {"softplus",
     {0.0181499279178, 0.0485873515737, 0.313261687518, 0.69314718056, 0.97407698418, 3.04858735157, 7.00091146645},
     {0.0179862099621, 0.0474258731776, 0.26894142137, 0.5, 0.622459331202, 0.952574126822, 0.999088948806}},
    {"softsign",
     {-0.8, -0.75, -0.5, 0, 1.0 / 3, 0.75, 0.875},
     {0.04, 0.0625, 0.25, 1, 0.444444444444, 0.0625, 0.015625}},
    {"mish",
     {-0.072591740792, -0.145647461276, -0.303401461374, 0, 0.375245211305, 2.98653500497, 6.99998837981},
     {-0.0537732097935, -0.0933931145323, 0.0592167558774, 0.6, 0.886424375358, 1.02110691093, 1.00002155916}},
};
}  // namespace

TEMPLATE_TEST_CASE("formulas: every function equals torch", "", double, float) {
  using T = TestType;
  CHECK(std::size(rows) == map_names().size());
  for (const Row& row : rows)
    for (size_t i = 0; i < 7; ++i) {
      const T x = static_cast<T>(points[i]);
      const auto c = constants_of<T>(row.name, example_constants(row.name));
      const auto [y, dy] = visit_map(row.name, [&]<template <class, class> class F>() {
        const T value = F<T, Math<T>>::f(x, c.data());
        return std::pair(value, F<T, Math<T>>::df(x, value, c.data()));
      });
      const double near = sizeof(T) == 8 ? 2e-11 : 1e-6;
      INFO(row.name << " at " << points[i]);
      CHECK(static_cast<double>(y) == Approx(row.f[i]).epsilon(near).margin(near));
      CHECK(static_cast<double>(dy) == Approx(row.df[i]).epsilon(near).margin(near));
    }
}

TEST_CASE("formulas: a NaN goes through every function and its derivative has no crash at infinity") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const std::string& name : map_names()) {
    INFO(name);
    const auto c = constants_of<double>(name, example_constants(name));
    CHECK(std::isnan(
        visit_map(name, [&]<template <class, class> class F>() { return F<double, Math<double>>::f(nan, c.data()); })));
  }
}

TEST_CASE("formulas: a function has as many constants as it says") {
  CHECK(constants_of<float>("elu", std::vector{0.5})[0] == 0.5F);
  CHECK_THROWS_AS(constants_of<float>("elu", {}), std::logic_error);
  CHECK_THROWS_AS(constants_of<float>("relu", std::vector{0.5}), std::logic_error);
}

TEST_CASE("formulas: an unknown function suggests the nearest") {
  CHECK_THROWS_WITH(visit_map("sigmoyd", []<template <class, class> class F>() {}), Contains("sigmoid"));
}
