// SPDX-License-Identifier: MIT
// Walks the table of optimizers, and holds their updates to numbers worked out from the published formulas.
#include <cmath>

#include "backend/backend.h"
#include "catch.h"
#include "optim/optimizer.h"

using namespace nn;

namespace {

/// One weight in the ref backend's memory.
class OneWeight {
 public:
  explicit OneWeight(const std::string& text) : optimizer_(make_optimizer(text)), backend_(make_backend("ref", 1)) {
    Param p;
    p.layer = "it";
    p.name = "weight";
    p.shape = {1};
    graph_.values = {{Shape{1}}, {Shape{1}}};
    graph_.params = {p};
    graph_.inputs = {{"input", 0}};
    graph_.ops = {{MatMul{1, 1}, {0}, 1, {0}, "it"}};
    graph_.params[0].shape = {1, 1};
    graph_.outputs = {1};
    memory_ = backend_->allocate(graph_, static_cast<int>(optimizer_->slots().size()));
    memory_->write(Part::weights, 0, std::vector<double>{1.0});
  }
  /// The weight after one more step.
  double step(double gradient, double rate) {
    memory_->write(Part::gradients, 0, std::vector<double>{gradient});
    memory_->update(optimizer_->formula(), optimizer_->constants(++steps_, rate));
    std::vector<double> w(1);
    memory_->read(Part::weights, 0, w);
    return w[0];
  }
  Optimizer& optimizer() { return *optimizer_; }

 private:
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<Backend> backend_;
  Graph graph_;
  std::unique_ptr<Memory> memory_;
  int64_t steps_ = 0;
};

struct Golden {
  const char* text;
  double w[3];
  double rates[3] = {0, 0, 0};  ///< 0: the default
};

}  // namespace

TEST_CASE("updates agree with torch's formulas", "[optim]") {
  // From w = 1 with gradients 0.1, -0.2, 0.3, in double.
  const Golden golden[] = {
      {"adam", {0.999000000100, 0.999366103604, 0.999022862539}},
      {"adamw", {0.998990000100, 0.999346113704, 0.998992879178}},
      {"adam,weight-decay=0.01", {0.999000000091, 0.999308500510, 0.998924857375}},
      {"rmsprop", {0.900000100000, 0.989532356127, 0.909181928247}},
      {"adagrad", {0.990000000010, 0.998944271916, 0.990926434661}},
      {"nadam", {0.997887096655, 0.999700211525, 0.997933078196}},
      {"sgd,momentum=0.9", {0.999000000000, 1.000100000000, 0.999899000000}, {0.01, 0.01, 0.001}},
      {"sgd,momentum=0.9,nesterov", {0.998100000000, 1.001090000000, 0.996281000000}, {0.01, 0.01, 0.01}},
      {"sgd", {0.9999, 1.0001, 0.9998}},
      // g += 0.1 w: 1 - 0.1 (0.1 + 0.1) = 0.98; 0.98 - 0.1 (-0.2 + 0.098) = 0.9902; 0.9902 - 0.1 (0.3 + 0.09902)
      {"sgd,weight-decay=0.1", {0.98, 0.9902, 0.950298}, {0.1, 0.1, 0.1}},
      // b: 0.1, 0.9*0.1 - 0.5*0.2 = -0.01, 0.9*-0.01 + 0.5*0.3 = 0.141
      {"sgd,momentum=0.9,dampening=0.5", {0.99, 0.991, 0.9769}, {0.1, 0.1, 0.1}},
  };
  const double gradients[] = {0.1, -0.2, 0.3};
  for (const Golden& g : golden) {
    INFO(g.text);
    OneWeight it(g.text);
    // torch holds nadam's product of momenta in float
    const double tolerance = std::string(g.text) == "nadam" ? 1e-9 : 2e-12;
    for (int i = 0; i < 3; ++i) {
      const double rate = g.rates[i] > 0 ? g.rates[i] : it.optimizer().default_rate();
      CHECK(std::fabs(it.step(gradients[i], rate) - g.w[i]) < tolerance);
    }
  }
}

TEST_CASE("epsilon stands where torch has it", "[optim]") {
  OneWeight adam("adam"), rmsprop("rmsprop");
  const double w_adam[] = {0.999009900990, 0.998019801980, 0.997029702970};
  const double w_rmsprop[] = {0.909090909091, 0.842895272830, 0.788052605128};
  for (int i = 0; i < 3; ++i) {
    CHECK(std::fabs(adam.step(1e-6, 1e-3) - w_adam[i]) < 2e-12);
    CHECK(std::fabs(rmsprop.step(1e-6, 1e-2) - w_rmsprop[i]) < 2e-12);
  }
}

