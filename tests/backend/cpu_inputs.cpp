// SPDX-License-Identifier: MIT
// A plan's input given in each way there is, values, pointers to them, bytes: all give the same bits, but for bytes
// that bf16 multiplies as they are.
#include <algorithm>
#include <numeric>
#include <utility>

#include "backend/each_isa.h"
#include "backend/pixels.h"
#include "backend/random_graph.h"
#include "catch.h"

using namespace nn;
using namespace nn::test;

namespace {

struct Images {
  Shape shape;
  size_t batch;
  std::vector<float> table;    // {C, 256}
  std::vector<uint8_t> bytes;  // {batch, C, H, W}
  std::vector<float> values;   // likewise

  size_t count() const { return static_cast<size_t>(shape.count()); }
};

enum class Values { any, from_zero };

/// Dark ones have elements that no sample has, runs that some lack, and a sample with nothing at all.
Images images_of(const Shape& shape, size_t batch, Values table, bool dark) {
  Random random(8);
  Images made{shape, batch, {}, {}, {}};
  const size_t count = made.count(), area = count / static_cast<size_t>(shape[0]);
  for (size_t i = 0; i < static_cast<size_t>(shape[0]) * 256; ++i)
    made.table.push_back(table == Values::from_zero ? static_cast<float>(i % 256) / 255.0f
                                                    : static_cast<float>(real(random, -1, 1)));
  made.bytes.resize(batch * count);
  for (uint8_t& v : made.bytes) v = static_cast<uint8_t>(pick(random, 0, 255));
  if (dark) {
    for (size_t i = 0; i < count; ++i)
      if (i / 9 % 2 == 1)
        for (size_t n = 0; n < batch; ++n) made.bytes[n * count + i] = 0;
    for (size_t n = 0; n < batch; ++n) {
      const auto begin = static_cast<size_t>(pick(random, 0, static_cast<int>(count) / 2));
      for (size_t i = begin; i < begin + count / 2; ++i) made.bytes[n * count + i] = 0;
      if (n == 20) std::fill_n(made.bytes.begin() + static_cast<ptrdiff_t>(n * count), count, uint8_t{0});
    }
  }
  for (size_t i = 0; i < made.bytes.size(); ++i)
    made.values.push_back(made.table[i % count / area * 256 + made.bytes[i]]);
  return made;
}

enum class Given { values, rows, pixels, pixels_at_once };
bool by_pixels(Given g) { return g == Given::pixels || g == Given::pixels_at_once; }

/// The loss and every gradient.
std::vector<std::vector<double>> results_of(Backend& backend, const Graph& graph, Precision precision,
                                            const Images& images, Given given) {
  // A sample of nothing but 255 comes first.
  std::vector<uint8_t> bytes(images.count(), 255);
  bytes.insert(bytes.end(), images.bytes.begin(), images.bytes.end());
  const Source pixels{.x = std::as_bytes(std::span(bytes)), .byte_values = images.table},
      floats{.x = std::as_bytes(std::span(images.values))};
  PlanOptions options{.batch = static_cast<int64_t>(images.batch), .training = true, .precision = precision};
  if (given != Given::values) options.source = by_pixels(given) ? &pixels : &floats;
  const auto memory = backend.allocate(graph, 0);
  fill_memory(*memory, 7);
  const auto plan = backend.compile(graph, options, *memory);
  const Plan::Inputs inputs = plan->inputs();
  REQUIRE(inputs.x.empty() == (given != Given::values));
  for (size_t n = 0; n < images.batch; ++n) inputs.labels[n] = static_cast<int32_t>(n % 4);
  HashWords words;
  if (given == Given::pixels) {  // what a bright batch leaves behind is not to be read
    std::fill(inputs.index.begin(), inputs.index.end(), int64_t{0});
    plan->forward(&words);
    plan->backward();
    words = HashWords();
  }
  std::iota(inputs.index.begin(), inputs.index.end(), int64_t{by_pixels(given) ? 1 : 0});
  if (given == Given::values) std::copy(images.values.begin(), images.values.end(), inputs.x.begin());
  plan->forward(&words);
  plan->backward();
  std::vector<std::vector<double>> results{{plan->loss()}};
  for (size_t p = 0; p < graph.params.size(); ++p) {
    results.emplace_back(static_cast<size_t>(graph.params[p].shape.count()));
    memory->read(Part::gradients, static_cast<ParamId>(p), results.back(), 0);
  }
  return results;
}

Graph dense_graph(const Shape& in) {
  GraphBuilder b;
  const ValueId x = b.flatten(b.input(in));
  return b.softmax_loss(b.matmul(b.dropout(b.map(b.matmul(x, 200), "relu"), 0.3), 4));
}

Graph conv_graph(const Shape& in) {
  GraphBuilder b;
  return b.softmax_loss(b.matmul(b.flatten(b.conv(b.input(in), 3, 3, 1, 1)), 4));
}

void check_all(Backend& backend, const Graph& graph, Precision precision, const Images& images) {
  const auto expected = results_of(backend, graph, precision, images, Given::values);
  for (const Given given : {Given::rows, Given::pixels}) {
    INFO((given == Given::rows ? "rows" : "pixels"));
    const auto results = results_of(backend, graph, precision, images, given);
    // What bf16 multiplies as bytes is not rounded.
    const bool as_bytes = given == Given::pixels && precision == Precision::bf16 && factor_of_bytes(images.table) != 0;
    const auto same = as_bytes ? results_of(backend, graph, precision, images, Given::pixels_at_once) : expected;
    for (size_t p = 0; p < results.size(); ++p) CHECK(results[p] == same[p]);
  }
}

/// A few workers pack the input of a wide layer each for itself, many share it.
void check_threads(const Graph& graph, Precision precision, const Images& images) {
  for (const bool bf16x3 : {false, true}) {
    const auto expected = results_of(*cpu_by(1, {.bf16x3 = bf16x3}), graph, precision, images, Given::pixels);
    for (const int threads : {2, 3, 6}) {
      INFO(threads << " threads, thirds " << bf16x3);
      const bool same =
          results_of(*cpu_by(threads, {.bf16x3 = bf16x3}), graph, precision, images, Given::pixels) == expected;
      CHECK(same);
    }
  }
}

}  // namespace

TEST_CASE("Rows and pixels give what their values give, bit for bit, but for what is not rounded", "[cpu]") {
  for (const auto& [in, batch] :
       {std::pair(Shape{2, 16, 16}, 45), {Shape{3, 5, 7}, 45}, {Shape{1, 13, 11}, 45}, {Shape{1, 13, 11}, 530}})
    for (const auto& [table, dark] :
         {std::pair(Values::any, false), {Values::from_zero, false}, {Values::from_zero, true}}) {
      const Images images = images_of(in, static_cast<size_t>(batch), table, dark);
      on_each_isa([&, &in = in, &batch = batch, &dark = dark](const cpu::Kernels& kernels) {
        // Not by thirds, which multiply some bytes as they are.
        const auto backend = cpu_by(2, {.bf16x3 = false});
        INFO(kernels.isa << ", " << in.text() << ", batch " << batch << ", dark " << dark);
        for (const Precision precision : {Precision::float32, Precision::bf16}) {
          check_all(*backend, dense_graph(in), precision, images);
          if (!dark) check_threads(dense_graph(in), precision, images);
        }
        check_all(*backend, conv_graph(in), Precision::float32, images);
      });
      INFO("ref");
      check_all(*make_backend("ref", 1), dense_graph(in), Precision::float32, images);
    }
}
