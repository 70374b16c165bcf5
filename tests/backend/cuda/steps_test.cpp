// SPDX-License-Identifier: MIT
// Samples that lie on the device, masks that it draws itself, and many steps in one call: the bits of the same steps
// one by one, fed by the host.
#include <stdlib.h>

#include "backend/cuda/simulated.h"
#include "base/error.h"
#include "catch.h"

using namespace nn;
using namespace nn::test;

namespace {

constexpr size_t batch = 5, samples = 30, elements = 24;

/// Samples in one form, and what belongs to them.
struct Data {
  std::vector<uint8_t> bytes;
  std::vector<float> values, floats, targets;
  std::vector<int32_t> labels;
  explicit Data(uint64_t seed) {
    Random random(seed);
    for (size_t i = 0; i < samples * elements; ++i) {
      bytes.push_back(static_cast<uint8_t>(pick(random, 0, 255)));
      floats.push_back(static_cast<float>(real(random, -1, 1)));
    }
    for (int i = 0; i < 512; ++i) values.push_back(static_cast<float>(real(random, -1, 1)));
    for (size_t i = 0; i < samples; ++i) labels.push_back(static_cast<int32_t>(pick(random, 0, 2)));
    for (size_t i = 0; i < samples * 3; ++i) targets.push_back(static_cast<float>(pick(random, 0, 1)));
  }
  Source of_bytes() const {
    return {.x = std::as_bytes(std::span(bytes)), .byte_values = values, .labels = labels, .targets = targets};
  }
  Source of_floats() const { return {.x = std::as_bytes(std::span(floats)), .labels = labels, .targets = targets}; }
};

Graph network(bool classes) {
  GraphBuilder b;
  const ValueId x = b.dropout(b.flatten(b.input({2, 3, 4})), 0.2);
  const ValueId h = b.dropout(b.map(b.batch_norm(b.matmul(x, 8)), "relu"), 0.5);
  const ValueId y = b.matmul(b.drop_samples(h, 0.3), 3);
  return classes ? b.softmax_loss(y) : b.bce(y);
}

/// Three for each step: of the samples' values, of the hidden layer, of whole samples.
std::vector<MaskStream> masks_of(size_t steps) {
  std::vector<MaskStream> masks(3 * steps);
  for (size_t i = 0; i < masks.size(); ++i) {
    masks[i].numbers.kind = i % 2 ? CounterStream::Kind::threefry : CounterStream::Kind::philox;
    masks[i].numbers.key = {static_cast<uint32_t>(i), 7};
    masks[i].numbers.high = {3, static_cast<uint32_t>(i)};
    if (i % 3 == 0) masks[i].drawn_channels_last = {2, 3, 4};
  }
  return masks;
}

/// The same masks, as words of the host.
class Words final : public RandomSource {
 public:
  Words(const Graph& graph, std::span<const MaskStream> masks) : words_(graph, masks) {}
  void words(int op, std::span<uint32_t> out) override { words_.words(op, out); }

 private:
  DescribedWords words_;
};

struct Found {
  std::vector<double> weights;
  std::vector<StepOutcome> outcomes;
};

enum class Way { at_once, described, of_host };

Found train(Backend& backend, const Graph& graph, const Source& source, HitRule hits, Way way, size_t steps) {
  Random random(9);
  std::vector<int64_t> rows(batch * steps);
  for (int64_t& row : rows) row = pick(random, 0, samples - 1);
  const std::vector<MaskStream> masks = masks_of(steps);
  std::vector<double> constants;
  for (size_t i = 0; i < steps; ++i)
    for (const double c : {0.01, 1.0, 0.1, 0.999, 0.001, 0.01 + static_cast<double>(i) / 100, 1.0, 1e-8})
      constants.push_back(c);
  const auto memory = backend.allocate(graph, 2);
  fill_memory(*memory, 3);
  const auto plan =
      backend.compile(graph, {.batch = batch, .training = true, .source = &source, .hits = hits}, *memory);
  Found found;
  found.outcomes.resize(steps);
  if (way == Way::at_once) {
    REQUIRE(plan->steps_at_once() >= static_cast<int64_t>(steps));
    plan->run({rows, "adam", constants, masks}, found.outcomes);
  }
  for (size_t i = 0; way != Way::at_once && i < steps; ++i) {
    const Plan::Inputs in = plan->inputs();
    std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(i * batch), batch, in.index.begin());
    const auto mine = std::span(masks).subspan(3 * i, 3);
    DescribedWords described(graph, mine);
    Words words(graph, mine);
    plan->forward(way == Way::described ? static_cast<RandomSource*>(&described) : &words);
    found.outcomes[i] = {plan->loss(), plan->hits()};
    plan->backward_and_update({"adam", std::span(constants).subspan(8 * i, 8)});
  }
  found.weights = all_weights(*memory);
  return found;
}

