// SPDX-License-Identifier: MIT
// The update formulas in double against numbers of PyTorch 2.15 and Keras 3.15: three steps of one weight, computed from
// the published formulas and checked with both frameworks, and ten steps recorded from torch where the fixture is there.
#include <cmath>
#include <filesystem>
#include <functional>

#include "backend/backend.h"
#include "backend/formula/updates.h"
#include "backend/graph_builder.h"
#include "base/json.h"
#include "catch.h"
#include "paths.h"
#include "json_file.h"

using namespace nn;
using nn_test::numbers;

namespace {

/// Constants of step t at a learning rate; t counts from 1.
using Recipe = std::function<std::vector<double>(double t, double rate)>;

struct Case {
  const char* name;
  const char* formula;
  double rate;
  Recipe recipe;
  double w[3];
  double start = 0;  ///< of the slots
};

Recipe adam(bool keras, double epsilon, double coupled = 0, double decoupled = 0, double b1 = 0.9, double b2 = 0.999) {
  return [=](double t, double rate) {
    const double c1 = 1 - std::pow(b1, t), c2 = std::sqrt(1 - std::pow(b2, t));
    return std::vector<double>{coupled, 1 - rate * decoupled, 1 - b1, b2, 1 - b2, keras ? rate * c2 / c1 : rate / c1,
                               keras ? 1 : 1 / c2, epsilon};
  };
}

Recipe nadam(double epsilon, double psi, double decoupled = 0) {
  return [=](double t, double rate) {
    const auto u = [&](double i) { return 0.9 * (1 - 0.5 * std::pow(0.96, i * psi)); };
    double product = 1;
    for (double i = 1; i <= t; ++i) product *= u(i);
    return std::vector<double>{0, 1 - rate * decoupled, 0.1, 0.999, 1 - 0.999, rate * (1 - u(t)) / (1 - product),
                               rate * u(t + 1) / (1 - product * u(t + 1)), 1 / std::sqrt(1 - std::pow(0.999, t)), epsilon};
  };
}

Recipe keras_momentum() {
  return [](double, double rate) { return std::vector<double>{0, 1, 0.9, rate, 1}; };
}
Recipe torch_momentum(double decay = 0, double dampening = 0) {
  return [=](double t, double rate) { return std::vector<double>{decay, 1, 0.9, t == 1 ? 1 : 1 - dampening, rate}; };
}

std::vector<Case> golden_cases() {
  const Recipe keras_rms = [](double, double rate) { return std::vector<double>{0, 1, 0.9, 1 - 0.9, 1e-7, 0, rate, 1}; };
  const Recipe keras_rms_m = [](double, double rate) { return std::vector<double>{0, 1, 0.9, 1 - 0.9, 1e-7, 0, rate, 1, 0.9}; };
  const Recipe torch_rms = [](double, double rate) { return std::vector<double>{0, 1, 0.99, 1 - 0.99, 0, 1e-8, 1, rate}; };
  const auto adagrad = [](double inside, double outside) -> Recipe {
    return [=](double, double rate) { return std::vector<double>{0, 1, rate, inside, outside}; };
  };
  return {
      {"Keras SGD m.9", "sgd_momentum", 0.01, keras_momentum(), {0.999, 1.0001, 0.99809}},
      {"Keras SGD m.9 nesterov", "sgd_nesterov", 0.01, keras_momentum(), {0.9981, 1.00109, 0.996281}},
      {"Keras Adam", "adam", 1e-3, adam(true, 1e-7), {0.999000031622, 0.999366129971, 0.999022891792}},
      {"torch Adam", "adam", 1e-3, adam(false, 1e-8), {0.999000000100, 0.999366103604, 0.999022862539}},
      {"Keras AdamW", "adam", 1e-3, adam(true, 1e-7, 0, 0.004), {0.998996031622, 0.999358133987, 0.999010898375}},
      {"torch AdamW", "adam", 1e-3, adam(false, 1e-8, 0, 0.01), {0.998990000100, 0.999346113704, 0.998992879178}},
      {"torch Adam wd .01", "adam", 1e-3, adam(false, 1e-8, 0.01), {0.999000000091, 0.999308500510, 0.998924857375}},
      {"Keras RMSprop", "rmsprop", 1e-3, keras_rms, {0.996837880442, 0.999694994145, 0.997104365003}},
      {"Keras RMSprop m.9", "rmsprop_momentum", 1e-3, keras_rms_m, {0.996837880442, 0.996849086543, 0.994268542892}},
      {"torch RMSprop", "rmsprop", 1e-2, torch_rms, {0.900000100000, 0.989532356127, 0.909181928247}},
      {"Keras Adagrad", "adagrad", 1e-3, adagrad(1e-7, 0), {0.999698488792, 1.000214886400, 0.999602514092}, 0.1},
      {"torch Adagrad", "adagrad", 1e-2, adagrad(0, 1e-10), {0.990000000010, 0.998944271916, 0.990926434661}},
      {"Keras Nadam", "nadam", 1e-3, nadam(1e-7, 1), {0.998937213259, 0.999818878441, 0.998987155832}},
      {"torch NAdam", "nadam", 2e-3, nadam(1e-8, 0.004), {0.997887096655, 0.999700211525, 0.997933078196}},
  };
}

/// A network without anything but weights: values are set and updated through Memory.
Graph weights_only(int64_t count) {
  test::GraphBuilder b;
  return b.mse(b.matmul(b.input({count}), 1, false));
}

struct Recorded {
  const char* optimizer;
  size_t index;  ///< in the fixture
  const char* formula;
  double rate;
  Recipe recipe;
  double start = 0, clip_norm = 0, clip_value = 0;
};

std::vector<Recorded> recorded_cases() {
  const Recipe plain = [](double, double rate) { return std::vector<double>{0, 1, rate}; };
  const Recipe rms = [](double, double rate) { return std::vector<double>{0.001, 1, 0.9, 1 - 0.9, 0, 1e-8, 1, rate, 0.9}; };
  const Recipe adagrad = [](double t, double rate) {
    return std::vector<double>{0.01, 1, rate / (1 + (t - 1) * 0.1), 0, 1e-10};
  };
  return {{"SGD", 0, "sgd", 0.01, plain},
          {"SGD", 1, "sgd_momentum", 0.01, torch_momentum()},
          {"SGD", 2, "sgd_nesterov", 0.01, torch_momentum(0.0005)},
          {"SGD", 3, "sgd_momentum", 0.01, torch_momentum(0, 0.1)},
          {"SGD", 4, "sgd_momentum", 0.01, torch_momentum()},
          {"Adam", 6, "adam_amsgrad", 1e-3, adam(false, 1e-8)},
          {"Adam", 7, "adam", 1e-3, adam(false, 1e-6, 0.01, 0, 0.8, 0.99)},
          {"AdamW", 10, "adam_amsgrad", 1e-3, adam(false, 1e-8, 0, 0.1)},
          {"RMSprop", 12, "rmsprop_centered_momentum", 0.01, rms},
          {"Adagrad", 14, "adagrad", 0.01, adagrad, 0.1},
          {"NAdam", 16, "nadam", 2e-3, nadam(1e-8, 0.004, 0.01)},
          {"SGD", 20, "sgd", 0.1, plain, 0, 1.0},
          {"SGD", 21, "sgd", 0.1, plain, 0, 0, 0.5}};
}

void replay(const Recorded& c, const Json& fixture) {
  const Json& entry = fixture.at("optimizers").items().at(c.index);
  REQUIRE(entry.at("optimizer").items().at(0).string() == c.optimizer);
  auto backend = make_backend("ref", 1);
  auto memory = backend->allocate(weights_only(8), formula::update_needs(c.formula).slots);
  memory->write(Part::weights, 0, numbers(fixture.at("start")));
  if (c.start != 0) memory->write(Part::slot, 0, std::vector<double>(8, c.start));
  for (size_t t = 0; t < 10; ++t) {
    memory->write(Part::gradients, 0, numbers(fixture.at("gradients").items().at(t)));
    if (c.clip_norm > 0) memory->scale_gradients(std::min(1.0, c.clip_norm / (memory->gradient_norm() + 1e-6)));
    if (c.clip_value > 0) memory->clip_gradients(c.clip_value);
    const Json* rates = entry.find("lr");
    const double rate = rates ? rates->items().at(t).number() : c.rate;
    memory->update(c.formula, c.recipe(static_cast<double>(t) + 1, rate));
    std::vector<double> w(8);
    memory->read(Part::weights, 0, w);
    const std::vector<double> expected = numbers(entry.at("values64").items().at(t));
    for (size_t i = 0; i < 8; ++i) {
      INFO(c.optimizer << " case " << c.index << " step " << t + 1 << " weight " << i);
      // torch keeps nadam's product of momenta in float
      CHECK(w[i] == Approx(expected[i]).epsilon(std::string(c.formula) == "nadam" ? 1e-7 : 1e-11).margin(1e-12));
    }
  }
}

}  // namespace

