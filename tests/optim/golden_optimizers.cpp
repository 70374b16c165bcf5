// SPDX-License-Identifier: MIT
// Optimizers against the weights that torch and Keras had after each step: tests/golden/optim/*.json, recorded by
// make.py there. The ref backend, in double, against their float64; the cpu backend against their float32.
#include <algorithm>
#include <cmath>

#include "backend/backend.h"
#include "base/text/json.h"
#include "catch.h"
#include "json_file.h"
#include "optim/optimizer.h"
#include "optimizer_text.h"
#include "paths.h"

using namespace nn;
using nn_test::json_file;
using nn_test::numbers;

namespace {

Json golden(const std::string& file) { return json_file(nn_test::source_folder() + "/tests/golden/optim/" + file); }

/// The frameworks' class and arguments as our option text.
nn_test::OptimizerText setting_of(const Json& entry) {
  return nn_test::optimizer_text(entry.at("optimizer").string(), entry.at("args"));
}

/// A weight matrix of one row in a backend's memory.
class Weights {
 public:
  Weights(const char* device, Optimizer& optimizer, const std::vector<double>& start)
      : optimizer_(optimizer), backend_(make_backend(device, 1)), n_(start.size()) {
    const auto n = static_cast<int64_t>(n_);
    Param p;
    p.layer = "it";
    p.name = "weight";
    p.shape = {1, n};
    graph_.values = {{Shape{n}}, {Shape{1}}};
    graph_.params = {p};
    graph_.inputs = {{"input", 0}};
    graph_.ops = {{MatMul{n, 1}, {0}, 1, {0}, "it"}};
    graph_.outputs = {1};
    const auto slots = static_cast<int>(optimizer_.slots().size());
    memory_ = backend_->allocate(graph_, slots);
    optimizer_.in_float(!memory_->in_double());
    memory_->write(Part::weights, 0, start);
    for (int slot = 0; slot < slots; ++slot)
      memory_->write(Part::slot, 0, std::vector<double>(n_, optimizer_.initial(static_cast<size_t>(slot))), slot);
  }
  std::vector<double> step(const std::vector<double>& gradients, double rate) {
    std::vector<double> g, w(n_);
    for (const double x : gradients) g.push_back(static_cast<float>(x));
    memory_->write(Part::gradients, 0, g);
    memory_->update(optimizer_.formula(), optimizer_.constants(++steps_, rate));
    memory_->read(Part::weights, 0, w);
    return w;
  }

 private:
  Optimizer& optimizer_;
  std::unique_ptr<Backend> backend_;
  size_t n_;
  Graph graph_;
  std::unique_ptr<Memory> memory_;
  int64_t steps_ = 0;
};

/// Largest difference of all weights and steps, relative to the largest value that the weight has had.
double largest_difference(const Json& file, const Json& entry, const char* device, const char* precision,
                          const FrameworkRules& like) {
  const nn_test::OptimizerText s = setting_of(entry);
  const auto optimizer = make_optimizer(s.text, like);
  Weights weights(device, *optimizer, numbers(file.at("start")));
  const auto& gradients = file.at("gradients").items();
  const auto& expected = entry.at(precision).items();
  REQUIRE(expected.size() == gradients.size());
  double largest = 0;
  std::vector<double> scale = numbers(file.at("start"));
  for (size_t t = 0; t < expected.size(); ++t) {
    const double fixed = s.rate > 0 ? s.rate : optimizer->default_rate();
    const auto w = weights.step(numbers(gradients[t]), entry.find("lr") ? entry.at("lr").items()[t].number() : fixed);
    const auto truth = numbers(expected[t]);
    REQUIRE(w.size() == truth.size());
    for (size_t i = 0; i < w.size(); ++i) {
      scale[i] = std::max(std::fabs(scale[i]), std::fabs(truth[i]));
      largest = std::max(largest, std::fabs(w[i] - truth[i]) / scale[i]);
    }
  }
  return largest;
}

/// double: torch's update is the same formula, and Keras' too once its float32 constants are. Rounding alone: 4e-15
/// seen. float: sums in another order, 6e-7 seen. What Keras computes in float32 of each step (alpha of adam, 1 -
/// beta2^t of nadam, off by 1e-5 while beta2^t is near 1) is so in ours, or adam would be 2e-6 and nadam 5e-6 away.
void check_file(const std::string& name, const char* like, size_t settings) {
  const Json file = golden(name);
  REQUIRE(file.at("optimizers").items().size() == settings);
  for (const Json& entry : file.at("optimizers").items()) {
    const std::string text = setting_of(entry).text;
    INFO(name << ": " << text << (entry.find("lr") ? ", rates by step" : ""));
    CHECK(largest_difference(file, entry, "ref", "float64", like_named(like)) < 1e-14);
    CHECK(largest_difference(file, entry, "cpu", "float32", like_named(like)) < 1e-6);
  }
}

}  // namespace

TEST_CASE("every optimizer steps as torch's", "[optim]") { check_file("torch.json", "pytorch", 27); }

TEST_CASE("every optimizer steps as Keras'", "[optim]") { check_file("keras.json", "keras", 25); }
