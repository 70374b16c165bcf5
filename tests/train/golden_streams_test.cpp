// SPDX-License-Identifier: MIT
// Every random number of small seeded trainings against what the frameworks drew: initial weights, orders and dropout
// masks, as they interplay. tests/golden/streams/*.tsv, recorded by make.py there; bits, by their SHA-256.
#include <fstream>
#include <map>
#include <sstream>

#include "base/sha256.h"
#include "base/text/split.h"
#include "catch.h"
#include "model/network.h"
#include "paths.h"
#include "train/engine/randomness.h"

using namespace nn;

namespace {

/// By what was drawn: "conv1/weight", "order", "dropout1".
using Hashes = std::map<std::string, std::string>;

/// By seed and run.
std::map<std::string, Hashes> golden(const std::string& file) {
  std::ifstream in(nn_test::source_folder() + "/tests/golden/streams/" + file);
  std::map<std::string, Hashes> runs;
  for (std::string row; std::getline(in, row);) {
    if (row.starts_with("#")) continue;
    const auto fields = split_at(row, '\t');
    REQUIRE(fields.size() == 6);
    runs[std::string(fields[0]) + " " + std::string(fields[1])][std::string(fields[2])] = fields[5];
  }
  return runs;
}

template <class T>
std::string hash_of(const std::vector<T>& values) {
  return sha256_hex(std::as_bytes(std::span(values)));
}

void hash_weights(const Memory& memory, Hashes& found) {
  const auto& params = memory.graph().params;
  for (size_t i = 0; i < params.size(); ++i) {
    std::vector<double> w(static_cast<size_t>(params[i].shape.count()));
    memory.read(Part::weights, static_cast<ParamId>(i), w);
    found[params[i].path()] = hash_of(std::vector<float>(w.begin(), w.end()));
  }
}

/// What a training of those rows draws, in the trainer's order.
Hashes drawn(const std::string& streams, const FrameworkRules& like, uint64_t seed, int64_t rows, int64_t batch,
             int epochs, int64_t validation) {
  const Graph graph =
      Network("conv:3,3 relu dropout:0.3 flatten dense:7 relu dropout:0.5 dense:2", {1, 6, 7}, like).lower();
  const auto backend = make_backend("ref", 1);
  const auto memory = backend->allocate(graph, 0);
  const auto randomness = make_randomness(streams, seed, graph);
  Hashes found;
  randomness->initialise(*memory);
  hash_weights(*memory, found);
  std::vector<int64_t> orders;
  std::map<std::string, std::vector<uint8_t>> masks;
  int64_t batches = 0;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    const auto order = randomness->order(rows, true);
    orders.insert(orders.end(), order.begin(), order.end());
    for (int64_t begin = 0; begin < rows; begin += batch) {
      randomness->begin_batch(batches++);
      for (size_t op = 0; op < graph.ops.size(); ++op) {
        if (!std::holds_alternative<Dropout>(graph.ops[op].what)) continue;
        const int64_t values = graph.values[static_cast<size_t>(graph.ops[op].output)].shape.count();
        std::vector<uint32_t> words(static_cast<size_t>(std::min(batch, rows - begin) * values));
        randomness->words(static_cast<int>(op), words);
        for (const uint32_t w : words) masks[graph.ops[op].layer].push_back(w != 0);
      }
    }
    if (validation) randomness->evaluation_pass();
  }
  found["order"] = hash_of(orders);
  for (const auto& [layer, mask] : masks) found[layer] = hash_of(mask);
  return found;
}

void check(const std::string& file, const std::string& streams, const std::string& like, size_t kinds) {
  const auto runs = golden(file);
  REQUIRE(runs.size() == 9);
  for (const auto& [name, expected] : runs) {
    std::istringstream numbers(name);
    uint64_t seed = 0;
    int64_t rows = 0, batch = 0, validation = 0;
    int epochs = 0;
    numbers >> seed >> rows >> batch >> epochs >> validation;
    Hashes found = drawn(streams, like_named(like), seed, rows, batch, epochs, validation);
    REQUIRE(expected.size() == kinds);
    for (const auto& [what, hash] : expected) {
      INFO(file << ": " << name << ": " << what);
      CHECK(found[what] == hash);
    }
  }
}

}  // namespace

TEST_CASE("a seeded training draws what torch draws") { check("torch.tsv", "torch", "pytorch", 9); }

TEST_CASE("a seeded training draws what Keras on TensorFlow draws") {
  check("keras-tensorflow.tsv", "keras-tensorflow", "keras", 6);
}

TEST_CASE("a seeded training draws what Keras on JAX draws") { check("keras-jax.tsv", "keras-jax", "keras-jax", 6); }

