// SPDX-License-Identifier: MIT
// Forward values and losses worked out by hand or taken from torch 2.15 in float64.
#include <cmath>
#include <limits>

#include "backend/random_graph.h"
#include "catch.h"

using namespace nn;
using namespace nn::test;

namespace {

/// A one-op network on ref with given weights, run once.
class Run {
 public:
  Run(Graph graph, int64_t batch, bool training, const std::vector<std::vector<double>>& params, std::vector<double> x,
      std::vector<int32_t> labels = {}, std::vector<double> targets = {})
      : graph_(std::move(graph)), backend_(make_backend("ref", 1)), memory_(backend_->allocate(graph_, 0)) {
    for (size_t i = 0; i < params.size(); ++i) memory_->write(Part::weights, static_cast<ParamId>(i), params[i]);
    plan_ = backend_->compile(graph_, {.batch = batch, .training = training, .input_gradient = training}, *memory_);
    const Plan::Inputs in = plan_->inputs();
    REQUIRE(in.x.size() == x.size());
    for (size_t i = 0; i < x.size(); ++i) in.x[i] = static_cast<float>(x[i]);
    std::copy(labels.begin(), labels.end(), in.labels.begin());
    for (size_t i = 0; i < targets.size(); ++i) in.targets[i] = static_cast<float>(targets[i]);
    plan_->forward(nullptr);
  }
  Plan& plan() { return *plan_; }
  std::vector<double> output() { return plan_->value(graph_.output()); }
  std::vector<double> input_gradient() {
    plan_->backward();
    return plan_->gradient(graph_.input());
  }
  std::vector<double> param(int id) { return read(Part::weights, id); }
  std::vector<double> gradient(int id) { return read(Part::gradients, id); }

 private:
  std::vector<double> read(Part part, int id) {
    std::vector<double> v(static_cast<size_t>(graph_.params[static_cast<size_t>(id)].shape.count()));
    memory_->read(part, id, v);
    return v;
  }
  Graph graph_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Memory> memory_;
  std::unique_ptr<Plan> plan_;
};

void check_equal(const std::vector<double>& found, const std::vector<double>& expected, double near = 1e-11) {
  REQUIRE(found.size() == expected.size());
  for (size_t i = 0; i < found.size(); ++i) CHECK(found[i] == Approx(expected[i]).epsilon(near).margin(near));
}

std::vector<double> one_to(int n) {
  std::vector<double> v;
  for (int i = 1; i <= n; ++i) v.push_back(i);
  return v;
}

std::vector<double> pooled(Pool::Kind kind, bool count_padding) {
  GraphBuilder b;
  return Run(b.mse(b.pool(b.input({1, 4, 4}), kind, 3, 2, 1, count_padding)), 1, false, {}, one_to(16)).output();
}

/// Loss and input gradient of three samples of four logits.
Run cross_entropy(double smoothing, std::vector<double> weights) {
  GraphBuilder b;
  return Run(b.softmax_loss(b.input({4}), smoothing, std::move(weights)), 3, true, {},
             {1, 2, 0, -1, 0.5, -0.5, 1, 3, 2, 0, 0, 1}, {1, 3, 0});
}

}  // namespace

TEST_CASE("ref: convolution is a cross-correlation, padded with zeros") {
  GraphBuilder b;
  const ValueId y = b.conv(b.input({1, 4, 4}), 1, 3, 2, 1);
  check_equal(Run(b.mse(y), 1, false, {{1, 0, -1, 2, 0, -2, 1, 0, -1}, {0.5}}, one_to(16)).output(),
              {-9.5, -5.5, -39.5, -7.5});
}

TEST_CASE("ref: groups keep their channels apart") {
  GraphBuilder b;
  const ValueId y = b.conv(b.input({2, 1, 2}), 2, 1, 1, 0, 2, false);
  check_equal(Run(b.mse(y), 1, false, {{10, 100}}, {1, 2, 3, 4}).output(), {10, 20, 300, 400});
}

TEST_CASE("ref: pooling with padding") {
  check_equal(pooled(Pool::Kind::max, false), {6, 8, 14, 16});
  check_equal(pooled(Pool::Kind::average, true), {14.0 / 9, 30.0 / 9, 57.0 / 9, 11});
  check_equal(pooled(Pool::Kind::average, false), {3.5, 5, 9.5, 11});
}

