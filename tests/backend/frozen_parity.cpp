// SPDX-License-Identifier: MIT
// Layers that are not trained: every other gradient is what it would be without freezing, on ref and on cpu with each
// instruction set; running statistics move all the same, frozen values stay.
#include <stdlib.h>

#include "backend/cpu/kernels/kernels.h"
#include "backend/each_isa.h"
#include "backend/random_graph.h"
#include "catch.h"

using namespace nn;
using namespace nn::test;

namespace {

/// Which parameters are frozen, by op that has any (counted from 0 of n) and place among the op's parameters.
struct Choice {
  const char* name;
  bool (*frozen)(size_t op, size_t n, size_t param);
};
const Choice choices[] = {
    {"first layer", [](size_t op, size_t, size_t) { return op == 0; }},
    {"all but the last layer", [](size_t op, size_t n, size_t) { return op + 1 < n; }},
    {"last layer", [](size_t op, size_t n, size_t) { return op + 1 == n; }},
    {"every second layer", [](size_t op, size_t, size_t) { return op % 2 == 1; }},
    {"weights", [](size_t, size_t, size_t param) { return param == 0; }},
    {"biases", [](size_t, size_t, size_t param) { return param == 1; }},
};

Graph frozen(const Graph& graph, const Choice& choice) {
  Graph g = graph;
  size_t n = 0, op_number = 0;
  for (const Op& op : g.ops) n += !op.params.empty();
  for (const Op& op : g.ops) {
    if (op.params.empty()) continue;
    for (size_t i = 0; i < op.params.size(); ++i) {
      Param& p = g.params[static_cast<size_t>(op.params[i])];
      if (choice.frozen(op_number, n, i)) p.trainable = false;
    }
    ++op_number;
  }
  return g;
}

/// Of one training step: gradients of the parameters that `of` trains, and all values after an update.
std::vector<Named> one_step(Backend& backend, const Graph& g, const Example& e, const Seeds& seeds, const Graph& of) {
  auto memory = backend.allocate(g, 1);
  fill_memory(*memory, seeds.weights);
  auto plan = backend.compile(g, {.batch = e.batch, .rows = e.rows(), .training = true}, *memory);
  HashWords words;
  fill_inputs(*plan, g, seeds.data[0]);
  plan->forward(&words);
  plan->backward();
  std::vector<Named> all{{"loss", {plan->loss()}, false}};
  memory->update("sgd_momentum", update_constants);
  for (size_t i = 0; i < g.params.size(); ++i) {
    std::vector<double> v(static_cast<size_t>(g.params[i].shape.count()));
    const auto id = static_cast<ParamId>(i);
    const bool statistic = g.params[i].name.starts_with("running");
    if (of.params[i].trainable) {
      memory->read(Part::gradients, id, v);
      all.push_back({"gradient of " + g.params[i].path(), v, true});
    }
    if (of.params[i].trainable || statistic) {
      memory->read(Part::weights, id, v);
      all.push_back({"value of " + g.params[i].path(), v, false});
    }
  }
  return all;
}

/// Values that are not trained are those that were put in.
bool kept(Backend& backend, const Graph& g, const Example& e, const Seeds& seeds) {
  auto memory = backend.allocate(g, 1), before = backend.allocate(g, 1);
  fill_memory(*memory, seeds.weights);
  fill_memory(*before, seeds.weights);
  auto plan = backend.compile(g, {.batch = e.batch, .rows = e.rows(), .training = true}, *memory);
  HashWords words;
  for (words.step = 0; words.step < 2; ++words.step) {
    fill_inputs(*plan, g, seeds.data[words.step]);
    plan->forward(&words);
    plan->backward();
    memory->update("sgd_momentum", update_constants);
  }
  for (size_t i = 0; i < g.params.size(); ++i) {
    if (g.params[i].trainable || g.params[i].name.starts_with("running")) continue;
    std::vector<double> a(static_cast<size_t>(g.params[i].shape.count())), b(a.size());
    memory->read(Part::weights, static_cast<ParamId>(i), a);
    before->read(Part::weights, static_cast<ParamId>(i), b);
    if (a != b) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("freezing layers changes no other gradient", "[frozen]") {
  const auto ref = make_backend("ref", 1);
  const char* own = getenv("NN_ISA");
  const std::string before = own ? own : "";
  for (const uint64_t seed : {11, 12})
    for (const Example& e : examples(seed)) {
      const Seeds seeds = data_seeds(e, seed);
      for (const Choice& choice : choices) {
        const Graph g = frozen(e.graph, choice);
        const auto expected = one_step(*ref, e.graph, e, seeds, g);
        INFO("seed " << seed << ", " << e.name << ", frozen: " << choice.name);
        for (const std::string& d : differences(expected, one_step(*ref, g, e, seeds, g), 1e-12)) FAIL_CHECK(d);
        CHECK(kept(*ref, g, e, seeds));
        for (const cpu::Kernels* k : kernels_to_test()) {
          INFO(k->isa);
          setenv("NN_ISA", k->isa, 1);
          const auto backend = make_backend("cpu", 2);
          for (const std::string& d : differences(expected, one_step(*backend, g, e, seeds, g), 3e-5)) FAIL_CHECK(d);
          CHECK(kept(*backend, g, e, seeds));
        }
        before.empty() ? unsetenv("NN_ISA") : setenv("NN_ISA", before.c_str(), 1);
      }
    }
}
