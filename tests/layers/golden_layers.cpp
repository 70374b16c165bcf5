// SPDX-License-Identifier: MIT
// Layers against torch and Keras in float64: initial parameters, output, gradients of input and parameters.
// tests/golden/layers/*.json, recorded by make.py there; the ref backend, in double.
#include <algorithm>
#include <cmath>

#include "catch.h"
#include "json_file.h"
#include "layers/specimen.h"
#include "paths.h"

using namespace nn;
using namespace nn::test;
using nn_test::Json;
using nn_test::numbers;

namespace {

void check_close(const char* what, const std::vector<double>& found, const Json& expected) {
  INFO(what);
  const std::vector<double> values = numbers(expected);
  REQUIRE(found.size() == values.size());
  double largest = 0, most = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    largest = std::max(largest, std::fabs(values[i]));
    most = std::max(most, std::fabs(found[i] - values[i]));
  }
  CHECK(most <= 1e-12 * largest);
}

std::vector<double> read(const Memory& memory, Part part, size_t id) {
  std::vector<double> values(static_cast<size_t>(memory.graph().params[id].shape.count()));
  memory.read(part, static_cast<ParamId>(id), values);
  return values;
}

Shape shape_of(const Json& json) {
  std::vector<int64_t> axes;
  for (const Json& axis : json.items()) axes.push_back(axis.integer());
  return Shape(std::move(axes));
}

void check_layer(const Json& entry, int64_t batch, const std::string& framework) {
  const auto made = make_from_spec(layer_types(), parse_spec(entry.at("layer").string(), ':'), "layer", framework);
  Graph graph = graph_of(*made, shape_of(entry.at("shape")));
  graph.add_loss(MseLoss{});
  const auto backend = make_backend("ref", 1);
  const auto memory = backend->allocate(graph, 0);
  const auto &start = entry.at("start").items(), &params = entry.at("params").items();
  REQUIRE(graph.params.size() == params.size());
  TorchGenerator draws(0);
  for (size_t id = 0; id < params.size(); ++id) {
    const Param& p = graph.params[id];
    std::vector<double> values(static_cast<size_t>(p.shape.count()));
    make_initializer(p.init)->fill(p, draws, values);
    check_close("start", values, start[id]);
    memory->write(Part::weights, static_cast<ParamId>(id), numbers(params[id]));
  }
  const auto plan = backend->compile(graph, {.batch = batch, .training = true, .input_gradient = true}, *memory);
  const auto fill = [](std::span<float> to, const Json& from) {
    const std::vector<double> values = numbers(from);
    REQUIRE(to.size() == values.size());
    std::transform(values.begin(), values.end(), to.begin(), [](double v) { return static_cast<float>(v); });
  };
  fill(plan->inputs().x, entry.at("x"));
  fill(plan->inputs().targets, entry.at("target"));
  plan->forward(nullptr);
  plan->backward();
  check_close("y", plan->value(graph.output()), entry.at("y"));
  check_close("dx", plan->gradient(graph.input()), entry.at("dx"));
  for (size_t id = 0; id < params.size(); ++id)
    check_close("gradient", read(*memory, Part::gradients, id), entry.at("gradients").items()[id]);
}

void check_file(const std::string& name, const std::string& framework) {
  const Json file = nn_test::json_file(nn_test::source_folder() + "/tests/golden/layers/" + name);
  REQUIRE(file.at("layers").items().size() >= 3);
  for (const Json& entry : file.at("layers").items()) {
    INFO(name << ": " << entry.at("layer").string());
    check_layer(entry, file.at("batch").integer(), framework);
  }
}

}  // namespace

TEST_CASE("layers compute what torch's compute", "[layers]") { check_file("torch.json", "pytorch"); }
TEST_CASE("layers compute what Keras' compute", "[layers]") { check_file("keras.json", "keras"); }