void check_same(const Found& a, const Found& b) {
  CHECK(a.weights == b.weights);
  REQUIRE(a.outcomes.size() == b.outcomes.size());
  for (size_t i = 0; i < a.outcomes.size(); ++i) {
    CHECK(a.outcomes[i].loss == b.outcomes[i].loss);
    CHECK(a.outcomes[i].hits == b.outcomes[i].hits);
  }
}

}  // namespace

TEST_CASE("many steps in one call are the steps one by one, and masks that the device draws are the host's") {
  const Data data(1);
  const auto backend = simulated({.steps_at_once = 40});
  for (const bool classes : {true, false})
    for (const bool bytes : {true, false}) {
      INFO("classes " << classes << ", bytes " << bytes);
      const Graph graph = network(classes);
      const Source source = bytes ? data.of_bytes() : data.of_floats();
      const HitRule rule = classes ? HitRule::first_maximum : HitRule::targets;
      const Found many = train(*backend, graph, source, rule, Way::at_once, 37);  // two recordings of 16, and 5 of one
      check_same(many, train(*backend, graph, source, rule, Way::described, 37));
      check_same(many, train(*backend, graph, source, rule, Way::of_host, 37));
      int64_t hits = 0;
      for (const StepOutcome& o : many.outcomes) hits += o.hits;
      CHECK(hits > 0);

      // ref draws the same masks, and counts the same hits while rounding does not move an output.
      const Found expected = train(*make_backend("ref", 1), graph, source, rule, Way::of_host, 3);
      for (size_t i = 0; i < 3; ++i) {
        CHECK(many.outcomes[i].loss == Approx(expected.outcomes[i].loss).epsilon(1e-4));
        CHECK(many.outcomes[i].hits == expected.outcomes[i].hits);
      }
    }
}

TEST_CASE("steps are taken one at a time where something comes from the host, or too little memory is there") {
  const Data data(2);
  const Graph graph = network(true);
  const auto backend = simulated({.steps_at_once = 40});
  const auto memory = backend->allocate(graph, 2);
  const auto at_once = [&](Backend& of, Memory& in, const Source& source) {
    return of.compile(graph, {.batch = batch, .training = true, .source = &source}, in)->steps_at_once();
  };
  const Source whole = data.of_bytes();
  Source refilled = whole, unlabelled = whole;
  refilled.refilled = true;
  unlabelled.labels = {};
  CHECK(at_once(*backend, *memory, whole) == 40);
  CHECK(at_once(*backend, *memory, refilled) == 1);
  CHECK(at_once(*backend, *memory, unlabelled) == 1);
  CHECK(backend->compile(graph, {.batch = batch, .source = &whole}, *memory)->steps_at_once() == 1);

  // The same bits from rows that are gathered by the host.
  const Found resident = train(*backend, graph, whole, HitRule::first_maximum, Way::described, 4);
  check_same(resident, train(*backend, graph, refilled, HitRule::first_maximum, Way::described, 4));
  Source broken = whole;
  broken.labels = broken.labels.first(3);
  CHECK_THROWS_AS(at_once(*backend, *memory, broken), std::logic_error);
}

TEST_CASE("labels outside of the classes are refused, those on the device when they are copied") {
  Data data(3);
  data.labels[7] = 3;
  const Graph graph = network(true);
  const auto backend = simulated();
  const auto memory = backend->allocate(graph, 0);
  const Source source = data.of_bytes();
  CHECK_THROWS_WITH(backend->compile(graph, {.batch = batch, .source = &source}, *memory), Contains("label 3"));
  const auto plan = backend->compile(graph, {.batch = 2}, *memory);
  plan->inputs().labels[1] = -1;
  CHECK_THROWS_AS(plan->forward(nullptr), Error);
}

TEST_CASE("many steps are cut so that a call takes a tenth of a second at most, once their time is known") {
  const Data data(4);
  const Graph graph = network(true);
  const auto backend = simulated();
  const auto memory = backend->allocate(graph, 2);
  const Source source = data.of_bytes();
  const auto plan = backend->compile(graph, {.batch = batch, .training = true, .source = &source}, *memory);
  CHECK(plan->steps_at_once() == 16);
  std::vector<int64_t> rows(batch * 16, 1);
  std::vector<double> constants;
  for (int i = 0; i < 16; ++i)
    for (const double c : {0.0, 1.0, 0.1}) constants.push_back(c);
  std::vector<StepOutcome> outcomes(16);
  const std::vector<MaskStream> masks = masks_of(16);
  plan->run({rows, "sgd", constants, masks}, outcomes);
  CHECK(plan->steps_at_once() >= 1);
  CHECK(plan->steps_at_once() <= 1024);
  for (const StepOutcome& o : outcomes) CHECK(o.loss > 0);
}
