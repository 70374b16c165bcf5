// SPDX-License-Identifier: MIT
// Perceptrons whose training step is three kernels: held to ref and to the plan of single ops; which networks are
// taken.
#include "backend/cuda/simulated.h"
#include "catch.h"

using namespace nn;
using namespace nn::test;

namespace {

struct Net {
  const char* name;
  int64_t in;
  std::vector<int64_t> layers;
  double dropout;
  bool bias;
  double smoothing;
  int64_t batch;
};

const std::vector<Net> nets{
    {"two layers", 12, {9, 3}, 0, true, 0, 5},
    {"three layers, dropout, smoothing", 28, {40, 17, 10}, 0.3, true, 0.1, 33},
    {"four layers, no bias, an odd number of inputs", 13, {6, 35, 8, 5}, 0, false, 0, 16},
    {"more inputs than a chunk, more samples than a chunk", 1030, {5, 4, 3}, 0.5, true, 0, 130},
};

Graph graph_of(const Net& net) {
  GraphBuilder b;
  ValueId x = b.flatten(b.input({1, 1, net.in}));
  for (size_t i = 0; i < net.layers.size(); ++i) {
    x = b.matmul(x, net.layers[i], net.bias);
    if (i + 1 == net.layers.size()) break;
    x = b.map(x, "relu");
    if (net.dropout > 0) x = b.dropout(x, net.dropout);
  }
  return b.softmax_loss(x, net.smoothing);
}

/// Bytes that mean themselves times 1/256, or floats.
struct Samples {
  std::vector<uint8_t> bytes;
  std::vector<float> floats, values;
  std::vector<int32_t> labels;
  Samples(const Net& net, uint64_t seed) {
    Random random(seed);
    for (int64_t i = 0; i < 200 * net.in; ++i) {
      bytes.push_back(static_cast<uint8_t>(pick(random, 0, 255)));
      floats.push_back(static_cast<float>(real(random, -1, 1)));
    }
    for (int i = 0; i < 256; ++i) values.push_back(static_cast<float>(i) / 256);
    for (int i = 0; i < 200; ++i) labels.push_back(static_cast<int32_t>(pick(random, 0, net.layers.back() - 1)));
  }
  Source source(bool of_bytes) const {
    if (of_bytes) return {.x = std::as_bytes(std::span(bytes)), .byte_values = values, .labels = labels};
    return {.x = std::as_bytes(std::span(floats)), .labels = labels};
  }
};

const double adam[] = {0.01, 1, 0.1, 0.999, 0.001, 0.002, 1, 1e-8};

struct Found {
  std::vector<double> losses, weights;
  std::vector<std::vector<double>> gradients;  ///< of the first step
  std::string kernel;
};

enum class Update { apart, at_once, many };

Found train(Backend& backend, const Net& net, const Source& source, Update update, bool fuse = true) {
  const Graph graph = graph_of(net);
  const auto memory = backend.allocate(graph, 2);
  fill_memory(*memory, 5);
  const auto plan = backend.compile(
      graph, {.batch = net.batch, .training = true, .fuse = fuse, .source = &source, .hits = HitRule::first_maximum},
      *memory);
  Found found;
  found.kernel = plan->describe()[0];
  Random random(6);
  constexpr size_t steps = 3;
  std::vector<int64_t> rows(static_cast<size_t>(net.batch) * steps);
  for (int64_t& row : rows) row = pick(random, 0, 199);
  const size_t dropouts = net.dropout > 0 ? net.layers.size() - 1 : 0;
  std::vector<MaskStream> masks(dropouts * steps);
  for (size_t i = 0; i < masks.size(); ++i) masks[i].numbers.key = {static_cast<uint32_t>(i), 11};
  if (update == Update::many) {
    std::vector<double> constants;
    for (size_t i = 0; i < steps; ++i) constants.insert(constants.end(), std::begin(adam), std::end(adam));
    std::vector<StepOutcome> outcomes(steps);
    plan->run({rows, "adam", constants, masks}, outcomes);
    for (const StepOutcome& o : outcomes) found.losses.push_back(o.loss);
  }
  for (size_t i = 0; update != Update::many && i < steps; ++i) {
    const Plan::Inputs in = plan->inputs();
    std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(i) * net.batch, net.batch, in.index.begin());
    DescribedWords words(graph, std::span(masks).subspan(i * dropouts, dropouts));
    plan->forward(&words);
    found.losses.push_back(plan->loss());
    if (update == Update::at_once) {
      plan->backward_and_update({"adam", adam});
      continue;
    }
    plan->backward();
    for (size_t p = 0; i == 0 && p < graph.params.size(); ++p) {
      found.gradients.emplace_back(static_cast<size_t>(graph.params[p].shape.count()));
      memory->read(Part::gradients, static_cast<ParamId>(p), found.gradients.back());
    }
    memory->update("adam", adam);
  }
  found.weights = all_weights(*memory);
  return found;
}

}  // namespace

