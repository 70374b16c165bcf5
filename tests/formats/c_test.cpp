// SPDX-License-Identifier: MIT
// What is written as C compiles without a warning and predicts what ref does.
#include <dlfcn.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>

#include "backend/backend.h"
#include "backend/formula/maps.h"
#include "catch.h"
#include "data/recipe.h"
#include "folder.h"
#include "formats/models/c/c_ending.h"
#include "formats/models/c/c_functions.h"
#include "formats/models/c/c_model.h"
#include "formats/models/c/c_plan.h"
#include "formats/models/c/c_text.h"
#include "formats/models/c/c_writer.h"
#include "layers/layer.h"
#include "random_models.h"

using namespace nn;
using nn_test::random_layers;
using nn_test::random_model;

namespace {

constexpr double tolerance = 1e-6;  // of probabilities, and of outputs as a part of the largest

std::string text_of(const std::vector<ForeignFile>& files, size_t i = 0) {
  return {reinterpret_cast<const char*>(files.at(i).bytes.data()), files.at(i).bytes.size()};
}

std::string source_of(const Model& model, const std::string& name = "net") {
  COptions options;
  options.name = name;
  return text_of(write_c(model, options));
}

bool has_compiler() { return std::system("cc --version > /dev/null 2>&1") == 0; }

/// A written file, compiled and loaded.
class Compiled {
 public:
  explicit Compiled(const Model& model) {
    const std::string source = folder_.put("net.c", source_of(model)), library = folder_ / "net.so",
                      said = folder_ / "said";
    const std::string command = "cc -std=c99 -pedantic -Wall -Wextra -Werror -O1 -shared -fPIC " + source + " -lm -o " +
                                library + " > " + said + " 2>&1";
    if (std::system(command.c_str()) != 0) {
      std::ifstream in(said);
      FAIL(std::string(std::istreambuf_iterator<char>(in), {}));
    }
    handle_ = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    REQUIRE(handle_ != nullptr);
  }
  ~Compiled() {
    if (handle_) ::dlclose(handle_);
  }
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;

  template <class Result, class Sample>
  Result predict(const std::vector<Sample>& sample, std::vector<float>& results) const {
    return reinterpret_cast<Result (*)(const Sample*, float*)>(::dlsym(handle_, "net_predict"))(sample.data(),
                                                                                                results.data());
  }
  std::string name(const char* function, int i) const {
    return reinterpret_cast<const char* (*)(int)>(::dlsym(handle_, function))(i);
  }

 private:
  nn_test::Folder folder_;
  void* handle_ = nullptr;
};

/// Outputs of the layers for one prepared sample, by ref.
std::vector<float> outputs(const Model& model, const std::vector<float>& x) {
  const Graph graph = Network(model.layers, model.input).lower();
  const auto backend = make_backend("ref", 1);
  const auto memory = backend->allocate(graph, 0);
  put_weights(model.weights, *memory);
  const auto plan = backend->compile(graph, {.batch = 1}, *memory);
  std::ranges::copy(x, plan->inputs().x.begin());
  plan->forward(nullptr);
  const auto y = plan->output();
  return {y.begin(), y.end()};
}

std::vector<double> softmax(const std::vector<float>& y) {
  std::vector<double> p;
  double sum = 0;
  for (const float v : y) p.push_back(std::exp(static_cast<double>(v) - *std::ranges::max_element(y)));
  for (const double v : p) sum += v;
  for (double& v : p) v /= sum;
  return p;
}

std::vector<float> random_sample(int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> values;
  std::vector<float> x(static_cast<size_t>(count));
  for (float& v : x) v = values(random);
  return x;
}

/// Outputs of a regression, compared.
void check_outputs(const Model& model) {
  INFO(model.layers << " on " << model.input.text());
  const Compiled c(model);
  for (unsigned seed = 1; seed <= 3; ++seed) {
    const std::vector<float> x = random_sample(model.input.count(), seed), expected = outputs(model, x);
    std::vector<float> found(expected.size());
    c.predict<void>(x, found);
    double largest = 1;
    for (const float v : expected) largest = std::max(largest, static_cast<double>(std::abs(v)));
    for (size_t i = 0; i < found.size(); ++i)
      CHECK(std::abs(static_cast<double>(found[i]) - expected[i]) <= tolerance * largest);
  }
}

}  // namespace

TEST_CASE("c: every op that takes a step in inference can be written, and every function of maps.h", "[c]") {
  std::vector<std::string> nothing, without;
  for (size_t kind = 0; kind < all_op_traits.size(); ++kind)
    if (!has_c_emitter(kind))
      (all_op_traits[kind].is_loss() ? nothing : without).emplace_back(all_op_traits[kind].name);
  // The first two take none, the others samples of any number of rows.
  CHECK(without == std::vector<std::string>{"dropout", "reshape", "embed", "attention", "segment_pool"});
  CHECK(nothing.size() == 3);  // the losses
  CHECK(is_nothing_in_c(Dropout{0.5}));
  CHECK(is_nothing_in_c(Reshape{}));
  for (const std::string& name : formula::map_names()) {
    INFO(name);
    CHECK_FALSE(c_map_function(name).empty());
  }
}

