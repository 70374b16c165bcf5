// SPDX-License-Identifier: MIT
// The order of a seeded Keras on TensorFlow, and what --reshuffle makes of it.
#include <algorithm>
#include <set>

#include "catch.h"
#include "train/engine/randomness.h"

using namespace nn;

using Order = std::vector<int64_t>;

TEST_CASE("a seeded Keras on TensorFlow repeats one order, --reshuffle begins with it") {
  const Graph graph;
  const Order keras{3, 8, 7, 5, 2, 0, 1, 6, 9, 4};  // tf.data's, of Keras 3.15.1 with set_random_seed(42)
  const auto repeated = make_randomness("keras-tensorflow", 42, graph);
  for (int epoch = 0; epoch < 3; ++epoch) CHECK(repeated->order(10, true) == keras);

  const auto reshuffled = make_randomness("keras-tensorflow", 42, graph, true);
  std::set<Order> orders;
  for (int epoch = 0; epoch < 20; ++epoch) {
    Order order = reshuffled->order(10, true);
    if (epoch == 0) CHECK(order == keras);
    CHECK(reshuffled->order_again(10, true) == order);
    orders.insert(order);
    std::ranges::sort(order);
    CHECK(order == Order{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  }
  CHECK(orders.size() == 20);
  const Order kept = reshuffled->order(4, false);
  CHECK(kept == Order{0, 1, 2, 3});

  const auto zero = make_randomness("keras-tensorflow", 0, graph, true);
  CHECK(zero->order(10, true) == Order{2, 0, 5, 8, 7, 1, 9, 6, 3, 4});
  CHECK(zero->order(10, true) != Order{2, 0, 5, 8, 7, 1, 9, 6, 3, 4});
}
