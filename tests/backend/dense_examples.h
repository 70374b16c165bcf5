// SPDX-License-Identifier: MIT
// Chains of dense layers: wide ones and narrow ones, relu and dropout behind them, odd sizes, batches that leave lanes
// empty, frozen layers.
#pragma once

#include "backend/examples.h"

namespace nn::test {

inline std::vector<Example> dense_examples(uint64_t seed) {
  Random random(seed + 2000);
  std::vector<Example> list;
  for (const int64_t batch : {int64_t{1}, pick(random, 2, 7), pick(random, 8, 65), pick(random, 66, 130)}) {
    GraphBuilder b;
    ValueId x = b.input({pick(random, 1, 70)});
    x = b.dropout(b.map(b.matmul(x, pick(random, 1, 40), batch % 2 == 0), "relu"), 0.25);
    x = b.map(b.matmul(x, pick(random, 1, 35)), "tanh");
    x = b.dropout(b.matmul(x, pick(random, 15, 34)), 0.5);
    list.push_back(
        {fmt::format("dense, batch {}", batch), b.softmax_loss(b.matmul(x, pick(random, 2, 19))), batch, true});
  }
  for (const bool relu : {true, false}) {
    const int64_t in = pick(random, 1000, 1100);
    GraphBuilder b;
    ValueId x = b.matmul(b.input({in}), 66, relu);
    x = relu ? b.dropout(b.map(x, "relu"), 0.3) : b.map(x, "sigmoid");
    x = b.map(b.matmul(x, 1000), "sigmoid");
    x = b.map(b.matmul(x, 67), "sigmoid");
    list.push_back({fmt::format("dense wide of {}, relu {}", in, relu), b.softmax_loss(b.matmul(x, 3)),
                    pick(random, 3, 40), true});
  }
  {
    GraphBuilder b;
    b.trainable = false;
    ValueId x = b.map(b.matmul(b.input({pick(random, 17, 40)}), 33), "relu");
    b.trainable = true;
    x = b.map(b.matmul(x, 20), "relu");
    b.trainable = false;
    x = b.matmul(x, pick(random, 5, 9));
    b.trainable = true;
    list.push_back({"dense, some frozen", b.softmax_loss(b.matmul(x, 4)), pick(random, 5, 70), true});
  }
  {
    GraphBuilder b;
    const ValueId x = b.map(b.matmul(b.input({9}), 21), "relu");
    list.push_back(
        {"dense, two readers", b.mse(b.add_values(b.matmul(x, 6), b.matmul(x, 6, false))), pick(random, 5, 70), true});
  }
  {
    GraphBuilder b;
    const ValueId x = b.map(b.matmul(b.input({12}), pick(random, 3, 40)), "relu");
    list.push_back({"dense, the result of relu and dropout", b.mse(b.dropout(x, 0.4)), pick(random, 5, 70), true});
  }
  {
    GraphBuilder b;
    const int64_t rows = pick(random, 3, 9);
    ValueId x = b.map(b.matmul_rows(b.input({rows, 70}), pick(random, 250, 300)), "relu");
    x = b.matmul_rows(x, pick(random, 250, 300));
    x = b.map(b.matmul_rows(b.map(x, "sigmoid"), 9), "relu");
    list.push_back({"dense wide, of rows", b.softmax_loss(b.matmul(x, 4)), pick(random, 3, 40), true});
  }
  return list;
}

}  // namespace nn::test