TEST_CASE("variants of rmsprop and adam, from their definitions", "[optim]") {
  const double g1 = 0.1, g2 = -0.2, rate = 0.01;
  SECTION("rmsprop with momentum") {
    OneWeight it("rmsprop,momentum=0.9,alpha=0.9");
    const double v1 = 0.1 * g1 * g1, b1 = g1 / (std::sqrt(v1) + 1e-8);
    const double v2 = 0.9 * v1 + 0.1 * g2 * g2, b2 = 0.9 * b1 + g2 / (std::sqrt(v2) + 1e-8);
    CHECK(it.step(g1, rate) == Approx(1 - rate * b1).epsilon(1e-12));
    CHECK(it.step(g2, rate) == Approx(1 - rate * b1 - rate * b2).epsilon(1e-12));
  }
  SECTION("rmsprop centered") {
    OneWeight it("rmsprop,centered");
    const double v = 0.01 * g1 * g1, a = 0.01 * g1;
    CHECK(it.step(g1, rate) == Approx(1 - rate * g1 / (std::sqrt(v - a * a) + 1e-8)).epsilon(1e-9));
  }
  SECTION("amsgrad keeps the largest mean square") {
    OneWeight it("adam,amsgrad,beta2=0.5");
    it.step(1.0, 0.0);
    const double v = 0.5, m = 0.9 * 0.1;  // after gradients 1 and 0: v would be 0.25, the largest is 0.5
    CHECK(it.step(0.0, rate) ==
          Approx(1 - rate / (1 - 0.81) * m / (std::sqrt(v) / std::sqrt(1 - 0.25) + 1e-8)).epsilon(1e-9));
  }
}

TEST_CASE("every optimizer gives the constants and slots of its formula, and goes downhill", "[optim]") {
  for (const OptimizerType* type : optimizer_types()) {
    INFO(type->name);
    OneWeight it(type->name);
    CHECK(it.optimizer().default_rate() > 0);
    double w = 1;
    for (int i = 0; i < 300; ++i) w = it.step(2 * (w - 0.9), 0.001 * (1 + (i % 3)));  // min of (w - 0.9)^2
    CHECK(w < 0.995);
    CHECK(w > 0.85);
  }
}

TEST_CASE("an optimizer continues from its saved scalars", "[optim]") {
  for (const OptimizerType* type : optimizer_types()) {
    INFO(type->name);
    auto whole = make_optimizer(type->name), first = make_optimizer(type->name), second = make_optimizer(type->name);
    std::vector<double> expected, found;
    for (int64_t step = 1; step <= 6; ++step) {
      const auto c = whole->constants(step, 0.01);
      expected.assign(c.begin(), c.end());
    }
    for (int64_t step = 1; step <= 3; ++step) first->constants(step, 0.01);
    second->restore_scalars(first->scalars());
    for (int64_t step = 4; step <= 6; ++step) {
      const auto c = second->constants(step, 0.01);
      found.assign(c.begin(), c.end());
    }
    CHECK(found == expected);
  }
}

TEST_CASE("a schedule's momentum takes the place of the optimizer's own", "[optim]") {
  SECTION("with the same momentum nothing changes") {
    for (const auto& [plain, own] : {std::pair{"sgd", "sgd,momentum=0.95"},
                                     {"sgd,momentum=0.1", "sgd,momentum=0.95"},
                                     {"rmsprop", "rmsprop,momentum=0.95"},
                                     {"rmsprop,centered", "rmsprop,centered,momentum=0.95"},
                                     {"adam", "adam,beta1=0.95"},
                                     {"adamw", "adamw,beta1=0.95"},
                                     {"nadam", "nadam,beta1=0.95"}}) {
      INFO(plain);
      auto moved = make_optimizer(plain), given = make_optimizer(own);
      moved->set_momentum(0.95);
      CHECK(std::string(moved->formula()) == given->formula());
      CHECK(moved->slots() == given->slots());
      for (int64_t step = 1; step <= 3; ++step) {
        const auto a = moved->constants(step, 0.01), b = given->constants(step, 0.01);
        CHECK(std::vector<double>(a.begin(), a.end()) == std::vector<double>(b.begin(), b.end()));
      }
    }
  }
  SECTION("a momentum that falls to 0 keeps formula and slots") {
    for (const char* text : {"sgd", "rmsprop"}) {
      auto it = make_optimizer(text);
      it->set_momentum(0.9);
      const std::string formula = it->formula();
      const size_t constants = it->constants(1, 0.1).size();
      it->set_momentum(0);
      CHECK(it->formula() == formula);
      CHECK(it->constants(2, 0.1).size() == constants);
      CHECK(it->slots().back() == "momentum");
    }
  }
  CHECK_THROWS_WITH(make_optimizer("adagrad")->set_momentum(0.9), Contains("has none"));
}

TEST_CASE("wrong optimizers are refused", "[optim]") {
  CHECK_THROWS_WITH(make_optimizer("adan"), Contains("did you mean adam"));
  CHECK_THROWS_WITH(make_optimizer("sgd,momentun=0.9"), Contains("momentum"));
  CHECK_THROWS_WITH(make_optimizer("sgd,nesterov"), Contains("nesterov needs momentum"));
  CHECK_THROWS_WITH(make_optimizer("sgd,momentum=1"), Contains("below 1, found 1"));
  CHECK_THROWS_WITH(make_optimizer("adam,eps=0"), Contains("eps must be above 0"));
  CHECK_THROWS_WITH(make_optimizer("adam,beta1=nan"), Contains("beta1"));
  CHECK_THROWS_AS(make_optimizer("adam,weight-decay=-1"), Error);
}
