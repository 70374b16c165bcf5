// SPDX-License-Identifier: MIT
// What only convolution blocks have: other ways for a first block, whose input has no gradient, and for exact plans;
// the rounding of Winograd's method beside that of direct convolution.
#include <stdlib.h>

#include "backend/block_examples.h"
#include "backend/cpu/kernels/kernels.h"
#include "backend/each_isa.h"
#include "backend/random_graph.h"
#include "catch.h"

using namespace nn;
using namespace nn::test;

namespace {

constexpr double tolerance = 3e-5;  // as in cpu_parity.cpp

/// Blocks, whatever the table of choices says.
std::unique_ptr<Backend> blocks(int threads) { return cpu_by(threads, {.conv_kernel = "block"}); }

/// Losses, gradients and values of two training steps in which nobody asks for the input's gradient, and an evaluation.
std::vector<Named> trained(Backend& backend, const Example& e, const Seeds& seeds, const PlanOptions& options) {
  const Graph& g = e.graph;
  auto memory = backend.allocate(g, 1);
  fill_memory(*memory, seeds.weights);
  PlanOptions o = options;
  o.batch = e.batch;
  o.rows = e.rows();
  o.training = true;
  auto plan = backend.compile(g, o, *memory);
  HashWords words;
  std::vector<Named> all;
  const auto keep = [&](Part part, const char* what) {
    for (size_t i = 0; i < g.params.size(); ++i) {
      if (part == Part::gradients && !g.params[i].trainable) continue;
      std::vector<double> v(static_cast<size_t>(g.params[i].shape.count()));
      memory->read(part, static_cast<ParamId>(i), v);
      all.push_back({what + g.params[i].path(), v, part == Part::gradients});
    }
  };
  for (words.step = 0; words.step < 2; ++words.step) {
    fill_inputs(*plan, g, seeds.data[words.step]);
    plan->forward(&words);
    all.push_back({"sample loss", {plan->sample_loss().begin(), plan->sample_loss().end()}});
    plan->backward();
    keep(Part::gradients, "gradient of ");
    memory->add_penalties();
    memory->update("sgd_momentum", update_constants);
    keep(Part::weights, "value of ");
  }
  o.training = false;
  auto evaluation = backend.compile(g, o, *memory);
  fill_inputs(*evaluation, g, seeds.weights + 9);
  evaluation->forward(nullptr);
  all.push_back({"evaluation", {evaluation->output().begin(), evaluation->output().end()}});
  return all;
}

/// Blocks that begin a network: one to three planes, with and without what may follow.
std::vector<Example> first_blocks(uint64_t seed) {
  Random random(seed + 17);
  std::vector<Example> list;
  for (int i = 0; i < 8; ++i) {
    const BlockParts parts{(i & 1) != 0, (i & 2) != 0, (i & 4) != 0, true};
    GraphBuilder b;
    b.trainable = i != 7;
    ValueId x = add_block(b, b.input({pick(random, 1, 3), pick(random, 6, 19), pick(random, 6, 35)}),
                          pick(random, 16, 40), parts, i != 3);
    b.trainable = true;
    list.push_back(
        {fmt::format("first block {}", i), b.softmax_loss(b.matmul(b.flatten(x), 4)), pick(random, 2, 9), true});
  }
  GraphBuilder b;
  Graph g = b.mse(add_block(b, b.input({2, 9, 8}), 16, {}));
  std::get<BatchNorm>(g.ops[1].what).at_rest = true;
  list.push_back({"first block at rest", g, 5, true});
  return list;
}

bool uses(Backend& backend, const Example& e, const PlanOptions& options, const std::string& kernel) {
  PlanOptions o = options;
  o.batch = e.batch;
  o.rows = e.rows();
  o.training = true;
  auto memory = backend.allocate(e.graph, 1);
  for (const std::string& line : backend.compile(e.graph, o, *memory)->describe())
    if (line.find(kernel) != std::string::npos) return true;
  return false;
}

void hold_to_ref(const std::vector<Example>& examples, uint64_t seed, const PlanOptions& options) {
  const auto ref = make_backend("ref", 1);
  for (const Example& e : examples) {
    const Seeds seeds = data_seeds(e, seed);
    const auto expected = trained(*ref, e, seeds, {});
    on_each_isa([&](const cpu::Kernels& kernels) {
      INFO(kernels.isa << ", " << e.name);
      const auto found = trained(*blocks(2), e, seeds, options);
      for (const std::string& d : differences(expected, found, tolerance)) FAIL_CHECK(d);
      const auto alone = trained(*blocks(1), e, seeds, options);
      for (const std::string& d : differences(found, alone, 0)) FAIL_CHECK(d);
    });
  }
}

}  // namespace