TEST_CASE("ref: padding never wins a maximum; the first of equals takes the gradient; a NaN wins") {
  GraphBuilder b;
  const Graph g = b.mse(b.pool(b.input({1, 2, 2}), Pool::Kind::max, 2, 2));
  Run ties(g, 1, true, {}, {-3, -3, -3, -3});
  check_equal(ties.output(), {-3});
  check_equal(ties.input_gradient(), {-6, 0, 0, 0});
  GraphBuilder padded;
  check_equal(
      Run(padded.mse(padded.pool(padded.input({1, 1, 1}), Pool::Kind::max, 3, 1, 1)), 1, false, {}, {-7}).output(),
      {-7});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(Run(g, 1, true, {}, {1, nan, 5, 2}).output()[0]));
}

TEST_CASE("ref: batch norm of 1 2 4 8 and its running statistics in both conventions") {
  for (const bool torch : {true, false}) {
    GraphBuilder b;
    const ValueId y = b.batch_norm(b.input({1}), torch ? 0.1 : 0.01, torch);
    Run run(b.mse(y), 4, true, {{2}, {1}, {0}, {1}}, {1, 2, 4, 8});
    const double scale = 2 / std::sqrt(7.1875 + 1e-5);
    check_equal(run.output(), {1 - 2.75 * scale, 1 - 1.75 * scale, 1 + 0.25 * scale, 1 + 4.25 * scale});
    check_equal(run.param(2), {torch ? 0.375 : 0.0375});
    check_equal(run.param(3), {torch ? 1.8583333333333 : 1.061875});
  }
}

TEST_CASE("ref: batch norm evaluates with the running statistics and leaves them") {
  GraphBuilder b;
  Run run(b.mse(b.batch_norm(b.input({1}))), 2, false, {{2}, {1}, {3}, {4}}, {3, 5});
  check_equal(run.output(), {1, 1 + 4 / std::sqrt(4 + 1e-5)});
  check_equal(run.param(2), {3});
  GraphBuilder one;
  Run single(one.mse(one.batch_norm(one.input({1}))), 1, true, {{2}, {1}, {0}, {1}}, {5});
  check_equal(single.output(), {1});
  check_equal(single.param(3), {0.9});
}

TEST_CASE("ref: layer norm of one sample") {
  GraphBuilder b;
  Run run(b.mse(b.layer_norm(b.input({4}))), 1, false, {{1, 1, 1, 2}, {0, 0, 0, 1}}, {1, 2, 4, 8});
  const double scale = 1 / std::sqrt(7.1875 + 1e-5);
  check_equal(run.output(), {-2.75 * scale, -1.75 * scale, 0.25 * scale, 1 + 8.5 * scale});
}

TEST_CASE("ref: prelu with slopes of all, per channel and per element, and the two derivatives at 0") {
  // Two samples of two channels with two elements; targets 0, so that dy = 2 y / 8.
  const std::vector<double> x{-2, 0, 3, -4, 1, -1, -8, 0}, zeros(8, 0.0);
  const std::vector<double> one{0.5}, channels{0.5, 0.25}, elements{0.5, 1, 0.25, 2};
  const std::vector<double> y[] = {
      {-1, 0, 3, -2, 1, -0.5, -4, 0}, {-1, 0, 3, -1, 1, -0.5, -2, 0}, {-1, 0, 3, -8, 1, -1, -2, 0}};
  const std::vector<double>* slopes[] = {&one, &channels, &elements};
  // Sums of x dy below 0: x y / 4.
  const std::vector<double> expected[] = {
      {(2 + 8 + 0.5 + 32) / 4.0}, {(2 + 0.5) / 4, (4 + 16) / 4.0}, {2 / 4.0, 1 / 4.0, 16 / 4.0, 32 / 4.0}};
  for (const int64_t axis : {0, 1, 2}) {
    INFO("axis " << axis);
    const size_t i = static_cast<size_t>(axis);
    GraphBuilder b;
    Run run(b.mse(b.prelu(b.input({2, 2}), axis)), 2, true, {*slopes[i]}, x, {}, zeros);
    check_equal(run.output(), y[i]);
    const std::vector<double> dx = run.input_gradient();
    check_equal(run.gradient(0), expected[i]);
    for (size_t k = 0; k < x.size(); ++k) {
      const size_t at = axis == 0 ? 0 : axis == 1 ? k / 2 % 2 : k % 4;
      CHECK(dx[k] == y[i][k] / 4 * (x[k] > 0 ? 1 : (*slopes[i])[at]));
    }
  }
  for (const bool flat : {false, true}) {
    GraphBuilder b;
    Run run(b.mse(b.prelu(b.input({2}), 0, flat)), 1, true, {{0.5}}, {0, -1}, {}, {-3, 0});
    check_equal(run.input_gradient(), {flat ? 0 : 1.5, -0.25});
    check_equal(run.gradient(0), {0.5});
  }
}

