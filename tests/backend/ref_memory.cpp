// SPDX-License-Identifier: MIT
// Layouts, arenas, penalties, clipping; messages of a wrong use; the table of backends.
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "backend/random_graph.h"
#include "base/error.h"
#include "catch.h"

using namespace nn;
using namespace nn::test;

namespace {

Graph two_layers(double l1, double l2) {
  GraphBuilder b;
  b.l1 = l1, b.l2 = l2;
  ValueId x = b.matmul(b.input({3}), 1, false);
  b.l1 = b.l2 = 0;
  return b.mse(b.batch_norm(b.matmul(x, 2)));
}

}  // namespace

TEST_CASE("layout: each parameter starts at 64 bytes, none overlap, buffers lie apart") {
  for (const Example& e : examples(5)) {
    const ArenaLayout layout = layout_of(e.graph);
    int64_t end[2] = {0, 0};
    REQUIRE(layout.offset.size() == e.graph.params.size());
    for (size_t i = 0; i < e.graph.params.size(); ++i) {
      const Param& p = e.graph.params[i];
      CHECK(layout.offset[i] % 16 == 0);
      CHECK(layout.offset[i] >= end[p.trainable]);
      end[p.trainable] = layout.offset[i] + p.shape.count();
    }
    CHECK(layout.trainable >= end[1]);
    CHECK(layout.buffers >= end[0]);
  }
}

TEST_CASE("memory: l1 and l2 add to gradients and give the penalty, once a batch") {
  const Graph g = two_layers(0.1, 0.5);
  auto memory = make_backend("ref", 1)->allocate(g, 0);
  memory->write(Part::weights, 0, std::vector<double>{1, -2, 0});
  memory->write(Part::weights, 1, std::vector<double>{5, 6});
  memory->write(Part::gradients, 0, std::vector<double>{1, 1, 1});
  CHECK(memory->penalty() == Approx(0.1 * 3 + 0.5 * 5));  // changes nothing
  CHECK(memory->add_penalties() == Approx(0.1 * 3 + 0.5 * 5));
  std::vector<double> gradient(3), other(2);
  memory->read(Part::gradients, 0, gradient);
  memory->read(Part::gradients, 1, other);
  CHECK(gradient[0] == Approx(1 + 0.1 + 1));
  CHECK(gradient[1] == Approx(1 - 0.1 - 2));
  CHECK(gradient[2] == 1);
  CHECK(other == std::vector<double>{0, 0});
}

TEST_CASE("memory: norm, scaling and clipping of gradients over all parameters") {
  const Graph g = two_layers(0, 0);
  auto memory = make_backend("ref", 1)->allocate(g, 0);
  memory->write(Part::gradients, 0, std::vector<double>{3, 0, 0});
  memory->write(Part::gradients, 1, std::vector<double>{0, -4});
  CHECK(memory->gradient_norm() == 5);
  memory->scale_gradients(0.5);
  CHECK(memory->gradient_norm() == 2.5);
  memory->clip_gradients(1.75);
  std::vector<double> a(3), b(2);
  memory->read(Part::gradients, 0, a);
  memory->read(Part::gradients, 1, b);
  CHECK(a == std::vector<double>{1.5, 0, 0});
  CHECK(b == std::vector<double>{0, -1.75});
}

TEST_CASE("memory: slots and buffers are read and written by parameter") {
  const Graph g = two_layers(0, 0);
  auto memory = make_backend("ref", 1)->allocate(g, 2);
  memory->write(Part::slot, 1, std::vector<double>{7, 8}, 1);
  std::vector<double> two(2);
  memory->read(Part::slot, 1, two, 1);
  CHECK(two == std::vector<double>{7, 8});
  memory->read(Part::slot, 1, two, 0);
  CHECK(two == std::vector<double>{0, 0});
  REQUIRE(g.params[5].name == "running_mean");
  memory->write(Part::weights, 5, std::vector<double>{1, 2});
  memory->read(Part::buffers, 5, two);
  CHECK(two == std::vector<double>{1, 2});
}

TEST_CASE("memory: wrong sizes, slots and parts are refused with the parameter's name") {
  const Graph g = two_layers(0, 0);
  auto memory = make_backend("ref", 1)->allocate(g, 1);
  std::vector<double> two(2), four(4);
  CHECK_THROWS_WITH(memory->read(Part::weights, 1, four), Contains("op2/weight") && Contains("2x1"));
  CHECK_THROWS_WITH(memory->read(Part::slot, 1, two, 1), Contains("slot 1 of 1"));
  CHECK_THROWS_AS(memory->read(Part::gradients, 5, two), Error);
  CHECK_THROWS_AS(memory->read(Part::buffers, 1, two), Error);
}

TEST_CASE("plan: backward without training or loss, and unknown devices, are refused") {
  GraphBuilder b;
  const Graph g = b.mse(b.matmul(b.input({3}), 2));
  auto backend = make_backend("ref", 1);
  auto memory = backend->allocate(g, 0);
  auto plan = backend->compile(g, {.batch = 2}, *memory);
  plan->forward(nullptr);
  CHECK_THROWS_AS(plan->backward(), Error);
  CHECK_THROWS_AS(plan->gradient(1), Error);
  REQUIRE(plan->describe().size() == 2);
  CHECK_THAT(plan->describe()[0], Contains("matmul") && Contains("3 -> 2"));
  CHECK(plan->bytes() > 0);
  CHECK_THROWS_AS(make_backend("reff", 1), UsageError);
}

