// SPDX-License-Identifier: MIT
// The update formulas in double against numbers of PyTorch 2.15 and Keras 3.15: three steps of one weight, computed
// from the published formulas and checked with both frameworks, and the steps recorded from torch (tests/golden/optim),
// whose constants are made here from the recorded arguments.
#include <algorithm>
#include <cmath>
#include <functional>

#include "backend/backend.h"
#include "backend/formula/updates.h"
#include "base/text/json.h"
#include "catch.h"
#include "graph/graph_builder.h"
#include "json_file.h"
#include "paths.h"

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
    return std::vector<double>{
        coupled, 1 - rate * decoupled, 1 - b1, b2, 1 - b2, keras ? rate * c2 / c1 : rate / c1, keras ? 1 : 1 / c2,
        epsilon};
  };
}

Recipe nadam(double epsilon, double psi, double coupled = 0, double decoupled = 0, double b1 = 0.9, double b2 = 0.999) {
  return [=](double t, double rate) {
    const auto u = [&](double i) { return b1 * (1 - 0.5 * std::pow(0.96, i * psi)); };
    double product = 1;
    for (double i = 1; i <= t; ++i) product *= u(i);
    return std::vector<double>{coupled,
                               1 - rate * decoupled,
                               1 - b1,
                               b2,
                               1 - b2,
                               rate * (1 - u(t)) / (1 - product),
                               rate * u(t + 1) / (1 - product * u(t + 1)),
                               1 / std::sqrt(1 - std::pow(b2, t)),
                               epsilon};
  };
}

Recipe keras_momentum() {
  return [](double, double rate) { return std::vector<double>{0, 1, 0.9, rate, 1}; };
}
Recipe torch_momentum(double momentum, double decay = 0, double dampening = 0) {
  return [=](double t, double rate) {
    return std::vector<double>{decay, 1, momentum, t == 1 ? 1 : 1 - dampening, rate};
  };
}

