// SPDX-License-Identifier: MIT
// Ragged samples: what is computed of a text does not depend on the texts beside it, on its place, on the room for rows
// or on the number of threads.
#include <numeric>

#include "backend/each_isa.h"
#include "backend/random_graph.h"
#include "base/error.h"
#include "catch.h"

using namespace nn;
using namespace nn::test;

namespace {

constexpr int64_t vocabulary = 40, longest = 150;

Graph encoder_graph() {
  GraphBuilder b;
  ValueId x = b.layer_norm(b.embed(b.ids_input(longest), {vocabulary, 48, longest, 0, 2}));
  x = encoder_layer(b, x, 3, 100);
  x = encoder_layer(b, b.l2norm(x), 3, 100, 8);
  x = b.segment_pool(x, SegmentPool::Kind::mean);
  Graph graph = b.softmax_loss(b.matmul(x, 5));
  graph.outputs.push_back(x);
  return graph;
}

std::vector<std::vector<int32_t>> some_texts() {
  Random random(3);
  std::vector<std::vector<int32_t>> texts;
  for (const int64_t length : {1, 150, 7, 64, 0, 33, 2, 90, 15}) {
    texts.emplace_back();
    for (int64_t i = 0; i < length; ++i) texts.back().push_back(static_cast<int32_t>(pick(random, 0, vocabulary - 1)));
  }
  return texts;
}

using Texts = std::vector<std::vector<int32_t>>;

void fill(Plan& plan, const Texts& texts, const std::vector<size_t>& order) {
  const Plan::Inputs in = plan.inputs();
  int64_t row = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    std::copy(texts[order[i]].begin(), texts[order[i]].end(), in.ids.begin() + row);
    in.start[i + 1] = row += std::ssize(texts[order[i]]);
    if (!in.labels.empty()) in.labels[i] = static_cast<int32_t>(order[i] % 5);
  }
}

/// The pooled rows of these texts, in this order.
std::vector<std::vector<float>> pooled(Backend& backend, Memory& memory, const Graph& graph, const Texts& texts,
                                       const std::vector<size_t>& order, int64_t more_room) {
  int64_t rows = more_room;
  for (const size_t i : order) rows += std::ssize(texts[i]);
  const PlanOptions options{.batch = std::ssize(order), .rows = std::max<int64_t>(rows, 1)};
  const auto plan = backend.compile(graph, options, memory);
  if (more_room > 0) {  // what an earlier run leaves behind is not read
    const auto in = plan->inputs();
    std::fill(in.ids.begin(), in.ids.end(), 3);
    in.start.back() = std::min(rows, longest);
    plan->forward(nullptr);
  }
  fill(*plan, texts, order);
  plan->forward(nullptr);
  std::vector<std::vector<float>> result;
  const auto y = plan->output(1);
  const size_t width = y.size() / order.size();
  for (size_t i = 0; i < order.size(); ++i)
    result.emplace_back(y.begin() + static_cast<ptrdiff_t>(i * width),
                        y.begin() + static_cast<ptrdiff_t>((i + 1) * width));
  return result;
}

}  // namespace

TEST_CASE("ragged: the bits of a text depend on nothing beside it", "[ragged]") {
  const Graph graph = encoder_graph();
  const Texts texts = some_texts();
  std::vector<size_t> all(texts.size());
  std::iota(all.begin(), all.end(), size_t{0});
  std::vector<size_t> other{8, 1, 3, 0, 7, 5, 4, 6, 2};
  const auto check = [&](const char* device) {
    const auto one = make_backend(device, 1), three = make_backend(device, 3);
    const auto memory = one->allocate(graph, 0), again = three->allocate(graph, 0);
    fill_memory(*memory, 1), fill_memory(*again, 1);
    const auto together = pooled(*one, *memory, graph, texts, all, 0);
    const auto turned = pooled(*three, *again, graph, texts, other, 77);
    for (size_t i = 0; i < all.size(); ++i) {
      INFO(device << ", text " << i << " of " << texts[i].size() << " tokens");
      CHECK(pooled(*one, *memory, graph, texts, {i}, 0)[0] == together[i]);
      CHECK(turned[i] == together[other[i]]);
    }
  };
  check("ref");
  on_each_isa([&](const cpu::Kernels& kernels) {
    INFO(kernels.isa);
    check("cpu");
  });
}