TEST_CASE("backends: every one of the table has its own name and refuses another's memory") {
  const Example e = examples(1).front();
  std::string why;
  for (const BackendType* type : backends()) {
    if (type->usable(why) == 0) continue;
    auto backend = type->make({});
    CHECK(backend->name() == type->name);
    for (const BackendType* other : backends()) {
      if (other == type || other->usable(why) == 0) continue;
      auto owner = other->make({});
      auto foreign = owner->allocate(e.graph, 0);
      CHECK_THROWS(backend->compile(e.graph, {.batch = 1}, *foreign));
    }
  }
}

TEST_CASE("memory: gradients that an update has used up are not read by mistake") {
  const Graph graph = two_layers(0, 0);
  const double adam[] = {0.01, 1, 0.1, 0.999, 0.001, 0.001, 1, 1e-8};
  for (const char* device : {"ref", "cpu"}) {
    INFO(device);
    const auto backend = make_backend(device, 1);
    const auto memory = backend->allocate(graph, 2);
    const auto plan = backend->compile(graph, {.batch = 4, .training = true}, *memory);
    std::vector<double> gradient(3);
    plan->forward(nullptr);
    plan->backward();
    CHECK_NOTHROW(memory->read(Part::gradients, 0, gradient));
    plan->forward(nullptr);
    plan->backward_and_update({"adam", adam});
    CHECK_THROWS_AS(memory->read(Part::gradients, 0, gradient), std::logic_error);
    CHECK_THROWS_AS(memory->gradient_norm(), std::logic_error);
    plan->forward(nullptr);
    plan->backward();
    CHECK_NOTHROW(memory->gradient_norm());
  }
}

TEST_CASE("weights and batches beyond the budget are refused before they are made, and the layer is named") {
  for (const char* device : {"ref", "cpu"}) {
    INFO(device);
    const auto backend = make_backend(device, 1, Budget(uint64_t{4} << 30));
    const Graph small = two_layers(0, 0);
    const auto memory = backend->allocate(small, 0);
    for (const bool training : {false, true})
      for (const int64_t batch : {int64_t{1} << 40, int64_t{4611686018427387904}, std::numeric_limits<int64_t>::max()})
        CHECK_THROWS_WITH(backend->compile(small, {.batch = batch, .training = training}, *memory),
                          Contains("samples a batch") && Contains("--max-memory"));
    GraphBuilder b;
    const Graph wide = b.mse(b.matmul(b.input({300}), 2000000000));
    CHECK_THROWS_WITH(backend->allocate(wide, 2),
                      Contains("weight") && Contains("2000000000x300") && Contains("2 optimizer slots"));
    // Few weights, but a batch of values that is too large: a value inside the network.
    GraphBuilder values;
    const Graph deep = values.mse(values.matmul(values.matmul(values.input({1}), 1000000), 1));
    const auto held = backend->allocate(deep, 0);
    CHECK_THROWS_WITH(backend->compile(deep, {.batch = 100000}, *held), Contains("1000000 for each of 100000 samples"));
    CHECK_NOTHROW(backend->compile(deep, {.batch = 1}, *held));
  }
}

TEST_CASE("what the steps of a plan keep for themselves is asked of the budget, and the layer is named") {
  GraphBuilder b;
  const Graph graph = b.mse(b.conv(b.input({64, 4, 4}), 64, 3, 1, 1));
  const PlanOptions options{
      .batch = 256, .training = true, .tiles = 256};  // a gradient of the weights in every tile: 147 KB each
  const auto roomy = make_backend("cpu", 1);
  const auto memory = roomy->allocate(graph, 0);
  CHECK(roomy->compile(graph, options, *memory)->bytes() > size_t{30} << 20);
  std::ifstream in("/proc/self/statm");
  uint64_t total = 0, resident = 0;
  if (!(in >> total >> resident)) return;
  const auto tight =
      make_backend("cpu", 1, Budget(resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) + (uint64_t{16} << 20)));
  const auto held = tight->allocate(graph, 0);
  CHECK_THROWS_WITH(tight->compile(graph, options, *held), Contains("layer op1 needs") && Contains("--max-memory"));
}

TEST_CASE("memory: a whole arena is read and written where it lies, and plans see it") {
  GraphBuilder b;
  const Graph graph = b.mse(b.matmul(b.input({2}), 1));
  const ArenaLayout layout = layout_of(graph);
  for (const char* device : {"ref", "cpu"}) {
    INFO(device);
    const auto backend = make_backend(device, 1);
    const auto memory = backend->allocate(graph, 1);
    const auto set = [&](ArenaId arena, size_t place, double value) {
      const std::span<std::byte> raw = memory->raw(arena);
      REQUIRE(raw.size() == static_cast<size_t>(layout.trainable) * (memory->in_double() ? 8 : 4));
      if (memory->in_double())
        reinterpret_cast<double*>(raw.data())[place] = value;
      else
        reinterpret_cast<float*>(raw.data())[place] = static_cast<float>(value);
    };
    const auto plan = backend->compile(graph, {.batch = 1, .training = true}, *memory);
    plan->inputs().x[0] = 1, plan->inputs().x[1] = 10;
    plan->forward(nullptr);
    CHECK(plan->output()[0] == 0);
    set({Part::weights}, static_cast<size_t>(layout.offset[0]), 3);
    set({Part::weights}, static_cast<size_t>(layout.offset[0]) + 1, 0.5);
    plan->forward(nullptr);
    CHECK(plan->output()[0] == 8);
    set({Part::slot, 0}, static_cast<size_t>(layout.offset[0]) + 1, 7);
    std::vector<double> two(2);
    memory->read(Part::slot, 0, two, 0);
    CHECK(two == std::vector<double>{0, 7});
    plan->backward_and_update({"sgd", std::vector<double>{0, 1, 0.1}});
    CHECK_THROWS_AS(memory->raw({Part::gradients}), std::logic_error);
  }
}
