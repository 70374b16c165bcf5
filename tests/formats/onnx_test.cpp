// SPDX-License-Identifier: MIT
// Networks that exporters wrote as ONNX open here and compute what the framework computed.
#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>

#include "catch.h"
#include "folder.h"
#include "formats/models/model_of.h"
#include "formats/reading.h"
#include "golden_outputs.h"
#include "paths.h"

using namespace nn;
using nn_test::channels_first, nn_test::golden, nn_test::outputs;
namespace fs = std::filesystem;

namespace {

std::string in_golden(const std::string& name) {
  return nn_test::source_folder() + "/tests/golden/onnx/" + name + ".npz";
}

Model opened(const std::string& file, const std::string& input = "") {
  const ModelFormat* format = model_input_format(file, "", {});
  REQUIRE(format != nullptr);
  REQUIRE(format->name == std::string("onnx"));
  const auto reader = format->reader();
  OptionSet set;
  reader->options(set);
  ModelReading reading;
  reading.input = input;
  return read_foreign_model(file, *reader, reading, "", {});
}

void apply_softmax(std::vector<double>& rows, size_t classes) {
  for (size_t r = 0; r < rows.size(); r += classes) {
    double sum = 0;
    for (size_t i = r; i < r + classes; ++i) sum += rows[i] = std::exp(rows[i]);
    for (size_t i = r; i < r + classes; ++i) rows[i] /= sum;
  }
}

enum class End { none, softmax, log_softmax, sigmoid };

void check_outputs(const Model& model, const std::string& file, End end) {
  INFO(model.layers);
  const auto [x, y] = golden(file);
  std::vector<double> got = outputs(model, channels_first(x, model.input), x.dims[0]);
  REQUIRE(got.size() == y.values.size());
  if (end == End::softmax || end == End::log_softmax) apply_softmax(got, static_cast<size_t>(y.dims[1]));
  for (double& v : got) v = end == End::log_softmax ? std::log(v) : end == End::sigmoid ? 1 / (1 + std::exp(-v)) : v;
  double largest = 0, worst = 0;
  for (const double v : y.values) largest = std::max(largest, std::abs(v));
  for (size_t i = 0; i < got.size(); ++i) worst = std::max(worst, std::abs(got[i] - y.values[i]));
  CHECK(worst <= 1e-5 * largest);
}

}  // namespace

TEST_CASE("onnx: networks of PyTorch's two exporters give its outputs", "[onnx]") {
  size_t files = 0;
  for (const auto& entry : fs::directory_iterator(nn_test::source_folder() + "/tests/golden/onnx")) {
    if (entry.path().extension() != ".onnx") continue;
    const std::string stem = entry.path().stem().string(), name = stem.substr(0, stem.find('.'));
    INFO(stem);
    const Model model = opened(entry.path().string());
    const bool softmax = name == "norms", sigmoid = name == "padded";
    CHECK(model.loss == (sigmoid ? "bce" : "cross_entropy"));
    check_outputs(model, in_golden(name),
                  softmax           ? End::softmax
                  : sigmoid         ? End::sigmoid
                  : name == "gates" ? End::log_softmax
                                    : End::none);
    ++files;
  }
  CHECK(files >= 14);
}

TEST_CASE("onnx: the fixtures of PyTorch and Keras give their outputs", "[onnx][needs-model-fixtures]") {
  const std::string fixtures = nn_test::data_folder() + "/fixtures/";
  if (!fs::exists(fixtures)) NN_SKIP("no fixtures in " + fixtures);
  size_t files = 0;
  for (const auto& folder : fs::directory_iterator(fixtures + "models"))
    for (const auto& file : fs::directory_iterator(folder)) {
      const std::string name = folder.path().filename().string();
      if (file.path().extension() != ".onnx" || file.path().string().find("unsupported") != std::string::npos) continue;
      INFO(file.path().string());
      const bool softmax = name == "keras-tiny" || name == "keras-lenet5" || name == "torch-mlp-softmax";
      check_outputs(opened(file.path().string()), in_golden("fixture-" + name), softmax ? End::softmax : End::none);
      ++files;
    }
  CHECK(files >= 14);
  check_outputs(opened(fixtures + "real/text-direction-mobilenetv3.onnx", "3x48x192"),
                fixtures + "real/text-direction-mobilenetv3.npz", End::softmax);
}

