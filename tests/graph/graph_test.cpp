// SPDX-License-Identifier: MIT
// Inputs and outputs of a graph, and what a loss adds to it.
#include "graph/graph.h"

#include <stdexcept>

#include "catch.h"
#include "graph/graph_builder.h"

using namespace nn;
using test::GraphBuilder;

TEST_CASE("a loss adds the input that it compares with, by name, type and shape") {
  GraphBuilder of_labels;
  const Graph a = of_labels.softmax_loss(of_labels.matmul(of_labels.input({3}), 5));
  REQUIRE(a.inputs.size() == 2);
  CHECK(a.inputs[0].name == "input");
  CHECK(a.input() == a.inputs[0].value);
  const Input* labels = a.find_input("labels");
  REQUIRE(labels);
  CHECK(a.value(labels->value).type == ElementType::int32);
  CHECK(a.value(labels->value).shape == Shape{});
  CHECK(a.find_input("targets") == nullptr);
  REQUIRE(a.loss());
  CHECK(a.loss()->inputs == std::vector<ValueId>{a.output(), labels->value});
  CHECK(a.value(a.loss()->output).shape.rank() == 0);

  GraphBuilder of_targets;
  const Graph b = of_targets.bce(of_targets.matmul(of_targets.input({3}), 5));
  const Input* targets = b.find_input("targets");
  REQUIRE(targets);
  CHECK(b.value(targets->value).type == ElementType::float32);
  CHECK(b.value(targets->value).shape == Shape{5});
  CHECK(b.find_input("labels") == nullptr);
}

TEST_CASE("a graph has one loss at its end, and inputs of different names") {
  GraphBuilder builder;
  Graph graph = builder.mse(builder.matmul(builder.input({3}), 5));
  CHECK_THROWS_AS(graph.add_loss(MseLoss{}), std::logic_error);
  CHECK_THROWS_AS(graph.add_input("input", {Shape{2}}), std::logic_error);
  graph.ops.pop_back();
  CHECK_FALSE(graph.has_loss());
  CHECK_THROWS_AS(graph.add_loss(Add{}), std::logic_error);
}

TEST_CASE("the only reader of a value: none where there are several, or where it is an output") {
  GraphBuilder builder;
  const ValueId x = builder.input({3}), y = builder.matmul(x, 4), z = builder.map(y, "relu");
  const Graph graph = builder.mse(builder.add_values(z, z));
  const std::vector<const Op*> readers = graph.only_readers();
  CHECK(readers[static_cast<size_t>(x)] == &graph.ops[0]);
  CHECK(readers[static_cast<size_t>(y)] == &graph.ops[1]);
  CHECK(readers[static_cast<size_t>(z)] == nullptr);
  CHECK(readers[static_cast<size_t>(graph.output())] == nullptr);
  CHECK(readers[static_cast<size_t>(graph.loss()->output)] == nullptr);
}