std::vector<Case> golden_cases() {
  const Recipe keras_rms = [](double, double rate) {
    return std::vector<double>{0, 1, 0.9, 1 - 0.9, 1e-7, 0, rate, 1};
  };
  const Recipe keras_rms_m = [](double, double rate) {
    return std::vector<double>{0, 1, 0.9, 1 - 0.9, 1e-7, 0, rate, 1, 0.9};
  };
  const Recipe torch_rms = [](double, double rate) {
    return std::vector<double>{0, 1, 0.99, 1 - 0.99, 0, 1e-8, 1, rate};
  };
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

struct Update {
  std::string formula;
  double rate;
  Recipe recipe;
  double start = 0;  ///< of the slots
};

/// Arguments of a class of torch.optim; each must be asked for, its default stands where it is used.
class Arguments {
 public:
  explicit Arguments(const Json& args) : args_(args) {}
  ~Arguments() { CHECK(asked_ == args_.members().size()); }
  double number(const char* key, double otherwise) { return find(key) ? args_.at(key).number() : otherwise; }
  bool flag(const char* key) { return find(key) && args_.at(key).boolean(); }
  double beta(size_t i) {
    const double defaults[] = {0.9, 0.999};
    return (i == 0 ? find("betas") : args_.find("betas") != nullptr) ? args_.at("betas").items().at(i).number()
                                                                     : defaults[i];
  }

 private:
  bool find(const char* key) {
    const bool there = args_.find(key) != nullptr;
    asked_ += there;
    return there;
  }
  const Json& args_;
  size_t asked_ = 0;
};

/// What torch's class does with these arguments, as one of our formulas.
Update torch_update(const std::string& type, const Json& json) {
  Arguments args(json);
  if (type == "SGD") {
    const double rate = args.number("lr", 1e-3), m = args.number("momentum", 0), wd = args.number("weight_decay", 0);
    const Recipe plain = [wd](double, double r) { return std::vector<double>{wd, 1, r}; };
    if (m == 0) return {"sgd", rate, plain};
    return {args.flag("nesterov") ? "sgd_nesterov" : "sgd_momentum", rate,
            torch_momentum(m, wd, args.number("dampening", 0))};
  }
  if (type == "Adam" || type == "AdamW") {
    const bool decoupled = type == "AdamW";
    const double wd = args.number("weight_decay", decoupled ? 0.01 : 0), eps = args.number("eps", 1e-8);
    const Recipe recipe = adam(false, eps, decoupled ? 0 : wd, decoupled ? wd : 0, args.beta(0), args.beta(1));
    return {args.flag("amsgrad") ? "adam_amsgrad" : "adam", args.number("lr", 1e-3), recipe};
  }
  if (type == "RMSprop") {
    const double a = args.number("alpha", 0.99), eps = args.number("eps", 1e-8), wd = args.number("weight_decay", 0),
                 m = args.number("momentum", 0);
    const Recipe recipe = [=](double, double r) {
      std::vector<double> c{wd, 1, a, 1 - a, 0, eps, 1, r};
      if (m > 0) c.push_back(m);
      return c;
    };
    return {std::string("rmsprop") + (args.flag("centered") ? "_centered" : "") + (m > 0 ? "_momentum" : ""),
            args.number("lr", 1e-2), recipe};
  }
  if (type == "Adagrad") {
    const double wd = args.number("weight_decay", 0), falling = args.number("lr_decay", 0),
                 eps = args.number("eps", 1e-10);
    const Recipe recipe = [=](double t, double r) {
      return std::vector<double>{wd, 1, r / (1 + (t - 1) * falling), 0, eps};
    };
    return {"adagrad", args.number("lr", 1e-2), recipe, args.number("initial_accumulator_value", 0)};
  }
  REQUIRE(type == "NAdam");
  const double wd = args.number("weight_decay", 0), eps = args.number("eps", 1e-8),
               psi = args.number("momentum_decay", 0.004);
  const bool decoupled = args.flag("decoupled_weight_decay");
  return {"nadam", args.number("lr", 2e-3),
          nadam(eps, psi, decoupled ? 0 : wd, decoupled ? wd : 0, args.beta(0), args.beta(1))};
}

/// entry: with "lr" of each step, clip_norm and clip_value where it has them.
void replay(const std::string& type, const Json& args, const Json& entry, const Json& start, const Json& gradients,
            const Json& expected) {
  const Update update = torch_update(type, args);
  const std::vector<double> weights = numbers(start);
  auto backend = make_backend("ref", 1);
  auto memory = backend->allocate(weights_only(static_cast<int64_t>(weights.size())),
                                  formula::update_needs(update.formula).slots);
  memory->write(Part::weights, 0, weights);
  if (update.start != 0) memory->write(Part::slot, 0, std::vector<double>(weights.size(), update.start));
  REQUIRE(expected.items().size() >= 8);
  for (size_t t = 0; t < expected.items().size(); ++t) {
    std::vector<double> g = numbers(gradients.items().at(t)), w(weights.size());
    for (double& value : g) value = static_cast<float>(value);
    memory->write(Part::gradients, 0, g);
    if (const Json* most = entry.find("clip_norm"))
      memory->scale_gradients(std::min(1.0, most->number() / (memory->gradient_norm() + 1e-6)));
    if (const Json* most = entry.find("clip_value")) memory->clip_gradients(most->number());
    const Json* rates = entry.find("lr");
    memory->update(update.formula,
                   update.recipe(static_cast<double>(t) + 1, rates ? rates->items().at(t).number() : update.rate));
    memory->read(Part::weights, 0, w);
    const std::vector<double> theirs = numbers(expected.items().at(t));
    REQUIRE(theirs.size() == w.size());
    for (size_t i = 0; i < w.size(); ++i) {
      INFO(type << ' ' << args.dump() << ", step " << t + 1 << ", weight " << i);
      // torch keeps nadam's product of momenta in float
      CHECK(w[i] == Approx(theirs[i]).epsilon(update.formula == "nadam" ? 1e-7 : 1e-11).margin(1e-12));
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
      memory->update("sgd_momentum",
                     (keras ? keras_momentum() : torch_momentum(0.9))(static_cast<double>(t) + 1, rates[t]));
    }
    std::vector<double> w(1);
    memory->read(Part::weights, 0, w);
    CHECK(w[0] == Approx(keras ? 1.000790 : 0.999899).epsilon(1e-11));
  }
}

TEST_CASE("ref: recorded steps of torch's optimizers, clipping included") {
  const std::string folder = nn_test::source_folder() + "/tests/golden/";
  const Json plain = nn_test::json_file(folder + "optim/torch.json"),
             clipped = nn_test::json_file(folder + "fidelity/clipping.json");
  REQUIRE(plain.at("optimizers").items().size() == 27);
  for (const Json& entry : plain.at("optimizers").items())
    replay(entry.at("optimizer").string(), entry.at("args"), entry, plain.at("start"), plain.at("gradients"),
           entry.at("float64"));
  REQUIRE(clipped.items().size() == 3);
  for (const Json& entry : clipped.items()) {
    const auto& optimizer = entry.at("optimizer").items();
    replay(optimizer.at(0).string(), optimizer.at(1), entry, entry.at("start"), entry.at("gradients"),
           entry.at("values64"));
  }
}

TEST_CASE("ref: an unknown formula, or one with other slots or constants, is refused") {
  auto backend = make_backend("ref", 1);
  auto memory = backend->allocate(weights_only(3), 1);
  const double three[] = {0, 1, 0.1}, five[] = {0, 1, 0.9, 1, 0.1}, eight[] = {0, 1, 0.1, 0.999, 0.001, 0.001, 1, 1e-8};
  CHECK_THROWS_AS(memory->update("sgd_momentun", five), UsageError);
  CHECK_THROWS_WITH(memory->update("sgd_momentum", three), Contains("3 constants given, 1 and 5 wanted"));
  CHECK_THROWS_WITH(memory->update("adam_amsgrad", eight), Contains("1 slots and 8 constants given, 3 and 8 wanted"));
}
