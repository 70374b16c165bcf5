// SPDX-License-Identifier: MIT
// Layers of several inputs, and layers that take one.
#include "base/error.h"
#include "catch.h"
#include "layers/specimen.h"

using namespace nn;
using namespace nn::test;

namespace {

/// The sum of two inputs.
class Sum final : public Layer {
 public:
  Shape output_shape(std::span<const Shape> x) const override {
    if (x.size() != 2 || !(x[0] == x[1])) throw Error("expected two inputs of one shape");
    return x[0];
  }
  ValueId lower(Lowering& to, std::span<const ValueId> x) const override {
    return to.op(Add{}, {x[0], x[1]}, to.shape(x[0]));
  }
};

}  // namespace

TEST_CASE("a layer lowers itself from several inputs", "[layers]") {
  const Sum sum;
  const Shape same[] = {{3, 2}, {3, 2}}, other[] = {{3, 2}, {2, 3}};
  CHECK(sum.output_shape(same) == Shape{3, 2});
  CHECK_THROWS_AS(sum.output_shape(other), Error);

  Graph graph;
  const ValueId x = graph.add_input("input", {Shape{3, 2}});
  Lowering branch(graph, "branch"), join(graph, "join");
  const ValueId y = branch.op(Map{"tanh"}, {x}, branch.shape(x));
  const ValueId inputs[] = {x, y};
  const ValueId z = sum.lower(join, inputs);
  CHECK(graph.output() == z);
  CHECK(graph.ops.back().inputs == std::vector<ValueId>{x, y});
  CHECK(graph.ops.back().layer == "join");

  const auto backend = make_backend("ref", 1);
  const auto memory = backend->allocate(graph, 0);
  const auto plan = backend->compile(graph, {.batch = 1}, *memory);
  for (size_t i = 0; i < 6; ++i) plan->inputs().x[i] = static_cast<float>(i) / 4;
  plan->forward(nullptr);
  for (size_t i = 0; i < 6; ++i) {
    const double v = static_cast<double>(i) / 4;
    CHECK(static_cast<double>(plan->output()[i]) == Approx(v + std::tanh(v)));
  }
}

TEST_CASE("an op may make values of another type, or ragged ones", "[layers]") {
  Graph graph;
  const ValueId ids = graph.add_input("ids", {Shape{}, ElementType::int32, true, 12});
  Lowering to(graph, "it");
  const ValueId rows = to.op(Embed{9, 4}, {ids}, {4}), more = to.op(Map{"tanh"}, {rows}, {4});
  CHECK(to.value(ids).type == ElementType::int32);
  for (const ValueId v : {rows, more}) {
    CHECK(to.value(v).type == ElementType::float32);
    CHECK(to.value(v).ragged);
    CHECK(to.value(v).most == 12);
  }
  CHECK_FALSE(to.value(to.op(SegmentPool{SegmentPool::Kind::mean}, {more}, {4})).ragged);
}

TEST_CASE("layers that are no joints take one input", "[layers]") {
  for (const LayerType* type : layer_types()) {
    INFO(type->name);
    const Made made(type->examples.front().text);
    CHECK((type->takes == Takes::one) == type->examples.front().more.empty());
    if (type->takes != Takes::one) {
      CHECK_THROWS_WITH(made.layer->output_shape(type->examples.front().input), Contains("found 1"));
      continue;
    }
    const Shape two[] = {type->examples.front().input, type->examples.front().input};
    CHECK_THROWS_WITH(made.layer->output_shape(two), Contains("expected one input, found 2"));
  }
}