TEST_CASE("a first block learns as ref does", "[block]") {
  const auto backend = blocks(1);
  for (const uint64_t seed : {1, 2, 3}) {
    const auto examples = first_blocks(seed);
    for (const Example& e : examples) {
      INFO(e.name);
      CHECK(uses(*backend, e, {}, "direct, pooled"));
    }
    hold_to_ref(examples, seed, {});
  }
}

TEST_CASE("blocks of an exact plan", "[block]") {
  const auto backend = blocks(1);
  const PlanOptions exact{.exact = true};
  auto examples = block_examples(3);
  for (Example& e : first_blocks(4)) examples.push_back(std::move(e));
  bool winograd = false;
  for (const Example& e : examples) {
    winograd = winograd || uses(*backend, e, {}, "winograd");
    CHECK_FALSE(uses(*backend, e, exact, "winograd"));
    CHECK_FALSE(uses(*backend, e, exact, "pooled"));
  }
  CHECK(winograd);
  hold_to_ref(examples, 3, exact);
}

namespace {

struct Rounding {
  double output, input_gradient, weight_gradient;  ///< rms of the error over rms of the value
};

double rms_error(const std::vector<double>& expected, const std::vector<double>& found) {
  double error = 0, size = 0;
  REQUIRE(expected.size() == found.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    error += (expected[i] - found[i]) * (expected[i] - found[i]);
    size += expected[i] * expected[i];
  }
  return std::sqrt(error / size);
}

struct Passes {
  std::vector<double> output, input_gradient, weight_gradient;
};

/// A convolution alone; its inputs are those behind a relu, not negative.
Passes passes(Backend& backend, const Graph& g, int64_t batch, bool exact) {
  auto memory = backend.allocate(g, 1);
  fill_memory(*memory, 5);
  auto plan = backend.compile(g, {.batch = batch, .training = true, .input_gradient = true, .exact = exact}, *memory);
  fill_inputs(*plan, g, 5);
  for (float& x : plan->inputs().x) x = std::max(0.f, x);
  plan->forward(nullptr);
  plan->backward();
  std::vector<double> dw(static_cast<size_t>(g.params[0].shape.count()));
  memory->read(Part::gradients, 0, dw);
  return {{plan->output().begin(), plan->output().end()}, plan->gradient(g.input()), dw};
}

Rounding rounding(const Passes& expected, const Passes& found) {
  return {rms_error(expected.output, found.output), rms_error(expected.input_gradient, found.input_gradient),
          rms_error(expected.weight_gradient, found.weight_gradient)};
}

}  // namespace

TEST_CASE("Winograd's rounding is within ten times that of direct convolution", "[block]") {
  const auto ref = make_backend("ref", 1);
  for (const int64_t side : {14, 7, 9}) {
    GraphBuilder b;
    const int64_t channels = side == 14 ? 32 : 64;
    const Graph g = b.mse(b.conv(b.input({channels, side, side}), 48, 3, 1, 1, 1, false));
    const Passes expected = passes(*ref, g, 4, false);
    on_each_isa([&](const cpu::Kernels& kernels) {
      const auto cpu = blocks(2);
      const Rounding direct = rounding(expected, passes(*cpu, g, 4, true)),
                     fast = rounding(expected, passes(*cpu, g, 4, false));
      INFO(kernels.isa << ", " << side << ": direct " << direct.output << ' ' << direct.input_gradient << ' '
                       << direct.weight_gradient << ", winograd " << fast.output << ' ' << fast.input_gradient << ' '
                       << fast.weight_gradient);
      CHECK(direct.output < 5e-7);
      CHECK(fast.output > direct.output);  // it is another method
      CHECK(fast.output < std::min(10 * direct.output, 3e-6));
      CHECK(fast.input_gradient < std::min(10 * direct.input_gradient, 4e-6));
      CHECK(fast.weight_gradient < std::min(10 * direct.weight_gradient, 2e-6));
    });
  }
}
