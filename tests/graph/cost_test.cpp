// SPDX-License-Identifier: MIT
// Arithmetic and traffic of ops against numbers counted by hand.
#include "graph/cost.h"

#include <vector>

#include "catch.h"
#include "graph/graph_builder.h"

using namespace nn;
using test::GraphBuilder;

namespace {

/// The convolutional network of section 1 of the design, S0.
Graph fashion_cnn() {
  GraphBuilder b;
  ValueId x = b.input({1, 28, 28});
  for (const int64_t channels : {32, 64, 128}) {
    x = b.map(b.batch_norm(b.conv(x, channels, 3, 1, 1)), "relu");
    x = b.pool(x, Pool::Kind::max, 2, 2);
  }
  x = b.flatten(x);
  for (const int64_t width : {256, 128}) x = b.map(b.matmul(x, width), "relu");
  return b.softmax_loss(b.matmul(b.dropout(x, 0.5), 10));
}

Graph lenet() {
  GraphBuilder b;
  ValueId x = b.input({1, 28, 28});
  for (const int64_t channels : {6, 16}) x = b.pool(b.map(b.conv(x, channels, 5, 1, 0), "relu"), Pool::Kind::max, 2, 2);
  x = b.flatten(x);
  for (const int64_t width : {120, 84}) x = b.map(b.matmul(x, width), "relu");
  return b.softmax_loss(b.matmul(x, 10));
}

Graph perceptron(std::vector<int64_t> widths) {
  GraphBuilder b;
  ValueId x = b.input({widths[0]});
  for (size_t i = 1; i < widths.size(); ++i) x = b.matmul(i > 1 ? b.map(x, "relu") : x, widths[i]);
  return b.softmax_loss(x);
}

}  // namespace

TEST_CASE("a dense layer's arithmetic and traffic, by hand") {
  GraphBuilder b;
  const ValueId hidden = b.matmul(b.input({3}), 4);  // the first layer: no gradient of the input
  const Graph graph = b.softmax_loss(b.matmul(hidden, 2));
  const auto costs = costs_of(graph, 5, true);
  REQUIRE(costs.size() == graph.ops.size());
  // 5 samples x 3 x 4 multiply-adds, 20 additions of the bias; 15 inputs, 16 parameters, 20 outputs
  CHECK(costs[0].forward.flops == 2 * 60 + 20);
  CHECK(costs[0].forward.bytes == 4 * (15 + 16 + 20));
  CHECK(costs[0].backward.flops == 2 * 60 + 20);
  CHECK(costs[0].backward.bytes == 4 * (15 + 20 + 16));
  // 5 x 4 x 2: weights and bias (2 x 40 + 10), input (2 x 40); parameters 10, of them 8 weights
  CHECK(costs[1].backward.flops == 90 + 80);
  CHECK(costs[1].backward.bytes == 4 * ((20 + 10 + 10) + (10 + 8 + 20)));
  CHECK(costs_of(graph, 5, false)[1].backward.flops == 0);
}

TEST_CASE("a prelu's arithmetic and traffic, by hand") {
  GraphBuilder b;
  const Graph graph = b.mse(b.prelu(b.matmul(b.input({3}), 4), 1));
  const auto costs = costs_of(graph, 5, true);
  // 20 values: a comparison and a product; 4 slopes
  CHECK(costs[1].forward.flops == 2 * 20);
  CHECK(costs[1].forward.bytes == 4 * (20 + 20 + 4));
  // two products, a comparison and an addition; x, dy and dx
  CHECK(costs[1].backward.flops == 4 * 20);
  CHECK(costs[1].backward.bytes == 4 * (20 + 20 + 20));
}

TEST_CASE("a convolution's arithmetic, by hand: all taps of all outputs, groups divide the channels") {
  GraphBuilder b;
  Conv c{0, 6, 3, 2, 2, 1, 1, 0, 1, 0, 2};
  const Graph graph = b.mse(b.conv(b.input({4, 7, 5}), c, false));
  REQUIRE(graph.values[1].shape == Shape{6, 4, 4});
  const auto costs = costs_of(graph, 3, true);
  CHECK(costs[0].forward.flops == 2.0 * 3 * 6 * 4 * 4 * (4 / 2) * 3 * 2);
  CHECK(costs[0].backward.flops == costs[0].forward.flops);
  CHECK(costs[0].forward.bytes == 4.0 * (3 * 4 * 7 * 5 + 6 * 2 * 3 * 2 + 3 * 6 * 4 * 4));
}

TEST_CASE("nothing is asked of layers that are not trained, nor of those before them") {
  GraphBuilder b;
  b.trainable = false;
  ValueId x = b.matmul(b.input({8}), 8);
  b.trainable = true;
  const Graph graph = b.softmax_loss(b.matmul(b.map(x, "relu"), 8));
  const auto costs = costs_of(graph, 1, true);
  CHECK(costs[0].backward.flops == 0);
  CHECK(costs[1].backward.flops == 0);
  CHECK(costs[2].backward.flops == 2 * 64 + 8);  // of its weights only
  CHECK(direct_flops(graph, 1) == 3 * 2 * 64);
  CHECK(update_cost(graph, 2, 10).bytes == 4 * 7 * 72);
  CHECK(update_cost(graph, 2, 10).flops == 720);
}

TEST_CASE("work of a step of the five networks, in millions") {
  // Counted layer by layer: twice the multiply-adds of forward and weights, once those of the inputs but the first.
  const auto millions = [](const Graph& graph, int64_t batch) { return direct_flops(graph, batch) / 1e6; };
  CHECK(millions(fashion_cnn(), 64) == Approx(64 * (3 * 15.560192 - 0.451584)).epsilon(1e-9));
  CHECK(millions(fashion_cnn(), 64) == Approx(2959).epsilon(1e-3));
  CHECK(millions(lenet(), 128) == Approx(194.2).epsilon(1e-3));
  CHECK(millions(perceptron({784, 512, 128, 10}), 128) == Approx(256.8).epsilon(1e-3));
  CHECK(millions(perceptron({768, 512, 5}), 128) == Approx(203).epsilon(2e-3));
  CHECK(millions(perceptron({784, 128, 64, 10}), 128) == Approx(58.2).epsilon(1e-3));
}
