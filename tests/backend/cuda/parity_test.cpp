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

TEST_CASE("products and convolutions that a library is asked for are ref's, too") {
  const auto ref = make_backend("ref", 1), backend = simulated({.library_from = 0});
  bool gemm = false, conv = false;
  auto list = dense_examples(3);
  for (auto&& more : {known_examples(3), conv_examples(3)}) list.insert(list.end(), more.begin(), more.end());
  for (const Example& e : list) {
    const auto memory = backend->allocate(e.graph, 0);
    bool used = false;
    for (const std::string& line :
         backend->compile(e.graph, {.batch = e.batch, .training = true}, *memory)->describe()) {
      used = used || line.find("cuBLASLt") != std::string::npos || line.find("cuDNN") != std::string::npos;
      gemm = gemm || line.find("cuBLASLt") != std::string::npos;
      conv = conv || line.find("cuDNN") != std::string::npos;
    }
    if (!used) continue;
    INFO(e.name);
    const Seeds seeds = data_seeds(e, 3);
    CHECK(differences(outcome(*ref, e, seeds), outcome(*backend, e, seeds), tolerance) == std::vector<std::string>{});
  }
  CHECK(gemm);
  CHECK(conv);
}

TEST_CASE("bf16 rounds the operands that ref rounds") {
  const auto ref = make_backend("ref", 1), backend = simulated();
  auto list = dense_examples(2);
  for (auto&& more : {known_examples(2), conv_examples(2)}) list.insert(list.end(), more.begin(), more.end());
  for (const Example& e : list) {
    if (e.name.find("norm") != std::string::npos) continue;  // they magnify a rounding that falls to another side
    INFO(e.name);
    const Seeds seeds = data_seeds(e, 2);
    const auto expected = outcome(*ref, e, seeds, {.precision = Precision::bf16}),
               found = outcome(*backend, e, seeds, {.precision = Precision::bf16});
    // The first output: later ones differ where a sum lies between two bf16 numbers.
    const auto output = [](const std::vector<Named>& all) {
      for (const Named& n : all)
        if (n.name == "step 0: output") return n.values;
      return std::vector<double>();
    };
    CHECK(error(output(expected), output(found)) < 2e-3);
  }
}

TEST_CASE("one product in bf16 is ref's but for the order of sums, with pixels as bytes, too") {
  GraphBuilder b;
  const Graph graph = b.mse(b.matmul(b.input({64}), 33));
  std::vector<uint8_t> bytes(20 * 64);
  Random random(5);
  for (uint8_t& v : bytes) v = static_cast<uint8_t>(pick(random, 0, 255));
  std::vector<float> values, floats, targets(20 * 33, 0.5F);
  for (int i = 0; i < 256; ++i) values.push_back(static_cast<float>(i) / 255);
  for (size_t i = 0; i < bytes.size(); ++i) floats.push_back(static_cast<float>(real(random, -1, 1)));
  const Source of_bytes{.x = std::as_bytes(std::span(bytes)), .byte_values = values, .targets = targets};
  const Source of_floats{.x = std::as_bytes(std::span(floats)), .targets = targets};
  for (const Source* source : {&of_bytes, &of_floats}) {
    std::vector<std::vector<double>> outputs, gradients;
    const auto ref = make_backend("ref", 1), backend = simulated();
    for (const auto& [device, precision] :
         {std::pair(ref.get(), Precision::bf16), std::pair(backend.get(), Precision::bf16),
          std::pair(ref.get(), Precision::float32)}) {
      const auto memory = device->allocate(graph, 0);
      fill_memory(*memory, 1);
      const auto plan =
          device->compile(graph, {.batch = 20, .training = true, .precision = precision, .source = source}, *memory);
      const auto in = plan->inputs();
      for (size_t i = 0; i < 20; ++i) in.index[i] = static_cast<int64_t>(i);
      plan->forward(nullptr);
      plan->backward();
      outputs.emplace_back(plan->output().begin(), plan->output().end());
      gradients.emplace_back(static_cast<size_t>(64 * 33));
      memory->read(Part::gradients, 0, gradients.back());
    }
    CHECK(error(outputs[0], outputs[1]) < 1e-6);
    CHECK(error(outputs[0], outputs[2]) > 1e-4);  // float32 is something else
    CHECK(error(gradients[0], gradients[1]) < 1e-4);
  }
}

TEST_CASE("what cuda does not compute is refused by name of op and layer") {
  const auto backend = simulated();
  int refused = 0;
  for (const Example& e : examples(1)) {
    if (computed(e)) continue;
    INFO(e.name);
    const auto memory = backend->allocate(e.graph, 0);
    CHECK_THROWS_WITH(backend->compile(e.graph, {.batch = e.batch, .rows = e.rows()}, *memory),
                      Contains("layer '") && Contains("device cuda"));
    ++refused;
  }
  CHECK(refused > 0);
}
