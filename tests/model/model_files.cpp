// SPDX-License-Identifier: MIT
// Weights in and out of memory, and a model through its file.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "catch.h"
#include "folder.h"
#include "h5/reading/reader.h"
#include "layers/example_network.h"
#include "model/model_file.h"
#include "random/torch.h"

using namespace nn;

namespace {

/// A file that goes with its test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::vector<std::byte>& bytes) : path_(folder_.put("model.h5", bytes)) {}
  const std::string& path() const { return path_; }

 private:
  nn_test::Folder folder_;
  std::string path_;
};

Model small_model() {
  Model m;
  m.layers = "# two kinds\nconv:2,3,same bn relu\nflatten dense:3,name=out";
  m.input = {1, 4, 4};
  m.raw_input = {1, 2, 8};
  m.loss = "cross_entropy,label-smoothing=0.1";
  const auto backend = make_backend("ref", 1);
  const auto memory = backend->allocate(Network(m.layers, m.input).lower(), 0);
  TorchGenerator stream(5);
  initialise(*memory, stream);
  m.weights = weights_of(*memory);
  m.prep.recipe = "scale 0:1";
  m.classes = {"caf\xC3\xA9", "b", "c"};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  m.history = {{"epoch", {1, 2}}, {"loss", {0.5, 0.25}}, {"val_loss", {nan, 0.3}}, {"seconds", {1.5, 1.25}}};
  m.test_metrics = {{"loss", {0.125}}, {"accuracy", {0.75}}};
  m.settings = {{"optimizer", "adam"}, {"batch", "64"}};
  m.data_digest = std::string(64, 'a');
  return m;
}

std::string digest_of(const Model& m) {
  const TemporaryFile file(write_model(m, {}, true));
  return h5::Reader::open(file.path(), "model").digest();
}

}  // namespace

TEST_CASE("weights of every layer go out of a memory and into another", "[model]") {
  const auto backend = make_backend("ref", 1);
  for (const LayerType* type : layer_types())
    for (const LayerExample& e : type->examples) {
      if (type->takes != Takes::one) continue;  // of no word by itself, and without weights
      INFO(e.text);
      const nn::test::ExampleNetwork in(e);
      const Graph graph = Network(in.layers, in.input).lower();
      const auto a = backend->allocate(graph, 0), b = backend->allocate(graph, 0);
      TorchGenerator stream(1);
      initialise(*a, stream);
      const auto weights = weights_of(*a);
      REQUIRE(weights.size() == graph.params.size());
      put_weights(weights, *b);
      const auto again = weights_of(*b);
      for (size_t i = 0; i < weights.size(); ++i) {
        CHECK(again[i].path == graph.params[i].path());
        CHECK(again[i].values == weights[i].values);
      }
    }
}

TEST_CASE("the same seed gives the same weights, another seed others", "[model]") {
  const auto backend = make_backend("ref", 1);
  const auto memory = backend->allocate(Network("dense:5", {4}).lower(), 0);
  const auto with_seed = [&](uint64_t seed) {
    TorchGenerator stream(seed);
    initialise(*memory, stream);
    return weights_of(*memory)[0].values;
  };
  CHECK(with_seed(1) == with_seed(1));
  CHECK(with_seed(1) != with_seed(2));
  for (float w : with_seed(3)) CHECK(std::fabs(w) <= 0.5F);  // 1/sqrt(4)
}

TEST_CASE("missing and misshapen weights are named", "[model]") {
  const auto backend = make_backend("ref", 1);
  const auto memory = backend->allocate(Network("dense:5", {4}).lower(), 0);
  auto weights = weights_of(*memory);
  weights[1].shape = {6};
  CHECK_THROWS_WITH(put_weights(weights, *memory), Contains("'dense1/bias': expected shape 5, found 6"));
  weights.pop_back();
  CHECK_THROWS_WITH(put_weights(weights, *memory), Contains("'dense1/bias' of shape 5 is missing"));
}

TEST_CASE("a model comes back from its file", "[model]") {
  const Model m = small_model();
  for (const bool compress : {false, true}) {
    const TemporaryFile file(write_model(m, {}, compress));
    const h5::Reader reader = h5::Reader::open(file.path(), "model");
    CHECK_NOTHROW(reader.verify());
    const Model r = read_model(reader);
    CHECK(r.layers == m.layers);
    CHECK(r.input == m.input);
    CHECK(r.raw_input == m.raw_input);
    CHECK(r.loss == m.loss);
    CHECK(r.prep == m.prep);
    CHECK(r.classes == m.classes);
    CHECK(r.settings == m.settings);
    CHECK(r.data_digest == m.data_digest);
    CHECK(r.test_metrics == m.test_metrics);
    REQUIRE(r.weights.size() == m.weights.size());
    for (size_t i = 0; i < m.weights.size(); ++i) {
      CHECK(r.weights[i].path == m.weights[i].path);
      CHECK(r.weights[i].shape == m.weights[i].shape);
      CHECK(r.weights[i].values == m.weights[i].values);
    }
    REQUIRE(r.history.size() == m.history.size());
    for (size_t i = 0; i < m.history.size(); ++i) {
      CHECK(r.history[i].first == m.history[i].first);
      for (size_t k = 0; k < 2; ++k) {
        const double expected = m.history[i].second[k], found = r.history[i].second[k];
        CHECK((std::isnan(expected) ? std::isnan(found) : found == expected));
      }
    }
  }
}

TEST_CASE("seconds do not count in the digest, weights do", "[model]") {
  Model m = small_model();
  const std::string digest = digest_of(m);
  m.history.back().second = {7, 8};
  CHECK(digest_of(m) == digest);
  m.weights[0].values[0] += 1;
  CHECK(digest_of(m) != digest);
}

TEST_CASE("a model of epoch 0 has no history and is read", "[model]") {
  Model m = small_model();
  m.history.clear();
  m.test_metrics.clear();
  m.classes.clear();
  m.prep = {};
  m.raw_input = {};
  const TemporaryFile file(write_model(m, {}, true));
  const Model r = read_model(h5::Reader::open(file.path(), "model"));
  CHECK(r.history.empty());
  CHECK(r.classes.empty());
  CHECK(r.raw_input == m.input);
}

TEST_CASE("weights that do not belong to the layers are an error of the file", "[model]") {
  Model m = small_model();
  m.weights.pop_back();
  const TemporaryFile file(write_model(m, {}, true));
  CHECK_THROWS_WITH(read_model(h5::Reader::open(file.path(), "model")),
                    Contains(file.path()) && Contains("/weights/out/bias is missing"));
}