TEST_CASE("ref: dropout keeps words at or above the rate and scales by 1/(1-rate)") {
  struct Fixed final : RandomSource {
    void words(int, std::span<uint32_t> out) override {
      const uint32_t values[] = {0, 0x3fffffff, 0x40000000, 0xffffffff};
      std::copy_n(values, out.size(), out.begin());
    }
  } fixed;
  GraphBuilder b;
  const Graph g = b.mse(b.dropout(b.input({4}), 0.25));
  auto backend = make_backend("ref", 1);
  auto memory = backend->allocate(g, 0);
  auto plan = backend->compile(g, {.batch = 1, .training = true}, *memory);
  for (float& x : plan->inputs().x) x = 3;
  plan->forward(&fixed);
  check_equal(plan->value(g.output()), {0, 0, 4, 4});
  CHECK_THROWS_WITH(plan->forward(nullptr), Contains("random words"));
  auto evaluation = backend->compile(g, {.batch = 1}, *memory);
  for (float& x : evaluation->inputs().x) x = 3;
  evaluation->forward(nullptr);
  check_equal(evaluation->value(g.output()), {3, 3, 3, 3});
}

TEST_CASE("ref: cross-entropy with smoothing and class weights as torch") {
  const std::vector<double> weights{0.5, 2, 1, 0.25};
  CHECK(cross_entropy(0, {}).plan().loss() == Approx(0.385079090899).epsilon(1e-11));
  CHECK(cross_entropy(0.1, {}).plan().loss() == Approx(0.543412424232).epsilon(1e-11));
  CHECK(cross_entropy(0, weights).plan().loss() == Approx(0.430034261063).epsilon(1e-11));
  Run both = cross_entropy(0.1, weights);
  CHECK(both.plan().loss() == Approx(0.605959378344).epsilon(1e-11));
  check_equal(both.input_gradient(), {0.158580667912, -0.229304498304, 0.0509198376792, 0.0198039927133,
                                      0.00308059775608, -0.0153763503228, 0.00348232555011, 0.00881342701659,
                                      -0.0475097167478, -0.00185062515548, 0.00724028393543, 0.0421200579678});
  const std::span<const double> each = both.plan().sample_loss();
  CHECK(each[0] == Approx(0.5902).margin(5e-5));
  CHECK(each[1] == Approx(0.4212).margin(5e-5));
}

TEST_CASE("ref: cross-entropy of huge logits is finite, labels outside the classes are refused") {
  GraphBuilder b;
  const Graph g = b.softmax_loss(b.input({3}));
  CHECK(Run(g, 1, true, {}, {60, 0, 0}, {1}).plan().loss() == Approx(60));
  CHECK(Run(g, 1, true, {}, {3e38, -3e38, 0}, {0}).plan().loss() == 0);
  CHECK_THROWS_WITH(Run(g, 1, true, {}, {1, 0, 0}, {3}), Contains("label 3"));
  CHECK_THROWS_WITH(Run(g, 1, true, {}, {1, 0, 0}, {-1}), Contains("outside 0..2"));
  GraphBuilder weighted;
  CHECK_THROWS_WITH(Run(weighted.softmax_loss(weighted.input({3}), 0, {1, 2}), 1, true, {}, {1, 0, 0}, {0}),
                    Contains("2 class weights"));
}

TEST_CASE("ref: mse and bce are means over elements and samples") {
  const std::vector<double> x{1, 2, 0, -1, 0.5, -0.5, 1, 3, 2, 0, 0, 1}, t{0, 1, 0.25, 1, 1, 0, 0, 1, 0.5, 1, 1, 0};
  GraphBuilder m, b;
  Run mse(m.mse(m.input({4})), 3, true, {}, x, {}, t);
  CHECK(mse.plan().loss() == Approx((1 + 1 + 0.0625 + 4 + 0.25 + 0.25 + 1 + 4 + 2.25 + 1 + 1 + 1) / 12));
  CHECK(mse.plan().sample_loss()[0] == Approx(6.0625 / 4));
  CHECK(mse.input_gradient()[3] == Approx(2.0 * -2 / 12));
  Run bce(b.bce(b.input({1})), 2, true, {}, {0, 100}, {}, {1, 0});
  CHECK(bce.plan().loss() == Approx((std::log(2) + 100) / 2));
  check_equal(bce.input_gradient(), {-0.25, 0.5});
}
