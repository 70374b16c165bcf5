// SPDX-License-Identifier: MIT
// Several steps in one call give the bits of the same steps one by one.
#include <stdexcept>

#include "backend/random_graph.h"
#include "backend/ref/backend.h"
#include "catch.h"

using namespace nn;
using namespace nn::test;

TEST_CASE("steps in one call are the steps one by one, dropout and hits included") {
  GraphBuilder b;
  const Graph graph = b.softmax_loss(
      b.matmul(b.dropout(b.map(b.matmul(b.dropout(b.flatten(b.input({2, 3, 4})), 0.2), 8), "relu"), 0.5), 3));
  constexpr size_t batch = 5, steps = 4, samples = 30;
  Random random(1);
  std::vector<uint8_t> bytes(samples * 24);
  for (uint8_t& v : bytes) v = static_cast<uint8_t>(pick(random, 0, 255));
  std::vector<float> values(512);
  for (float& v : values) v = static_cast<float>(real(random, -1, 1));
  std::vector<int32_t> labels(samples);
  for (int32_t& v : labels) v = static_cast<int32_t>(pick(random, 0, 2));
  const Source source{.x = std::as_bytes(std::span(bytes)), .byte_values = values, .labels = labels};
  std::vector<int64_t> rows(batch * steps);
  for (int64_t& row : rows) row = pick(random, 0, samples - 1);
  std::vector<MaskStream> masks(2 * steps);
  for (size_t i = 0; i < masks.size(); ++i) {
    masks[i].numbers.key = {static_cast<uint32_t>(i), 7};
    if (i % 2 == 0) masks[i].drawn_channels_last = {2, 3, 4};
  }
  const std::vector<double> constants{0, 1, 0.1, 0, 1, 0.2, 0, 1, 0.3, 0, 1, 0.4};
  PlanOptions options{.batch = batch, .training = true, .source = &source, .hits = HitRule::first_maximum};

  const auto backend = ref::make_backend({}, {.steps_at_once = 7});
  std::vector<std::vector<double>> weights;
  std::vector<StepOutcome> together(steps), single;
  for (const bool at_once : {true, false}) {
    const auto memory = backend->allocate(graph, 0);
    fill_memory(*memory, 3);
    const auto plan = backend->compile(graph, options, *memory);
    CHECK(plan->steps_at_once() == 7);
    CHECK(plan->inputs().labels.empty());
    if (at_once) plan->run({rows, "sgd", constants, masks}, together);
    for (size_t i = 0; !at_once && i < steps; ++i) {
      std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(i * batch), batch, plan->inputs().index.begin());
      DescribedWords words(graph, std::span(masks).subspan(2 * i, 2));
      plan->forward(&words);
      single.push_back({plan->loss(), plan->hits()});
      plan->backward_and_update({"sgd", std::span(constants).subspan(3 * i, 3)});
    }
    weights.emplace_back();
    for (size_t p = 0; p < graph.params.size(); ++p) {
      std::vector<double> w(static_cast<size_t>(graph.params[p].shape.count()));
      memory->read(Part::weights, static_cast<ParamId>(p), w);
      weights.back().insert(weights.back().end(), w.begin(), w.end());
    }
  }
  CHECK(weights[0] == weights[1]);
  int64_t hits = 0;
  for (size_t i = 0; i < steps; ++i) {
    CHECK(together[i].loss == single[i].loss);
    CHECK(together[i].hits == single[i].hits);
    hits += single[i].hits;
  }
  CHECK(hits > 0);

  // One at a time where something must come from the host at each step.
  const auto memory = backend->allocate(graph, 0);
  Source refilled = source, unlabelled = source;
  refilled.refilled = true;
  unlabelled.labels = {};
  for (const Source* other : {&refilled, &unlabelled}) {
    options.source = other;
    CHECK(backend->compile(graph, options, *memory)->steps_at_once() == 1);
  }
  Source broken = source;
  broken.labels = broken.labels.first(3);
  options.source = &broken;
  CHECK_THROWS_AS(backend->compile(graph, options, *memory), std::logic_error);
}
