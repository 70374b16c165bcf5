// SPDX-License-Identifier: MIT
// The gradients of every op against central differences of the loss, in double.
#include <algorithm>
#include <cmath>
#include <set>

#include "backend/random_graph.h"
#include "catch.h"

using namespace nn;
using namespace nn::test;

namespace {

struct Slopes {
  double left, right, central;
};

template <class Loss>
Slopes slopes(Loss&& loss, double step) {
  const double below = loss(-step), here = loss(0), above = loss(step);
  return {(here - below) / step, (above - here) / step, (above - below) / (2 * step)};
}

/// Compares picked elements of one gradient; a step across a kink (relu, max) shows as unequal one-sided slopes.
class Checker {
 public:
  explicit Checker(double size) : size_(size) {}
  void element(const std::string& name, double gradient, const Slopes& s, double tolerance) {
    ++checked_;
    if (std::fabs(s.left - s.right) > 0.02 * size_) {
      ++kinks_;
      return;
    }
    INFO(name << ": gradient " << gradient << ", difference " << s.central);
    CHECK(std::fabs(gradient - s.central) <= tolerance * size_);
  }
  void finish() const { CHECK(kinks_ * 5 <= checked_); }

 private:
  double size_;
  int checked_ = 0, kinks_ = 0;
};

double largest(const std::vector<double>& v) {
  double size = 1e-3;
  for (double x : v) size = std::max(size, std::fabs(x));
  return size;
}

void check_gradients(const Example& e, uint64_t seed) {
  auto backend = make_backend("ref", 1);
  auto memory = backend->allocate(e.graph, 0);
  fill_memory(*memory, seed);
  auto plan = backend->compile(e.graph, {.batch = e.batch, .rows = e.rows(), .training = true, .input_gradient = true},
                               *memory);
  fill_inputs(*plan, e.graph, seed);
  HashWords words;
  plan->forward(&words);
  plan->backward();
  Random random(seed);
  const bool of_ids = e.graph.value(e.graph.input()).type == ElementType::int32;
  const std::vector<double> dx = of_ids ? std::vector<double>() : plan->gradient(e.graph.input());
  std::vector<std::vector<double>> dw;
  for (size_t i = 0; i < e.graph.params.size(); ++i) {
    dw.emplace_back(static_cast<size_t>(e.graph.params[i].shape.count()));
    if (e.graph.params[i].trainable) memory->read(Part::gradients, static_cast<ParamId>(i), dw.back());
  }
  const int picks = 8;
  Checker inputs(largest(dx));
  for (int k = 0; k < picks && !of_ids; ++k) {
    const size_t at = static_cast<size_t>(random() % dx.size());
    float& x = plan->inputs().x[at];
    const float before = x;
    const auto loss = [&](double step) {
      x = static_cast<float>(static_cast<double>(before) + step);
      plan->forward(&words);
      return plan->loss();
    };
    // A power of two, so that the moved input is exact in float.
    inputs.element(e.name + " input", dx[at], slopes(loss, 0x1p-14), 2e-5);
    x = before;
  }
  inputs.finish();
  for (size_t i = 0; i < dw.size(); ++i) {
    if (!e.graph.params[i].trainable) continue;
    std::vector<double> w(dw[i].size());
    memory->read(Part::weights, static_cast<ParamId>(i), w);
    Checker weights(largest(dw[i]));
    for (int k = 0; k < picks; ++k) {
      const size_t at = static_cast<size_t>(random() % w.size());
      const double before = w[at];
      const auto loss = [&](double step) {
        w[at] = before + step;
        memory->write(Part::weights, static_cast<ParamId>(i), w);
        plan->forward(&words);
        return plan->loss();
      };
      weights.element(e.name + " " + e.graph.params[i].path(), dw[i][at], slopes(loss, 1e-5), 1e-6);
      w[at] = before;
      memory->write(Part::weights, static_cast<ParamId>(i), w);
    }
    weights.finish();
  }
}

}  // namespace

TEST_CASE("ref: the gradients of every op equal finite differences") {
  for (const uint64_t seed : {1u, 2u, 3u})
    for (const Example& e : examples(seed))
      if (!e.large) check_gradients(e, seed);
}

TEST_CASE("every op of the table and every function has an example that is small enough for finite differences") {
  std::set<std::string> ops, functions;
  for (const Example& e : examples(1))
    if (!e.large)
      for (const Op& op : e.graph.ops) {
        ops.insert(name_of(op));
        if (const Map* map = std::get_if<Map>(&op.what)) functions.insert(map->function);
      }
  for (const OpTraits& row : all_op_traits) {
    INFO(row.name);
    CHECK(ops.count(row.name) == 1);
  }
  for (const std::string& name : formula::map_names()) {
    INFO(name);
    CHECK(functions.count(name) == 1);
  }
}

TEST_CASE("ref: the same run twice gives the same numbers") {
  auto one = make_backend("ref", 1), two = make_backend("ref", 2);
  for (const Example& e : examples(4)) {
    INFO(e.name);
    const Seeds seeds = data_seeds(e, 1);
    CHECK(differences(outcome(*one, e, seeds), outcome(*two, e, seeds), 0).empty());
  }
}