TEST_CASE("a perceptron in three kernels trains as ref does, and the same however it is updated") {
  const auto ref = make_backend("ref", 1), backend = simulated({.steps_at_once = 8});
  for (const Net& net : nets)
    for (const bool bytes : {true, false}) {
      INFO(net.name << ", bytes " << bytes);
      const Samples samples(net, 3);
      const Source source = samples.source(bytes);
      const Found expected = train(*ref, net, source, Update::apart),
                  found = train(*backend, net, source, Update::apart);
      CHECK_THAT(found.kernel, Contains("mlp"));
      REQUIRE(found.gradients.size() == expected.gradients.size());
      for (size_t p = 0; p < found.gradients.size(); ++p)
        CHECK(error(expected.gradients[p], found.gradients[p]) < 1e-5);
      for (size_t i = 0; i < found.losses.size(); ++i)
        CHECK(found.losses[i] == Approx(expected.losses[i]).epsilon(1e-5));
      CHECK(error(expected.weights, found.weights) < 1e-4);  // adam magnifies a gradient near 0
      for (const Update update : {Update::at_once, Update::many}) {
        const Found other = train(*backend, net, source, update);
        CHECK(other.weights == found.weights);
        CHECK(other.losses == found.losses);
      }
      for (const char* order : {"reverse", "5"}) {
        const ThreadOrder setting(order);
        CHECK(train(*backend, net, source, Update::at_once).weights == found.weights);
      }
      const Found plain = train(*backend, net, source, Update::apart, false);
      CHECK_THAT(plain.kernel, !Contains("mlp"));
      CHECK(error(plain.weights, found.weights) < 1e-4);
    }
}

TEST_CASE("networks that are no such perceptron have steps of their own") {
  const auto backend = simulated();
  const auto first_step = [&](const Graph& graph, PlanOptions options) {
    const auto memory = backend->allocate(graph, 0);
    return backend->compile(graph, options, *memory)->describe()[0];
  };
  const PlanOptions training{.batch = 4, .training = true};
  const auto net = [](const std::string& function, bool weighted, bool frozen) {
    GraphBuilder b;
    b.trainable = !frozen;
    const ValueId h = b.map(b.matmul(b.input({5}), 6), function);
    b.trainable = true;
    const ValueId y = b.matmul(h, 3);
    return weighted ? b.softmax_loss(y, 0, {1, 2, 3}) : b.softmax_loss(y);
  };
  CHECK_THAT(first_step(net("relu", false, false), training), Contains("mlp"));
  CHECK_THAT(first_step(net("tanh", false, false), training), !Contains("mlp"));
  CHECK_THAT(first_step(net("relu", true, false), training), !Contains("mlp"));
  CHECK_THAT(first_step(net("relu", false, true), training), !Contains("mlp"));
  CHECK_THAT(first_step(net("relu", false, false), {.batch = 4}), !Contains("mlp"));
  PlanOptions with_gradient = training;
  with_gradient.input_gradient = true;
  CHECK_THAT(first_step(net("relu", false, false), with_gradient), !Contains("mlp"));
}

TEST_CASE("a step of a perceptron is four launches, of other networks a fixed number") {
  const Net& net = nets[1];
  const Samples samples(net, 3);
  const Source source = samples.source(true);
  const Graph graph = graph_of(net);
  const auto backend = simulated();
  const auto memory = backend->allocate(graph, 2);
  const auto plan = backend->compile(graph, {.batch = 8, .training = true, .source = &source}, *memory);
  const auto& own = dynamic_cast<const cuda::CudaPlan&>(*plan);
  CHECK(own.launches(true) == 3);   // two, and the outcome
  CHECK(own.launches(false) == 1);  // gradients; with the update in it in steps ahead
}