TEST_CASE("ragged: room for more rows and other threads leave the bits of gradients and updates", "[ragged]") {
  const Graph graph = encoder_graph();
  const Texts texts = some_texts();
  std::vector<size_t> order(texts.size());
  std::iota(order.begin(), order.end(), size_t{0});
  int64_t rows = 0;
  for (const auto& text : texts) rows += std::ssize(text);
  const double adam[] = {0.01, 1, 0.1, 0.999, 0.001, 0.001, 1, 1e-8};
  std::vector<std::vector<double>> expected;
  for (const char* device : {"ref", "cpu"})
    for (const auto& [threads, room, at_once] : {std::tuple(1, rows, false), {3, rows + 500, false}, {2, rows, true}}) {
      INFO(device << ", " << threads << " threads, room for " << room << " rows, at once " << at_once);
      const auto backend = make_backend(device, threads);
      const auto memory = backend->allocate(graph, 2);
      fill_memory(*memory, 1);
      const auto plan = backend->compile(graph, {.batch = std::ssize(order), .rows = room, .training = true}, *memory);
      std::vector<std::vector<double>> found;
      for (int step = 0; step < 2; ++step) {
        fill(*plan, texts, order);
        plan->forward(nullptr);
        if (at_once) {
          plan->backward_and_update({"adam", adam});
        } else {
          plan->backward();
          memory->update("adam", adam);
        }
        found.push_back({plan->loss()});
      }
      for (size_t p = 0; p < graph.params.size(); ++p) {
        found.emplace_back(static_cast<size_t>(graph.params[p].shape.count()));
        memory->read(Part::weights, static_cast<ParamId>(p), found.back());
      }
      if (threads == 1)
        expected = found;
      else
        CHECK(found == expected);
    }
}

TEST_CASE("ragged: ids outside of the vocabulary are refused, wrong offsets are a bug", "[ragged]") {
  const Graph graph = encoder_graph();
  for (const char* device : {"ref", "cpu"}) {
    INFO(device);
    const auto backend = make_backend(device, 2);
    const auto memory = backend->allocate(graph, 0);
    const auto plan = backend->compile(graph, {.batch = 2, .rows = 10}, *memory);
    const auto in = plan->inputs();
    const auto run = [&](int64_t middle, int64_t end, int32_t id) {
      std::fill(in.ids.begin(), in.ids.end(), 1);
      in.ids[4] = id;
      in.start[1] = middle, in.start[2] = end;
      plan->forward(nullptr);
    };
    CHECK_NOTHROW(run(3, 10, 39));
    CHECK_THROWS_WITH(run(3, 10, 40), Contains("id 40 in row 4 of the batch is outside of the vocabulary, 0..39"));
    CHECK_THROWS_WITH(run(3, 10, -1), Contains("id -1 in row 4"));
    CHECK_NOTHROW(run(3, 4, 40));  // beyond the last row
    CHECK_THROWS_AS(run(3, 11, 1), std::logic_error);
    CHECK_THROWS_AS(run(5, 4, 1), std::logic_error);
    CHECK_THROWS_AS(backend->compile(graph, {.batch = 2}, *memory), std::logic_error);
  }
}

TEST_CASE("ragged: cpu has a step of its own for everything in an encoder", "[ragged]") {
  const Graph graph = encoder_graph();
  const auto backend = make_backend("cpu", 2);
  const auto memory = backend->allocate(graph, 0);
  for (const bool training : {false, true})
    for (const std::string& line :
         backend->compile(graph, {.batch = 2, .rows = 10, .training = training}, *memory)->describe()) {
      INFO(line);
      CHECK(line.find("fallback") == std::string::npos);
    }
}
