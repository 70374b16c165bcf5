// SPDX-License-Identifier: MIT
// Example graphs whose values branch and join.
#pragma once

#include "backend/example.h"

namespace nn::test {

/// Products and rows of values, in rows and in what convolutions and pools leave behind them.
inline void add_joint_examples(Random& random, std::vector<Example>& list) {
  const int64_t n = pick(random, 1, 9), width = pick(random, 2, 20);
  {
    GraphBuilder b;
    const ValueId x = b.matmul(b.input({5}), width), y = b.mul(b.map(x, "tanh"), b.map(x, "sigmoid"));
    list.push_back({"mul of rows", b.mse(b.mul(y, y)), n});
  }
  for (const bool pooled : {false, true})
    for (const auto by : {Mul::By::element, Mul::By::channel, Mul::By::cell}) {
      GraphBuilder b;
      const int64_t channels = pick(random, 1, 18);
      ValueId x = b.conv(b.input({2, 6, 8}), channels, 3, 1, 1);
      if (pooled) x = b.pool(x, Pool::Kind::average, 2, 2);
      ValueId factor = b.conv(x, by == Mul::By::cell ? 1 : channels, 1, 1, 0);
      if (by == Mul::By::channel) factor = b.matmul(b.flatten(b.pool(factor, Pool::Kind::average, 3, 3)), channels);
      x = b.mul(x, b.map(factor, "sigmoid"), by);
      list.push_back(
          {fmt::format("mul {}{}", static_cast<int>(by), pooled ? ", pooled" : ""), b.mse(b.conv(x, 3, 3, 1, 1)), n});
    }
  {
    GraphBuilder b;
    const ValueId x = b.input({6}), y = b.map(b.matmul(x, width), "tanh");
    list.push_back({"concat of rows", b.mse(b.matmul(b.concat({y, x, b.matmul(y, 3), y}), 4)), n});
  }
  for (const bool pooled : {false, true}) {
    GraphBuilder b;
    ValueId x = b.conv(b.input({2, 6, 8}), pick(random, 1, 18), 3, 1, 1);
    if (pooled) x = b.pool(x, Pool::Kind::average, 2, 2);
    const ValueId y = b.conv(x, pick(random, 1, 18), 3, 1, 1), z = b.map(b.batch_norm(b.conv(x, 3, 1, 1, 0)), "tanh");
    list.push_back({pooled ? "concat of pooled planes" : "concat of planes",
                    b.mse(b.conv(b.concat({y, x, z}), 3, 3, 1, 1)), n + 1});
  }
  for (const int64_t axis : {0, 1}) {
    GraphBuilder b;
    const ValueId x = b.map(b.matmul_rows(b.input({3, 4}), width), "tanh"), y = b.layer_norm(x, 1);
    list.push_back(
        {fmt::format("concat of rows along axis {}", axis), b.mse(b.matmul_rows(b.concat({y, x, y}, axis), 5)), n});
  }
  {
    GraphBuilder b;
    const ValueId x = b.matmul(b.input({5}), width);
    list.push_back({"concat of one value", b.mse(b.concat({x})), n});
  }
}

/// Parts of values: some read by nobody, some by two.
inline void add_slice_examples(Random& random, std::vector<Example>& list) {
  const int64_t n = pick(random, 1, 9);
  for (const bool pooled : {false, true}) {
    GraphBuilder b;
    ValueId x = b.conv(b.input({2, 6, 8}), 18, 3, 1, 1);
    if (pooled) x = b.pool(x, Pool::Kind::average, 2, 2);
    const ValueId y = b.conv(b.slice(x, 5, 18), 3, 3, 1, 1), z = b.map(b.slice(x, 0, 7), "tanh");
    list.push_back({pooled ? "slices of pooled planes" : "slices of planes",
                    b.mse(b.conv(b.concat({z, y, b.slice(y, 1, 2)}), 3, 3, 1, 1)), n + 1});
  }
  {
    GraphBuilder b;
    const ValueId x = b.map(b.matmul(b.input({5}), 20), "tanh");
    list.push_back({"slices of rows", b.mse(b.matmul(b.concat({b.slice(x, 16, 20), b.slice(x, 0, 17)}), 4)), n});
  }
  for (const int64_t axis : {0, 1}) {
    GraphBuilder b;
    const ValueId x = b.map(b.matmul_rows(b.input({3, 4}), 5), "tanh"), y = b.slice(x, 1, 3, axis);
    list.push_back({fmt::format("slice of rows along axis {}", axis), b.mse(b.matmul_rows(y, 5)), n});
  }
}

/// Images that branch and join at random; each value is read, some several times.
inline void add_random_branches(Random& random, std::vector<Example>& list) {
  for (int graph = 0; graph < 4; ++graph) {
    GraphBuilder b;
    const int64_t channels = pick(random, 1, 9);
    std::vector<ValueId> values{b.conv(b.input({2, 6, 4}), channels, 3, 1, 1)}, unread = values;
    const auto any = [&] {
      const ValueId v = values[static_cast<size_t>(pick(random, 0, static_cast<int64_t>(values.size()) - 1))];
      std::erase(unread, v);
      return v;
    };
    const auto make = [&]() -> ValueId {
      switch (pick(random, 0, 7)) {
        case 0:
          return b.map(b.conv(any(), channels, 1, 1, 0), "relu");  // of a relu's zeros it would be at its kink
        case 1:
          return b.map(any(), "tanh");
        case 2:
          return b.map(b.batch_norm(b.conv(any(), channels, 3, 1, 1)), "tanh");
        case 3:
          return b.add_values(any(), any());
        case 4:
          return b.mul(any(), b.map(any(), "sigmoid"));
        case 5: {
          const ValueId squeezed = b.flatten(b.pool(any(), Pool::Kind::average, 2, 2));
          return b.mul(any(), b.map(b.matmul(squeezed, channels), "sigmoid"), Mul::By::channel);
        }
        case 6:
          return b.mul(any(), b.map(b.conv(any(), 1, 1, 1, 0), "sigmoid"), Mul::By::cell);
        default:
          return b.conv(b.concat({any(), any(), any()}), channels, 1, 1, 0);
      }
    };
    for (int i = 0; i < 7; ++i) {
      const ValueId made = make();
      values.push_back(made), unread.push_back(made);
    }
    ValueId sum = unread[0];
    for (size_t i = 1; i < unread.size(); ++i) sum = b.add_values(sum, unread[i]);
    list.push_back({fmt::format("random branches {}", graph), b.mse(b.map(sum, "tanh")), pick(random, 2, 9)});
  }
}

}  // namespace nn::test
