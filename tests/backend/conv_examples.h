// SPDX-License-Identifier: MIT
// Chains of convolution, relu and pooling of few channels, in batches large enough for kernels that lay samples side by
// side.
#pragma once

#include "backend/examples.h"

namespace nn::test {

/// relu and pooling behind a convolution: none, one of them, both in either order.
enum class Epilogue { nothing, relu, pool, relu_pool, pool_relu };

inline ValueId add_behind(GraphBuilder& b, ValueId x, Epilogue behind) {
  if (behind == Epilogue::relu || behind == Epilogue::relu_pool) x = b.map(x, "relu");
  if (behind == Epilogue::pool || behind == Epilogue::relu_pool || behind == Epilogue::pool_relu)
    x = b.pool(x, Pool::Kind::max, 2, 2);
  if (behind == Epilogue::pool_relu) x = b.map(x, "relu");
  return x;
}

/// Two such chains, the first of them the one to be looked at, then a dense layer: the second takes what the first
/// gives.
inline std::vector<Example> conv_examples(uint64_t seed) {
  Random random(seed + 1000);
  std::vector<Example> list;
  auto one = [&](const std::string& name, Shape in, const Conv& c, Epilogue behind, bool bias, int64_t batch) {
    GraphBuilder b;
    ValueId x = add_behind(b, b.conv(b.input(std::move(in)), c, bias), behind);
    x = b.map(b.conv(x, pick(random, 1, 3), 1, 1, 0), "tanh");
    list.push_back({"lanes " + name, b.mse(b.matmul(b.flatten(x), 3)), batch, true});
  };
  one("3x3 of one channel, padded", {1, pick(random, 5, 8), pick(random, 5, 8)},
      {0, pick(random, 1, 7), 3, 3, 1, 1, 1, 1, 1, 1, 1}, Epilogue::relu_pool, true, pick(random, 33, 70));
  one("uneven strides and pads", {3, pick(random, 7, 10), 9}, {0, pick(random, 2, 8), 3, 2, 2, 3, 1, 0, 2, 1, 1},
      Epilogue::relu, false, pick(random, 33, 70));
  one("wide kernel, alone", {2, 9, 11}, {0, 5, 2, 7, 1, 2, 0, 3, 0, 0, 1}, Epilogue::nothing, true,
      pick(random, 33, 70));
  one("1x1", {4, 5, 3}, {0, pick(random, 9, 17), 1, 1, 1, 1, 0, 0, 0, 0, 1}, Epilogue::pool, true, 64);
  one("pool, then relu", {2, 7, pick(random, 6, 8)}, {0, 3, 2, 2, 1, 1, 0, 0, 1, 1, 1}, Epilogue::pool_relu, false, 40);
  one("5x5, planes too small", {6, 9, 7}, {0, 16, 5, 5, 1, 1, 0, 0, 0, 0, 1}, Epilogue::relu, true, 36);
  one("5x5 of 6 to 16", {6, 12, 12}, {0, 16, 5, 5, 1, 1, 0, 0, 0, 0, 1}, Epilogue::relu_pool, true,
      pick(random, 33, 64));
  one("5x5, odd planes, padded", {7, pick(random, 9, 11), 13}, {0, pick(random, 6, 9), 5, 5, 1, 1, 2, 2, 2, 2, 1},
      Epilogue::relu_pool, true, pick(random, 33, 40));
  one("5x5 alone, uneven pads", {6, 13, 11}, {0, 6, 5, 5, 1, 1, 1, 0, 0, 2, 1}, Epilogue::nothing, false, 35);
  one("5x5 of three channels", {3, 12, 13}, {0, pick(random, 4, 9), 5, 5, 1, 1, 0, 0, 0, 0, 1}, Epilogue::relu_pool,
      true, 37);
  one("5x5 of one channel, pool alone", {1, 14, 14}, {0, 6, 5, 5, 1, 1, 0, 0, 0, 0, 1}, Epilogue::pool, true, 64);
  one("3x5 of one channel", {1, 9, 17}, {0, 5, 3, 5, 2, 1, 1, 2, 1, 2, 1}, Epilogue::relu, true, 41);
  one("3x3 of many channels", {pick(random, 17, 20), 7, 6}, {0, pick(random, 33, 36), 3, 3, 1, 1, 1, 1, 1, 1, 1},
      Epilogue::relu_pool, true, pick(random, 33, 40));
  {
    GraphBuilder b;
    ValueId x = add_behind(b, b.conv(b.input({1, 20, 20}), 6, 5, 1, 0), Epilogue::relu_pool);
    x = add_behind(b, b.conv(x, 8, 3, 1, 0), Epilogue::relu_pool);
    x = b.map(b.matmul(b.flatten(x), 20), "relu");
    list.push_back({"lanes, two in a row", b.softmax_loss(b.matmul(x, 10)), pick(random, 33, 70), true});
  }
  {
    GraphBuilder b;
    b.trainable = false;
    ValueId x = add_behind(b, b.conv(b.input({1, 8, 8}), 3, 3, 1, 0), Epilogue::relu);
    b.trainable = true;
    x = b.conv(x, 4, 3, 1, 1);
    list.push_back({"lanes, frozen first layer, two readers", b.mse(b.add_values(b.map(x, "relu"), x)), 33, true});
  }
  const auto pools = [&](const std::string& name, const Pool& p) {
    GraphBuilder b;
    ValueId x =
        b.map(b.conv(b.input({1, pick(random, 9, 11), pick(random, 9, 12)}), pick(random, 2, 5), 3, 1, 1), "tanh");
    x = b.map(b.conv(b.pool(x, p), 3, 3, 1, 1), "tanh");
    list.push_back({"lanes, pool " + name, b.mse(x), pick(random, 33, 70), true});
  };
  pools("max 2", {Pool::Kind::max, 2, 2, 2, 2, 0, 0, 0, 0, false});
  pools("max overlapping with uneven padding", {Pool::Kind::max, 3, 2, 2, 1, 1, 0, 0, 1, false});
  pools("average 2", {Pool::Kind::average, 2, 2, 2, 2, 0, 0, 0, 0, true});
  pools("average counting padding", {Pool::Kind::average, 3, 3, 2, 2, 1, 1, 1, 0, true});
  pools("average not counting padding", {Pool::Kind::average, 3, 2, 2, 1, 1, 1, 1, 0, false});
  return list;
}

}  // namespace nn::test
