// SPDX-License-Identifier: MIT
// Small trainings against the same ones by torch and Keras in float64: clipping, penalties, class weights, averaged
// weights, accumulated batches, batch norm with a partial last batch, branches. tests/golden/training/*.json, recorded
// by make.py there; the ref backend, in double.
#include <cmath>
#include <set>

#include "base/text/json.h"
#include "catch.h"
#include "json_file.h"
#include "paths.h"
#include "synthetic.h"

using namespace nn;
using nn_test::json_file;
using nn_test::numbers;

namespace {

Json golden(const std::string& file) { return json_file(nn_test::source_folder() + "/tests/golden/training/" + file); }

Dataset first_rows(const Json& file, int64_t n) {
  Split split;
  split.name = "train";
  std::vector<float> x;
  std::vector<int32_t> labels;
  int64_t width = 0;
  for (int64_t i = 0; i < n; ++i) {
    const auto& row = file.at("x").items()[static_cast<size_t>(i)].items();
    width = static_cast<int64_t>(row.size());
    for (const Json& value : row) x.push_back(static_cast<float>(value.number()));
    labels.push_back(static_cast<int32_t>(file.at("y").items()[static_cast<size_t>(i)].integer()));
  }
  split.set_samples(h5::Array::of<float>(Shape{n, width}, x));
  split.set("labels", labels);
  split.number_rows();
  Dataset data;
  data.classes = {"a", "b", "c"};
  data.splits.push_back(std::move(split));
  return data;
}

TrainOptions options_of(const Json& file, const Json& entry, const std::string& like) {
  TrainOptions o;
  o.like = like;
  o.model = entry.at("model").string();
  o.seed = static_cast<uint64_t>(file.at("seed").integer());
  o.batch = file.at("batch").integer();
  o.epochs = file.at("epochs").integer();
  o.shuffle = false;
  o.validation = "none";
  for (const auto& [key, value] : entry.at("options").members()) {
    if (key == "optimizer")
      o.optimizer = value.string();
    else if (key == "rate")
      o.rate = value.number();
    else if (key == "clip_norm")
      o.clip_norm = value.number();
    else if (key == "clip_value")
      o.clip_value = value.number();
    else if (key == "class_weight")
      o.class_weight = value.string();
    else if (key == "label_smoothing")
      o.label_smoothing = value.number();
    else if (key == "ema")
      o.ema = value.number();
    else if (key == "accumulate")
      o.accumulate = value.integer();
    else
      FAIL("option " << key << " is not known to this test");
  }
  return o;
}

/// loss: relative. Weights are compared as the float32 numbers that a model holds, relative to the largest of a tensor.
void check_file(const std::string& name, const std::string& like, double loss) {
  const Json file = golden(name);
  REQUIRE(file.at("trainings").items().size() >= 12);
  for (const Json& entry : file.at("trainings").items()) {
    INFO(name << ": " << entry.at("model").string() << " of " << entry.at("rows").integer()
              << " rows: " << entry.at("options").dump());
    const Model model = train_quietly(options_of(file, entry, like), first_rows(file, entry.at("rows").integer()));
    const auto& losses = column(model.history, "loss");
    const auto& expected_losses = entry.at("loss").items();
    REQUIRE(losses.size() == expected_losses.size());
    for (size_t e = 0; e < losses.size(); ++e) CHECK(losses[e] == Approx(expected_losses[e].number()).epsilon(loss));
    std::set<std::string> before_norm;  // biases whose gradient is rounding noise
    const Network network(model.layers, model.input);
    for (const Network::Node& node : network.nodes())
      if (node.type == "bn") before_norm.insert(network.name_of(node.inputs[0]) + "/bias");
    const auto& expected = entry.at("weights").items();
    REQUIRE(model.weights.size() == expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      INFO(model.weights[i].path);
      if (before_norm.count(model.weights[i].path)) continue;
      const auto& values = expected[i].items();
      REQUIRE(model.weights[i].values.size() == values.size());
      double largest = 0, most = 0;
      for (size_t k = 0; k < values.size(); ++k) {
        largest = std::max(largest, std::fabs(values[k].number()));
        most = std::max(most, std::fabs(static_cast<double>(model.weights[i].values[k]) - values[k].number()));
      }
      CHECK(most <= 2e-7 * largest);
    }
  }
}

}  // namespace

TEST_CASE("small trainings end as torch's") { check_file("torch.json", "pytorch", 1e-12); }

// Keras sums the losses of an epoch, and holds the optimizer's constants, in float32.
TEST_CASE("small trainings end as Keras'") { check_file("keras.json", "keras", 5e-7); }