TEST_CASE("c: constants have the bits of their values", "[c]") {
  std::mt19937 random(7);
  const auto check = [](float v) {
    const std::string text = c_float(v);
    CHECK(std::bit_cast<uint32_t>(std::strtof(text.c_str(), nullptr)) == std::bit_cast<uint32_t>(v));
    CHECK(text.find_first_of(".e") != std::string::npos);
    CHECK(text.back() == 'f');
  };
  for (int i = 0; i < 20000; ++i)
    if (const float v = std::bit_cast<float>(static_cast<uint32_t>(random())); std::isfinite(v)) check(v);
  for (const float v :
       {0.0F, -0.0F, 1.0F, 1e20F, std::numeric_limits<float>::denorm_min(), std::numeric_limits<float>::max()})
    check(v);
  CHECK_THROWS_WITH(c_float(INFINITY), Contains("no number"));
  CHECK_THROWS_WITH(c_float(NAN), Contains("no number"));
}

TEST_CASE("c: names and texts", "[c]") {
  CHECK(c_string("a\"b\\c") == R"("a\"b\\c")");
  CHECK(c_string("caf\xC3\xA9 1") == R"("caf\303\251 1")");
  CHECK(c_string("a?\?(\n") == R"("a\?\?(\012")");
  CHECK_THROWS_WITH(c_string(std::string(4096, 'a')), Contains("4095"));
  CHECK(c_comment("a*/b/*c\\\n") == "a* /b/ *c..");
  for (const char* name : {"a", "model_1", "Net"}) CHECK(is_c_name(name));
  for (const char* name : {"", "1a", "_a", "a-b", "a b", "\xC3\xA9", "a234567890123456789012345678901x"})
    CHECK_FALSE(is_c_name(name));
  CHECK(c_name("my-model.v2") == "my_model_v2");
  CHECK(c_name("2d") == "model_2d");
  for (const char* text : {"", "\xC3\xA9", "_", "0123456789012345678901234567890123456789"})
    CHECK(is_c_name(c_name(text)));
  CNames names;
  CHECK(names.fresh("conv1/weight") == "conv1_weight");
  CHECK(names.fresh("conv1_weight") == "conv1_weight_2");
}

TEST_CASE("c: values share memory as soon as no step needs both", "[c]") {
  const auto floats = [](const std::string& layers, const Shape& input, bool sample_in_buffer) {
    const Model model = random_model(layers, input);
    const Graph graph = Network(layers, input).lower();
    return c_plan(graph, weights_by_param(graph, model), sample_in_buffer).floats;
  };
  CHECK(floats("relu tanh", {10}, true) == 10);                // in place
  CHECK(floats("relu tanh", {10}, false) == 10);               // never in the sample itself
  CHECK(floats("dense:20 relu dense:30", {10}, false) == 50);  // 20, then 30 beside it
  CHECK(floats("dense:20 dense:20 dense:20 dense:20", {20}, true) == 40);
  CHECK(floats("flatten dropout:0.5", {2, 3, 4}, true) == 24);
  CHECK(floats("res( relu )", {10}, true) == 20);  // the input is needed behind relu
  CHECK(floats("conv:4,3,same bn relu", {2, 8, 8}, true) == 2 * 64 + 4 * 64);
}

TEST_CASE("c: every layer predicts what ref does", "[needs-cc]") {
  if (!has_compiler()) NN_SKIP("no cc");
  for (const LayerType* type : layer_types())
    for (const LayerExample& e : type->examples) {
      if (type->takes != Takes::one || e.ragged) continue;
      Model model = random_model(e.text, e.input);
      model.loss = "mse";
      check_outputs(model);
    }
}

TEST_CASE("c: networks that branch and joints of every kind predict what ref does", "[needs-cc]") {
  if (!has_compiler()) NN_SKIP("no cc");
  for (const char* layers :
       {"res( conv:4,3,same,groups=2 bn relu conv:4,1 | bn ) gate( conv:1,1 sigmoid ) shuffle:2 flatten",
        "cat( slice:0,2 | slice:2,4 hard_swish | maxpool:3,1,pad=1 ) upsample:2,bilinear avgpool:3,2,pad=1,ceil",
        "gate( globalavgpool dense:4 hard_sigmoid ) conv:6,8x6 flatten dense:3 softmax",
        "deconv:4,3,stride=2 bn elu conv:8,3,stride=2,pad=1 conv:8,3,groups=8,pad=1 bn relu6 layernorm:axis=channel "
        "gn:4"}) {
    Model model = random_model(layers, {4, 8, 6}, 3);
    model.loss = "mse";
    check_outputs(model);
  }
  Model named = random_model("conv:4,3,same,name=a relu conv:4,1 add:a gelu:name=b mul:a concat:b scale", {3, 7, 5});
  named.loss = "mse";
  check_outputs(named);
}

TEST_CASE("c: random networks give the probabilities and classes of ref, bytes in", "[needs-cc]") {
  if (!has_compiler()) NN_SKIP("no cc");
  for (unsigned seed = 0; seed < 8; ++seed) {
    Model model = random_model(random_layers(seed), {2, 12, 12}, seed);
    INFO(model.layers);
    model.classes = {"caf\xC3\xA9", "b\t\"", "?\?/c"};
    model.prep.recipe = seed % 2 ? "scale 0:1" : "pad 1\nnormalize 0.5,0.25:0.5,2";
    model.valid_min = 0, model.valid_max = 255;
    model.raw_input = seed % 2 ? Shape{2, 12, 12} : Shape{2, 10, 10};
    const Compiled c(model);
    std::mt19937 random(seed);
    for (int n = 0; n < 4; ++n) {
      std::vector<uint8_t> pixels(static_cast<size_t>(model.raw_input.count()));
      for (uint8_t& v : pixels) v = static_cast<uint8_t>(random());
      std::vector<float> x(pixels.begin(), pixels.end());
      for (const auto& step : make_steps(model.prep, model.raw_input, true, 0, 255, false)) {
        std::vector<float> next(static_cast<size_t>(step->output_shape().count()));
        step->apply(x, next, {});
        x = next;
      }
      const std::vector<float> y = outputs(model, x);
      const std::vector<double> expected = softmax(y);
      std::vector<float> found(3);
      CHECK(c.predict<int>(pixels, found) == std::ranges::max_element(y) - y.begin());
      for (size_t i = 0; i < 3; ++i) CHECK(std::abs(static_cast<double>(found[i]) - expected[i]) <= tolerance);
    }
    for (int i = 0; i < 3; ++i) CHECK(c.name("net_class_name", i) == model.classes[static_cast<size_t>(i)]);
    CHECK(c.name("net_class_name", -1) == "?");
  }
}

TEST_CASE("c: the losses end a network as in nn-predict", "[needs-cc]") {
  if (!has_compiler()) NN_SKIP("no cc");
  Model model = random_model("dense:3", {4});
  model.raw_input = {4};
  model.prep = {"standardize", {1, 2, 3, 4}, {0.5F, 1, 2, 3}};
  const std::vector<float> x{0.5F, -1, 2.25F, 3};
  std::vector<float> prepared;
  for (size_t i = 0; i < 4; ++i) prepared.push_back((x[i] - model.prep.mean[i]) / model.prep.std[i]);
  const std::vector<float> y = outputs(model, prepared);
  const auto largest = static_cast<int>(std::ranges::max_element(y) - y.begin());
  std::vector<float> found(3);
  const auto check = [&](const auto& expected) {
    for (size_t i = 0; i < 3; ++i) CHECK(found[i] == Approx(expected[i]).margin(tolerance).epsilon(0));
  };
  std::vector<double> logistic;
  for (const float v : y) logistic.push_back(1 / (1 + std::exp(-static_cast<double>(v))));

  model.loss = "mse";
  model.target_names = {"a", "b", "c"};
  Compiled numbers(model);
  numbers.predict<void>(x, found), check(y);
  CHECK(numbers.name("net_output_name", 1) == "b");
  model.loss = "bce";
  Compiled(model).predict<void>(x, found), check(logistic);
  model.target_names.clear(), model.classes = {"a", "b", "c"};  // one-hot
  CHECK(Compiled(model).predict<int>(x, found) == largest);
  check(logistic);
  model.loss = "mse";
  CHECK(Compiled(model).predict<int>(x, found) == largest);
  check(y);
  model.loss = "cross_entropy,label-smoothing=0.1";
  CHECK(Compiled(model).predict<int>(x, found) == largest);
  check(softmax(y));
  std::vector<float> bad(4, NAN);
  CHECK(Compiled(model).predict<int>(bad, found) == -1);
}

TEST_CASE("c: what cannot be written is refused by name", "[c]") {
  Model model = random_model("dense:3", {4});
  COptions options;
  options.name = "my-net";
  CHECK_THROWS_WITH(write_c(model, options), Contains("--name 'my-net'"));
  model.weights[0].values[5] = INFINITY;
  CHECK_THROWS_WITH(source_of(model), Contains("dense1_weight") && Contains("inf"));
  model = random_model("dense:3", {4});
  model.weights.pop_back();
  CHECK_THROWS_WITH(source_of(model), Contains("no weights for dense1/bias"));
  model = random_model("dense:3", {4});
  model.classes = {std::string(5000, 'a'), "b", "c"};
  CHECK_THROWS_WITH(source_of(model), Contains("4095"));
  model = random_model("conv:2,3", {1, 8, 8});
  model.loss = "mse", model.raw_input = {1, 6, 6};
  CHECK_THROWS_WITH(source_of(model), Contains("the recipe gives 1x6x6"));
}
