// SPDX-License-Identifier: MIT
// The cuda backend, simulated, against ref on every op and several networks; the same bits in whatever order threads
// and blocks run.
#include "backend/cuda/simulated.h"
#include "catch.h"

using namespace nn;
using namespace nn::test;

TEST_CASE("cuda computes what ref computes") {
  const auto ref = make_backend("ref", 1), backend = simulated();
  for (const uint64_t seed : {1, 2})
    for (const Example& e : all_examples(seed)) {
      const Seeds seeds = data_seeds(e, seed);
      const auto expected = outcome(*ref, e, seeds);
      for (const bool fuse : {true, false}) {
        if (!fuse && seed > 1) continue;
        INFO("seed " << seed << ", fuse " << fuse << ", " << e.name);
        CHECK(differences(expected, outcome(*backend, e, seeds, {.fuse = fuse}), tolerance) ==
              std::vector<std::string>{});
      }
    }
}

TEST_CASE("no bit depends on the order in which threads and blocks run") {
  const auto backend = simulated();
  for (const Example& e : known_examples(4)) {
    INFO(e.name);
    const Seeds seeds{4, {4, 5, 6}};
    std::vector<Named> expected;
    for (const char* order : {"forward", "reverse", "7"}) {
      const ThreadOrder setting(order);
      const auto found = outcome(*backend, e, seeds);
      if (expected.empty()) expected = found;
      INFO("order " << order);
      CHECK(same_bits(expected, found));
    }
  }
}

TEST_CASE("backward_and_update leaves the weights that backward and update leave, bit for bit") {
  const double adam[] = {0.01, 1, 0.1, 0.999, 0.001, 0.001, 1, 1e-8};
  const auto backend = simulated();
  for (const Example& e : known_examples(7)) {
    std::vector<std::vector<double>> results;
    for (const bool at_once : {false, true}) {
      const auto memory = backend->allocate(e.graph, 2);
      fill_memory(*memory, 7);
      const auto plan = backend->compile(e.graph, {.batch = e.batch, .training = true}, *memory);
      HashWords words;
      for (words.step = 0; words.step < 3; ++words.step) {
        fill_inputs(*plan, e.graph, 7 + words.step);
        plan->forward(&words);
        if (at_once) {
          plan->backward_and_update({"adam", adam});
        } else {
          plan->backward();
          memory->update("adam", adam);
        }
      }
      results.push_back(all_weights(*memory));
    }
    INFO(e.name);
    CHECK(results[0] == results[1]);
  }
}

TEST_CASE("a gradient that leads nowhere is zero, and one that several ops make is their sum") {
  GraphBuilder b;
  const ValueId x = b.input({4}), h = b.matmul(x, 5);
  b.matmul(h, 3);  // nothing reads it
  const Graph graph = b.mse(b.matmul(b.add_values(h, b.map(h, "tanh")), 2));
  const Example e{"a dead end", graph, 3};
  const Seeds seeds{1, {1, 2, 3}};
  const auto ref = make_backend("ref", 1), backend = simulated();
  CHECK(differences(outcome(*ref, e, seeds), outcome(*backend, e, seeds), tolerance) == std::vector<std::string>{});
}
