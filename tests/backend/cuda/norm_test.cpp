// SPDX-License-Identifier: MIT
// Batch norm, relu and max pooling in one step: held to ref, cells beyond the last window, resting statistics and means
// that are far from 0 included.
#include "backend/cuda/simulated.h"
#include "catch.h"

using namespace nn;
using namespace nn::test;

namespace {

Graph network(int64_t kernel_h, int64_t kernel_w, bool at_rest, bool unbiased = true) {
  GraphBuilder b;
  const ValueId x = b.conv(b.input({2, 7, 9}), 5, 3, 1, 1);
  ValueId y = b.map(b.batch_norm(x, 0.1, unbiased), "relu");
  if (kernel_h > 1) y = b.pool(y, Pool{Pool::Kind::max, kernel_h, kernel_w, kernel_h, kernel_w, 0, 0, 0, 0, false});
  Graph graph = b.mse(b.conv(y, 3, 1, 1, 0));
  for (Op& op : graph.ops)
    if (auto* norm = std::get_if<BatchNorm>(&op.what)) norm->at_rest = at_rest;
  return graph;
}

}  // namespace

TEST_CASE("batch norm, relu and pooling are one step, which is ref's three") {
  const auto ref = make_backend("ref", 1), backend = simulated();
  for (const bool at_rest : {false, true})
    for (const auto& [kernel_h, kernel_w] : {std::pair<int64_t, int64_t>{1, 1}, {2, 2}, {3, 2}, {7, 9}}) {
      INFO("pool " << kernel_h << "x" << kernel_w << ", at rest " << at_rest);
      const Example e{"norm", network(kernel_h, kernel_w, at_rest, kernel_h != 3), 6};
      const auto memory = backend->allocate(e.graph, 0);
      const auto plan = backend->compile(e.graph, {.batch = e.batch, .training = true}, *memory);
      REQUIRE(plan->describe().size() == 4);
      CHECK_THAT(plan->describe()[1], Contains("norm"));
      const Seeds seeds = data_seeds(e, 3);
      const auto found = outcome(*backend, e, seeds);
      CHECK(differences(outcome(*ref, e, seeds), found, tolerance) == std::vector<std::string>{});
      const ThreadOrder setting("reverse");
      CHECK(same_bits(found, outcome(*backend, e, seeds)));
    }
}

TEST_CASE("a mean that is far from 0 costs no digits of a variance") {
  GraphBuilder b;
  const Graph graph = b.mse(b.map(b.batch_norm(b.input({1, 20, 20})), "relu"));
  const auto ref = make_backend("ref", 1), backend = simulated();
  std::vector<std::vector<double>> outputs;
  for (Backend* device : {ref.get(), backend.get()}) {
    const auto memory = device->allocate(graph, 0);
    fill_memory(*memory, 2);
    const auto plan = device->compile(graph, {.batch = 32, .training = true}, *memory);
    Random random(3);
    for (float& x : plan->inputs().x) x = static_cast<float>(100 + real(random, -1, 1));
    plan->forward(nullptr);
    outputs.emplace_back(plan->output().begin(), plan->output().end());
  }
  CHECK(error(outputs[0], outputs[1]) < 1e-5);
}