namespace {

/// A network with random weights.
Model random_model(const std::string& layers, const Shape& input) {
  Model model;
  model.layers = layers;
  model.input = model.raw_input = input;
  std::mt19937 random(7);
  std::normal_distribution<float> values(0.0F, 0.5F);
  for (const Param& p : Network(layers, input).lower().params) {
    NamedTensor t{p.path(), p.shape, std::vector<float>(static_cast<size_t>(p.shape.count()))};
    for (float& v : t.values) v = p.name == "running_var" ? 0.5F + std::abs(values(random)) : values(random);
    model.weights.push_back(std::move(t));
  }
  return model;
}

/// Written in that opset, without what tells our reader which layers it has.
std::string written(const Model& model, int opset) {
  const auto writer = find_in(model_formats(), "onnx", "format").writer();
  OptionSet set;
  writer->options(set);
  set.set_option("opset", std::to_string(opset));
  const std::vector<std::byte> bytes = writer->write(model, {}).at(0).bytes;
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const size_t key = text.find("nn_model");
  REQUIRE(key != std::string::npos);
  text.replace(key, 8, "xx_model");
  return text;
}

/// Goes out and comes back by its graph alone, with the same outputs.
void check_graph(const std::string& layers, const Shape& input) {
  const Model model = random_model(layers, input);
  std::mt19937 random(3);
  std::normal_distribution<double> values;
  std::vector<double> x(static_cast<size_t>(2 * input.count()));
  for (double& v : x) v = values(random);
  const std::vector<double> expected = outputs(model, x, 2);
  const nn_test::Folder folder;
  for (const int opset : {13, 17, 22}) {
    INFO(layers << " in opset " << opset);
    const std::string text = written(model, opset);
    const Model back = opened(folder.put("m.onnx", std::as_bytes(std::span(text))));
    INFO(back.layers);
    CHECK(back.input == input);
    const std::vector<double> got = outputs(back, x, 2);
    REQUIRE(got.size() == expected.size());
    double largest = 0, worst = 0;
    for (const double v : expected) largest = std::max(largest, std::abs(v));
    for (size_t i = 0; i < got.size(); ++i) worst = std::max(worst, std::abs(got[i] - expected[i]));
    CHECK(worst <= 1e-5 * largest);
  }
}

}  // namespace

TEST_CASE("onnx: every layer goes out as operators and comes back from them", "[onnx]") {
  for (const LayerType* type : layer_types())
    for (const LayerExample& e : type->examples)
      if (type->takes == Takes::one && e.input.rank() != 2 && !e.ragged && type->name != std::string("l2norm"))
        check_graph("scale " + std::string(e.text) + " scale", e.input);
}

TEST_CASE("onnx: joints go out as operators and come back from them", "[onnx]") {
  const Shape image{4, 6, 5};
  for (const char* layers :
       {"conv:4,3,same res( conv:4,3,same bn relu conv:4,1 ) relu", "conv:4,1 res( conv:6,1 | conv:6,3,same relu )",
        "conv:4,1 gate( globalavgpool dense:2 relu dense:4 sigmoid ) conv:2,1",
        "relu gate( conv:1,1 sigmoid ) conv:3,1", "cat( conv:2,1 | maxpool:3,1,pad=1 | relu ) conv:3,1",
        "conv:4,1 relu conv:4,1 add:relu1,input globalavgpool dense:3",
        "conv:3,1 tanh conv:5,1 concat:tanh1 globalmaxpool dense:2", "flatten dense:6 relu dense:6 mul:relu1 dense:2",
        "2*( cat( slice:0,2 | slice:2,4 conv:2,1 relu ) shuffle:2 ) globalavgpool dense:3"})
    check_graph(layers, image);
}

TEST_CASE("onnx: the recipe and the end of the loss stand in the graph where they are asked for", "[onnx]") {
  Model model = random_model("flatten dense:3", {1, 2, 2});
  model.classes = {"a", "b", "c"};
  model.valid_min = 0, model.valid_max = 255;
  model.prep.recipe = "scale -1:1";
  const auto writer = find_in(model_formats(), "onnx", "format").writer();
  OptionSet set;
  writer->options(set);
  set.set_option("with-prep", "true");
  const std::vector<std::byte> bytes = writer->write(model, {}).at(0).bytes;
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  CHECK(text.find(R"(["a","b","c"])") != std::string::npos);
  text.replace(text.find("nn_model"), 8, "xx_model");
  const nn_test::Folder folder;
  const Model back = opened(folder.put("m.onnx", std::as_bytes(std::span(text))));
  CHECK(back.loss == "cross_entropy");
  // The graph takes the bytes themselves: 0 is -1, 255 is 1, and 51 a fifth of the way.
  const std::vector<double> raw = outputs(back, {0, 255, 51, 102}, 1), own = outputs(model, {-1, 1, -0.6, -0.2}, 1);
  for (size_t i = 0; i < 3; ++i) CHECK(raw[i] == Approx(own[i]).epsilon(1e-5));
}
