// SPDX-License-Identifier: MIT
// What is done to whole arenas on the device, held to ref; messages of a wrong use; the memory of the device.
#include <stdlib.h>

#include <cmath>
#include <limits>

#include "backend/cuda/simulated.h"
#include "backend/formula/updates.h"
#include "base/error.h"
#include "catch.h"

using namespace nn;
using namespace nn::test;

namespace {

Graph network(double l1 = 0, double l2 = 0) {
  GraphBuilder b;
  b.l1 = l1, b.l2 = l2;
  const ValueId x = b.matmul(b.input({37}), 61);
  b.l1 = b.l2 = 0;
  return b.mse(b.matmul(b.batch_norm(x), 3));
}

/// Numbers that float holds exactly into one part of both.
void fill(Memory& one, Memory& other, Part part, int slot, uint64_t seed, double least = -2) {
  Random random(seed);
  const Graph& g = one.graph();
  for (size_t p = 0; p < g.params.size(); ++p) {
    if (!g.params[p].trainable) continue;
    std::vector<double> v(static_cast<size_t>(g.params[p].shape.count()));
    for (double& x : v) x = real(random, least, 2);
    one.write(part, static_cast<ParamId>(p), v, slot);
    other.write(part, static_cast<ParamId>(p), v, slot);
  }
}

void check_near(const Memory& found, const Memory& expected, Part part, int slot = 0) {
  const Graph& g = found.graph();
  for (size_t p = 0; p < g.params.size(); ++p) {
    if (!g.params[p].trainable) continue;
    std::vector<double> a(static_cast<size_t>(g.params[p].shape.count())), b = a;
    found.read(part, static_cast<ParamId>(p), a, slot);
    expected.read(part, static_cast<ParamId>(p), b, slot);
    for (size_t i = 0; i < a.size(); ++i)
      if (std::fabs(a[i] - b[i]) > 2e-6 * std::max(1.0, std::fabs(b[i])))
        FAIL_CHECK(g.params[p].path() << "[" << i << "]: " << b[i] << " expected, " << a[i] << " found");
  }
}

class Limited {
 public:
  explicit Limited(const char* bytes) { setenv("SIM_MEMORY", bytes, 1); }
  ~Limited() { unsetenv("SIM_MEMORY"); }
};

}  // namespace

TEST_CASE("cuda memory: norms, penalties, blends, swaps, scaling and clipping are ref's") {
  const Graph g = network(0.01, 0.02);
  const auto backend = simulated(), ref = make_backend("ref", 1);
  const auto memory = backend->allocate(g, 2), expected = ref->allocate(g, 2);
  fill(*memory, *expected, Part::weights, 0, 1);
  fill(*memory, *expected, Part::gradients, 0, 2);
  fill(*memory, *expected, Part::slot, 1, 3);
  CHECK(memory->gradient_norm() == Approx(expected->gradient_norm()));
  CHECK(memory->norm({Part::slot, 1}) == Approx(expected->norm({Part::slot, 1})));
  CHECK(memory->penalty() == Approx(expected->penalty()));
  CHECK(memory->add_penalties() == Approx(expected->add_penalties()));
  check_near(*memory, *expected, Part::gradients);
  for (Memory* m : {memory.get(), expected.get()}) {
    m->blend({Part::slot, 0}, 0, {Part::weights}, 0.75);
    m->blend({Part::slot, 0}, -0.5, {Part::gradients}, 2);
    m->swap({Part::weights}, {Part::slot, 0});
    m->scale_gradients(1.5);
    m->clip_gradients(1.25);
  }
  check_near(*memory, *expected, Part::weights);
  check_near(*memory, *expected, Part::slot, 0);
  check_near(*memory, *expected, Part::gradients);
  CHECK(memory->bytes() == 4 * static_cast<size_t>(4 * layout_of(g).trainable + layout_of(g).buffers));
}

TEST_CASE("cuda memory: one number that is not finite is found, wherever it stands") {
  const Graph g = network();
  const auto backend = simulated();
  const auto memory = backend->allocate(g, 0);
  CHECK(memory->all_finite({Part::weights}));
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
    for (const size_t place : {size_t{0}, size_t{37 * 61 - 1}, size_t{1000}}) {
      std::vector<double> w(37 * 61);
      w[place] = bad;
      memory->write(Part::weights, 0, w);
      CHECK_FALSE(memory->all_finite({Part::weights}));
      CHECK_FALSE(std::isfinite(memory->norm({Part::weights})));
    }
}