TEST_CASE("ref: updates give the published numbers of PyTorch and Keras") {
  const double gradients[] = {0.1, -0.2, 0.3};
  for (const Case& c : golden_cases()) {
    auto backend = make_backend("ref", 1);
    auto memory = backend->allocate(weights_only(1), formula::update_needs(c.formula).slots);
    memory->write(Part::weights, 0, std::vector<double>{1});
    if (c.start != 0) memory->write(Part::slot, 0, std::vector<double>{c.start});
    for (int t = 0; t < 3; ++t) {
      memory->write(Part::gradients, 0, std::vector<double>{gradients[t]});
      memory->update(c.formula, c.recipe(t + 1, c.rate));
      std::vector<double> w(1);
      memory->read(Part::weights, 0, w);
      INFO(c.name << ", step " << t + 1);
      CHECK(w[0] == Approx(c.w[t]).epsilon(1e-11));
    }
  }
}

TEST_CASE("ref: momentum after a change of the rate differs as the frameworks differ") {
  for (const bool keras : {true, false}) {
    auto backend = make_backend("ref", 1);
    auto memory = backend->allocate(weights_only(1), 1);
    memory->write(Part::weights, 0, std::vector<double>{1});
    const double gradients[] = {0.1, -0.2, 0.3}, rates[] = {0.01, 0.01, 0.001};
    for (size_t t = 0; t < 3; ++t) {
      memory->write(Part::gradients, 0, std::vector<double>{gradients[t]});
      memory->update("sgd_momentum", (keras ? keras_momentum() : torch_momentum())(static_cast<double>(t) + 1, rates[t]));
    }
    std::vector<double> w(1);
    memory->read(Part::weights, 0, w);
    CHECK(w[0] == Approx(keras ? 1.000790 : 0.999899).epsilon(1e-11));
  }
}

TEST_CASE("ref: ten steps of torch's optimizers, clipping included") {
  const std::string path = nn_test::data_folder() + "/fixtures/optim/torch.json";
  if (!std::filesystem::exists(path)) NN_SKIP("no fixtures of torch's optimizers");
  const Json fixture = nn_test::json_file(path);
  for (const Recorded& c : recorded_cases()) replay(c, fixture);
}

TEST_CASE("ref: an unknown formula, or one with other slots or constants, is refused") {
  auto backend = make_backend("ref", 1);
  auto memory = backend->allocate(weights_only(3), 1);
  const double three[] = {0, 1, 0.1}, five[] = {0, 1, 0.9, 1, 0.1}, eight[] = {0, 1, 0.1, 0.999, 0.001, 0.001, 1, 1e-8};
  CHECK_THROWS_AS(memory->update("sgd_momentun", five), UsageError);
  CHECK_THROWS_WITH(memory->update("sgd_momentum", three), Contains("3 constants given, 1 and 5 wanted"));
  CHECK_THROWS_WITH(memory->update("adam_amsgrad", eight), Contains("1 slots and 8 constants given, 3 and 8 wanted"));
}
