// SPDX-License-Identifier: MIT
// Toom-Cook convolutions round more than direct ones: by less than ten times, on outputs and all gradients, of every
// instruction set. PlanOptions::exact keeps to the direct ones.
#include <stdlib.h>

#include <cmath>

#include "backend/backend.h"
#include "backend/conv_examples.h"
#include "backend/cpu/kernels/kernels.h"
#include "backend/each_isa.h"
#include "backend/random_graph.h"
#include "catch.h"

using namespace nn;
using namespace nn::test;

namespace {

struct Results {
  std::string kernel;
  std::vector<std::vector<double>> lists;  ///< outputs, dx, dw, db
};

Results results(Backend& backend, const Graph& graph, int64_t batch, bool exact) {
  const auto memory = backend.allocate(graph, 0);
  fill_memory(*memory, 3);
  const auto plan =
      backend.compile(graph, {.batch = batch, .training = true, .input_gradient = true, .exact = exact}, *memory);
  fill_inputs(*plan, graph, 3);
  plan->forward(nullptr);
  plan->backward();
  Results r{plan->describe().front(), {}};
  r.lists.emplace_back(plan->output().begin(), plan->output().end());
  r.lists.push_back(plan->gradient(graph.input()));
  for (size_t i = 0; i < graph.params.size(); ++i) {
    r.lists.emplace_back(static_cast<size_t>(graph.params[i].shape.count()));
    memory->read(Part::gradients, static_cast<ParamId>(i), r.lists.back(), 0);
  }
  return r;
}

/// `name` is in describe()'s line of the convolution.
void compare(const Graph& graph, const std::string& name) {
  const auto expected = results(*make_backend("ref", 1), graph, 64, false).lists;
  for (const cpu::Kernels* k : kernels_to_test()) {
    const IsaSetting setting(k->isa);
    const auto backend = cpu_by(2, {.conv_kernel = "lanes"});
    const Results fast = results(*backend, graph, 64, false), direct = results(*backend, graph, 64, true);
    INFO(k->isa << ": " << fast.kernel << "; " << direct.kernel);
    CHECK(fast.kernel.find(name) != std::string::npos);
    CHECK(direct.kernel.find("direct") != std::string::npos);
    const char* const lists[] = {"outputs", "dx", "dw", "db"};
    for (size_t i = 0; i < expected.size(); ++i) {
      const double of_fast = error(expected[i], fast.lists[i]), of_direct = error(expected[i], direct.lists[i]);
      INFO(lists[i] << ": " << of_fast << ", direct " << of_direct);
      CHECK(of_fast < 10 * of_direct);
      CHECK(of_fast < 3e-6);
    }
  }
}

}  // namespace

TEST_CASE("Toom-Cook on both axes rounds within ten times of direct", "[cpu]") {
  GraphBuilder small, large;
  compare(small.mse(small.conv(small.input({6, 12, 12}), 16, 5, 1, 0)), "F(4x4,5x5)");
  compare(large.mse(large.conv(large.input({16, 19, 17}), 12, 5, 1, 2)), "F(4x4,5x5)");
}

TEST_CASE("Toom-Cook along x rounds within ten times of direct", "[cpu]") {
  GraphBuilder one, three;
  compare(one.mse(one.conv(one.input({1, 28, 28}), 6, 5, 1, 0)), "F(4,5)");
  compare(three.mse(three.conv(three.input({3, 16, 15}), 7, 5, 1, 2)), "F(4,5)");
}
