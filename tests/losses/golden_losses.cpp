// SPDX-License-Identifier: MIT
// Losses and their gradients against those of torch and of Keras on three backends: tests/golden/losses/*.json,
// recorded by make.py there. The ref backend, in double, against their float64; the cpu backend against their float32.
#include <cmath>

#include "backend/backend.h"
#include "base/text/json.h"
#include "base/text/number.h"
#include "catch.h"
#include "json_file.h"
#include "losses/loss.h"
#include "paths.h"

using namespace nn;
using nn_test::json_file;
using nn_test::numbers;

namespace {

Json golden(const std::string& file) { return json_file(nn_test::source_folder() + "/tests/golden/losses/" + file); }

std::string loss_text(const Json& entry) {
  std::string text = entry.at("loss").string();
  for (const auto& [key, value] : entry.at("args").members()) {
    if (key == "label_smoothing") {
      text += ",label-smoothing=" + value_text(value.number());
    } else {
      REQUIRE(key == "class_weights");
      std::string list;
      for (const Json& w : value.items()) list += (list.empty() ? "" : ":") + value_text(w.number());
      text += ",class-weights=" + list;
    }
  }
  return text;
}

struct Found {
  double loss;
  std::vector<double> gradient;
};

/// Of the loss alone: the network is a reshape.
Found run(const char* device, const std::string& text, const FrameworkRules& like, const Json& data) {
  const auto outputs = numbers(data.at("outputs")), targets = numbers(data.at("targets"));
  const auto& labels = data.at("labels").items();
  const auto batch = static_cast<int64_t>(labels.size()), width = static_cast<int64_t>(outputs.size()) / batch;
  Graph graph;
  graph.values = {{Shape{width}}, {Shape{width}}};
  graph.inputs = {{"input", 0}};
  graph.ops = {{Reshape{}, {0}, 1, {}, "it"}};
  graph.outputs = {1};
  append_loss(graph, *make_loss(text, like), width);
  const auto backend = make_backend(device, 1);
  const auto memory = backend->allocate(graph, 0);
  PlanOptions options;
  options.batch = batch;
  options.training = options.input_gradient = true;
  const auto plan = backend->compile(graph, options, *memory);
  const Plan::Inputs in = plan->inputs();
  for (size_t i = 0; i < in.x.size(); ++i) in.x[i] = static_cast<float>(outputs[i]);
  for (size_t i = 0; i < in.labels.size(); ++i) in.labels[i] = static_cast<int32_t>(labels[i].integer());
  for (size_t i = 0; i < in.targets.size(); ++i) in.targets[i] = static_cast<float>(targets[i]);
  plan->forward(nullptr);
  plan->backward();
  return {plan->loss(), plan->gradient(0)};
}

double largest(const std::vector<double>& values) {
  double most = 0;
  for (const double v : values) most = std::max(most, std::fabs(v));
  return most;
}

/// Differences relative to the value, and to the largest gradient of the batch.
void check(const Found& found, double loss, const std::vector<double>& gradient, double tolerance) {
  CHECK(std::fabs(found.loss - loss) <= tolerance * loss);
  REQUIRE(found.gradient.size() == gradient.size());
  std::vector<double> differences;
  for (size_t i = 0; i < gradient.size(); ++i) differences.push_back(found.gradient[i] - gradient[i]);
  CHECK(largest(differences) <= tolerance * largest(gradient));
}

/// double: the same formulas, 6e-16 seen. float: a few roundings, 1.5e-7 seen.
void check_file(const std::string& name, const FrameworkRules& like) {
  const Json file = golden(name);
  size_t checked = 0;
  for (const Json& entry : file.at("cases").items()) {
    const std::string text = loss_text(entry), kind = entry.at("data").string();
    INFO(name << ": " << text << " of " << kind << " outputs");
    const bool clips = make_loss("cross_entropy", like).options.find("clip")->get() != "0";
    if (clips && text == "bce" && kind == "wide") continue;  // ours has no clip: probabilities under 1e-7 differ
    // The mean over a sample's elements is a product with a float32 reciprocal in Keras, but on TensorFlow.
    const double mean_in_double = clips && (text == "bce" || text == "mse") ? 1e-7 : 1e-14;
    const Json data = file.at("data").at(kind);
    check(run("ref", text, like, data), entry.at("float64").number(), numbers(entry.at("gradient64")), mean_in_double);
    check(run("cpu", text, like, data), entry.at("float32").number(), numbers(entry.at("gradient32")), 5e-7);
    ++checked;
  }
  CHECK(checked >= 9);
}

}  // namespace

TEST_CASE("losses and gradients are torch's", "[losses]") { check_file("torch.json", like_named("pytorch")); }

TEST_CASE("losses and gradients are Keras' on TensorFlow", "[losses]") {
  check_file("keras-tensorflow.json", like_named("keras"));
}

TEST_CASE("losses and gradients are Keras' on JAX and torch, which clip probabilities", "[losses]") {
  check_file("keras-jax.json", like_named("keras-jax"));
  check_file("keras-torch.json", like_named("keras-torch"));
}