TEST_CASE("cuda memory: every update formula is ref's, and leaves the padding alone") {
  const Graph g = network();
  const auto backend = simulated(), ref = make_backend("ref", 1);
  for (const std::string& formula : formula::update_names()) {
    INFO(formula);
    const formula::UpdateNeeds needs = formula::update_needs(formula);
    const auto memory = backend->allocate(g, needs.slots), expected = ref->allocate(g, needs.slots);
    fill(*memory, *expected, Part::weights, 0, 1);
    for (int slot = 0; slot < needs.slots; ++slot) fill(*memory, *expected, Part::slot, slot, 2, 1.5);
    std::vector<double> constants{0.25, 0.5, 0.125, 0.75, 0.5, 0.25, 0.5, 0.25, 0.5};
    constants.resize(static_cast<size_t>(needs.constants));
    for (const uint64_t step : {3, 4}) {
      fill(*memory, *expected, Part::gradients, 0, step);
      memory->update(formula, constants);
      expected->update(formula, constants);
    }
    check_near(*memory, *expected, Part::weights);
    for (int slot = 0; slot < needs.slots; ++slot) check_near(*memory, *expected, Part::slot, slot);
    // What lies between parameters is not theirs: the norm of an arena is that of its parameters.
    for (int slot = 0; slot < needs.slots; ++slot)
      CHECK(memory->norm({Part::slot, slot}) == Approx(expected->norm({Part::slot, slot})));
  }
  const auto memory = backend->allocate(g, 1);
  CHECK_THROWS_WITH(memory->update("adam", std::vector<double>(8)), Contains("1 slots and 8 constants given, 2 and 8"));
  CHECK_THROWS_AS(memory->update("adamm", std::vector<double>(8)), UsageError);
}

TEST_CASE("cuda memory: wrong sizes, slots and parts are refused, and used gradients are not read by mistake") {
  const Graph g = network();
  const auto backend = simulated();
  const auto memory = backend->allocate(g, 1);
  std::vector<double> three(3), four(4), many(61);
  CHECK_THROWS_WITH(memory->read(Part::weights, 0, four), Contains("op1/weight") && Contains("61x37"));
  REQUIRE(g.params[4].name == "running_mean");
  CHECK_THROWS_AS(memory->read(Part::gradients, 4, many), Error);
  CHECK_THROWS_AS(memory->read(Part::buffers, 1, many), Error);
  CHECK_THROWS_WITH(memory->read(Part::slot, 1, many, 1), Contains("slot 1 of 1"));
  const auto plan = backend->compile(g, {.batch = 4, .training = true}, *memory);
  plan->forward(nullptr);
  plan->backward_and_update({"sgd", std::vector<double>{0, 1, 0.1}});
  CHECK_THROWS_AS(memory->gradient_norm(), std::logic_error);
  plan->forward(nullptr);
  plan->backward();
  CHECK_NOTHROW(memory->gradient_norm());
  const auto cpu = make_backend("cpu", 1);
  CHECK_THROWS_AS(backend->compile(g, {.batch = 4}, *cpu->allocate(g, 0)), std::logic_error);
}

TEST_CASE("cuda: what does not fit into the device's memory is refused with what is wanted and free") {
  const Limited limit("1000000");
  const Graph g = network();
  const auto backend = simulated();
  const auto memory = backend->allocate(g, 2);
  CHECK_THROWS_WITH(backend->compile(g, {.batch = 1000, .training = true}, *memory),
                    Contains("out of memory") && Contains("wanted") && Contains("free") && Contains("--batch"));
  CHECK_NOTHROW(backend->compile(g, {.batch = 10, .training = true}, *memory));
  // Samples that are too many for it stay with the host.
  std::vector<float> x(37 * 20000);
  std::vector<float> targets(3 * 20000);
  const Source source{.x = std::as_bytes(std::span(x)), .targets = targets};
  const auto plan = backend->compile(g, {.batch = 4, .training = true, .source = &source}, *memory);
  CHECK(plan->steps_at_once() == 1);
  plan->inputs().index[0] = 19999;
  plan->forward(nullptr);
  CHECK(std::isfinite(plan->loss()));
}
