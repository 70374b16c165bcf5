// SPDX-License-Identifier: MIT
// The named networks of share/models against torchvision's and timm's: numbers of parameters, and outputs from the
// weights that one seed gives both. tests/golden/networks/networks.json, recorded by make.py there.
#include <cmath>
#include <fstream>
#include <regex>
#include <sstream>

#include "base/text/json.h"
#include "catch.h"
#include "json_file.h"
#include "model/network.h"
#include "paths.h"
#include "train/engine/randomness.h"

using namespace nn;

namespace {

std::string layers_of(const std::string& name) {
  std::ifstream file(nn_test::source_folder() + "/share/models/" + name + ".nn");
  REQUIRE(file);
  std::ostringstream text;
  text << file.rdbuf();
  return std::regex_replace(text.str(), std::regex("dropout:0\\.[0-9]+"), "dropout:0");
}

/// Outputs for pictures whose k-th value is sin(k).
std::vector<float> outputs_of(const Graph& graph, const std::string& device, int64_t n, bool training) {
  const auto backend = make_backend(device, 2);
  const auto memory = backend->allocate(graph, 0);
  const auto random = make_randomness("torch", 0, graph);
  random->initialise(*memory);
  const auto plan = backend->compile(graph, {.batch = n, .training = training}, *memory);
  const std::span<float> x = plan->inputs().x;
  for (size_t k = 0; k < x.size(); ++k) x[k] = static_cast<float>(std::sin(static_cast<double>(k)));
  plan->forward(random.get());
  const std::span<const float> y = plan->output();
  return {y.begin(), y.end()};
}

void check_outputs(const std::vector<float>& found, const Json& recorded, double tolerance) {
  double sum = 0, squares = 0;
  for (const double y : found) sum += y, squares += y * y;
  const double size = std::sqrt(recorded.at("squares").number() / static_cast<double>(found.size()));
  const auto& first = recorded.at("first").items();
  REQUIRE(found.size() >= first.size());
  for (size_t i = 0; i < first.size(); ++i) CHECK(std::fabs(found[i] - first[i].number()) < tolerance * size);
  CHECK(std::fabs(sum - recorded.at("sum").number()) < tolerance * size * static_cast<double>(found.size()));
  CHECK(std::fabs(std::sqrt(squares) - std::sqrt(recorded.at("squares").number())) <
        tolerance * size * std::sqrt(static_cast<double>(found.size())));
}

}  // namespace

TEST_CASE("the networks with a name compute what torchvision's and timm's do") {
  const Json file = nn_test::json_file(nn_test::source_folder() + "/tests/golden/networks/networks.json");
  for (const Json& entry : file.at("networks").items()) {
    const std::string name = entry.at("name").string();
    INFO(name);
    const auto size = entry.at("size").integer();
    const Graph graph = Network(layers_of(name), {3, size, size}).lower();
    int64_t parameters = 0;
    for (const Param& p : graph.params)
      if (p.trainable) parameters += p.shape.count();
    CHECK(parameters == entry.at("parameters").integer());
    if (!entry.find("evaluation")) continue;
    for (const std::string device : {"ref", "cpu"}) {
      INFO(device);
      const double tolerance = device == "ref" ? 1e-6 : 1e-3;
      check_outputs(outputs_of(graph, device, 2, false), entry.at("evaluation"), tolerance);
      check_outputs(outputs_of(graph, device, 4, true), entry.at("training"), tolerance);
    }
  }
}