TEST_CASE("a seeded training draws what Keras on torch draws") {
  check("keras-torch.tsv", "keras-torch", "keras-torch", 6);
}

TEST_CASE("dropout masks behind convolutions, poolings and what follows them are those of Keras on torch") {
  std::ifstream in(nn_test::source_folder() + "/tests/golden/streams/keras-torch-masks.tsv");
  size_t checked = 0;
  for (std::string row; std::getline(in, row);) {
    if (row.starts_with("#")) continue;
    const auto fields = split_at(row, '\t');
    REQUIRE(fields.size() == 6);
    INFO(row);
    Shape input{0, 0, 0};
    std::istringstream shape{std::string(fields[1])};
    shape >> input[0] >> input[1] >> input[2];
    const Graph graph = Network(fields[2], input, like_named("keras-torch")).lower();
    const auto randomness = make_randomness("keras-torch", std::stoull(std::string(fields[0])), graph);
    std::vector<uint8_t> mask;
    for (int64_t batch = 0; batch < 2; ++batch) {
      randomness->begin_batch(batch);
      for (size_t op = 0; op < graph.ops.size(); ++op) {
        if (!std::holds_alternative<Dropout>(graph.ops[op].what)) continue;
        std::vector<uint32_t> words(
            static_cast<size_t>(4 * graph.values[static_cast<size_t>(graph.ops[op].output)].shape.count()));
        randomness->words(static_cast<int>(op), words);
        if (graph.ops[op].layer == fields[3])
          for (const uint32_t w : words) mask.push_back(w != 0);
      }
    }
    CHECK(std::to_string(mask.size()) == fields[4]);
    CHECK(hash_of(mask) == fields[5]);
    ++checked;
  }
  CHECK(checked == 290);
}

TEST_CASE("kernels of networks that branch begin as those of Keras on each backend") {
  for (const std::string streams : {"keras-tensorflow", "keras-jax", "keras-torch"}) {
    std::ifstream in(nn_test::source_folder() + "/tests/golden/streams/kernels-" + streams + ".tsv");
    size_t checked = 0;
    for (std::string row; std::getline(in, row);) {
      if (row.starts_with("#")) continue;
      const auto fields = split_at(row, '\t');
      REQUIRE(fields.size() == 6);
      INFO(streams << ": " << row);
      const Graph graph = Network(fields[2], {3, 4, 5}, like_named("keras")).lower();
      const auto backend = make_backend("ref", 1);
      const auto memory = backend->allocate(graph, 0);
      make_randomness(streams, std::stoull(std::string(fields[0])), graph)->initialise(*memory);
      Hashes found;
      hash_weights(*memory, found);
      CHECK(found[std::string(fields[3])] == fields[5]);
      ++checked;
    }
    CHECK(checked == 20);
  }
}

TEST_CASE("droppath keeps the samples that torchvision's stochastic depth and Keras' Dropout with a noise_shape keep") {
  const std::pair<const char*, const char*> of[] = {
      {"torch", "pytorch"}, {"keras-tensorflow", "keras"}, {"keras-jax", "keras-jax"}, {"keras-torch", "keras-torch"}};
  for (const auto& [streams, like] : of) {
    std::ifstream in(nn_test::source_folder() + "/tests/golden/streams/samples-" + streams + ".tsv");
    size_t checked = 0;
    for (std::string row; std::getline(in, row);) {
      if (row.starts_with("#")) continue;
      const auto fields = split_at(row, '\t');
      REQUIRE(fields.size() == 4);
      INFO(streams << ": " << row);
      const Graph graph = Network(fields[1], {2, 3, 3}, like_named(like)).lower();
      const auto backend = make_backend("ref", 1);
      const auto memory = backend->allocate(graph, 0);
      const auto randomness = make_randomness(streams, std::stoull(std::string(fields[0])), graph);
      randomness->initialise(*memory);
      std::string kept;
      for (int64_t batch = 0; batch < 2; ++batch) {
        randomness->begin_batch(batch);
        for (size_t op = 0; op < graph.ops.size(); ++op) {
          const auto* dropout = std::get_if<Dropout>(&graph.ops[op].what);
          if (!dropout) continue;
          const int64_t values = graph.value(graph.ops[op].output).shape.count();
          std::vector<uint32_t> words(static_cast<size_t>(12 * (dropout->whole_samples ? 1 : values)));
          randomness->words(static_cast<int>(op), words);
          if (graph.ops[op].layer == fields[2])
            for (const uint32_t w : words) kept += w ? '1' : '0';
        }
      }
      CHECK(kept == fields[3]);
      ++checked;
    }
    CHECK(checked == 6);
  }
}
