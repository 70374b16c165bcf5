// SPDX-License-Identifier: MIT
// What a device draws from the description of a mask is what the trainer draws for the CPU.
#include "catch.h"
#include "model/network.h"
#include "train/engine/randomness.h"

using namespace nn;

namespace {

/// The mask of `op` for a batch, element by element from the description.
std::vector<uint32_t> drawn(const MaskStream& mask, double rate, size_t samples, size_t count) {
  std::vector<uint32_t> out(samples * count);
  const Shape& image = mask.drawn_channels_last;
  const uint64_t channels = image.rank() == 3 ? static_cast<uint64_t>(image[0]) : 1, space = count / channels;
  for (size_t i = 0; i < out.size(); ++i) {
    const uint64_t n = i / count, c = i % count / space, cell = i % space;
    out[i] = keeps(mask.numbers, rate, n * count + cell * channels + c) ? 0xFFFFFFFFU : 0;
  }
  return out;
}

}  // namespace

TEST_CASE("masks that a device can draw for itself are those of words()") {
  const Network network("conv:3,3 relu dropout:0.3 flatten dropout:0.6 dense:7 dropout:0.5 dense:2", Shape{1, 7, 6});
  const Graph graph = network.lower();
  for (const char* streams : {"keras-tensorflow", "keras-jax"}) {
    INFO(streams);
    const auto random = make_randomness(streams, 42, graph);
    for (const int64_t batch : {0, 3}) {
      random->begin_batch(batch);
      int masks = 0;
      for (size_t op = 0; op < graph.ops.size(); ++op) {
        const auto* dropout = std::get_if<Dropout>(&graph.ops[op].what);
        if (!dropout) continue;
        ++masks;
        const auto count = static_cast<size_t>(graph.values[static_cast<size_t>(graph.ops[op].output)].shape.count());
        const auto mask = random->described(static_cast<int>(op));
        REQUIRE(mask);
        CHECK((mask->drawn_channels_last.rank() == 3) == (masks < 3));
        std::vector<uint32_t> words(5 * count);
        random->words(static_cast<int>(op), words);
        CHECK(words == drawn(*mask, dropout->rate, 5, count));
      }
      CHECK(masks == 3);
    }
  }
  CHECK_FALSE(make_randomness("torch", 42, graph)->described(2));
  CHECK_FALSE(make_randomness("keras-torch", 42, graph)->described(2));
}

TEST_CASE("dropout that drops nothing keeps all, whatever the streams") {
  const Graph graph = Network("dense:4 dropout:0 dense:2", Shape{3}).lower();
  REQUIRE(std::holds_alternative<Dropout>(graph.ops[1].what));
  for (const std::string& streams : stream_names()) {
    INFO(streams);
    std::vector<uint32_t> words(20);
    make_randomness(streams, 1, graph)->words(1, words);
    CHECK(words == std::vector<uint32_t>(20, ~uint32_t{0}));
  }
}

TEST_CASE("the mask of whole samples is described with an element a sample") {
  const Graph graph = Network("conv:3,3 droppath:0.3 flatten dense:2", Shape{1, 7, 6}).lower();
  REQUIRE(std::get<Dropout>(graph.ops[1].what).whole_samples);
  for (const char* streams : {"keras-tensorflow", "keras-jax"}) {
    INFO(streams);
    const auto random = make_randomness(streams, 42, graph);
    random->begin_batch(3);
    const auto mask = random->described(1);
    REQUIRE(mask);
    CHECK(mask->drawn_channels_last.rank() == 0);
    std::vector<uint32_t> words(40), again(40);
    random->words(1, words);
    CHECK(words == drawn(*mask, 0.3, 40, 1));
    DescribedWords(graph, {&*mask, 1}).words(1, again);
    CHECK(again == words);
  }
}

TEST_CASE("torch and Keras on torch draw nothing for dropout that drops nothing") {
  for (const char* streams : {"torch", "keras-torch"}) {
    INFO(streams);
    const Graph one = Network("dense:4 dropout:0 dropout:0.5 dense:2", Shape{3}).lower();
    const Graph none = Network("dense:4 dropout:0.5 dense:2", Shape{3}).lower();
    std::vector<uint32_t> first(40), words(40), expected(40);
    const auto random = make_randomness(streams, 1, one);
    random->words(1, first);
    random->words(2, words);
    make_randomness(streams, 1, none)->words(1, expected);
    CHECK(words == expected);
  }
}
