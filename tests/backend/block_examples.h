// SPDX-License-Identifier: MIT
// Example graphs of convolution blocks: 3x3 convolutions with and without bias, batch norm, relu and max pooling, from
// one channel to more than two vectors of them, odd sizes, uneven borders, frozen parts; large enough for Winograd's
// method or not.
#pragma once

#include "backend/examples.h"

namespace nn::test {

struct BlockParts {
  bool bias = true, norm = true, relu = true, pool = true;
};

inline ValueId add_block(GraphBuilder& b, ValueId x, int64_t channels, const BlockParts& parts, bool padded = true) {
  const int64_t p = padded ? 1 : 0;
  x = b.conv(x, Conv{0, channels, 3, 3, 1, 1, p, p, p, p, 1}, parts.bias);
  if (parts.norm) x = b.batch_norm(x);
  if (parts.relu) x = b.map(x, "relu");
  return parts.pool ? b.pool(x, Pool::Kind::max, 2, 2) : x;
}

inline void add_block_combinations(Random& random, std::vector<Example>& list) {
  const int64_t channels[] = {16, 17, 20, 32, 33};
  for (int i = 0; i < 8; ++i) {
    const BlockParts parts{pick(random, 0, 1) == 1, (i & 1) != 0, (i & 2) != 0, (i & 4) != 0};
    GraphBuilder b;
    ValueId x = b.conv(b.input({2, pick(random, 6, 9), pick(random, 6, 9)}), channels[pick(random, 0, 4)], 1, 1, 0);
    x = add_block(b, x, channels[pick(random, 0, 4)], parts, pick(random, 0, 2) > 0);
    list.push_back({fmt::format("block: norm {}, relu {}, pool {}", parts.norm, parts.relu, parts.pool), b.mse(x),
                    pick(random, 2, 7), true});
  }
}

/// Blocks one behind the other: what lies between them is in the pixels layout.
inline void add_block_chains(Random& random, std::vector<Example>& list) {
  for (const int64_t first : {1, 3, 16}) {
    GraphBuilder b;
    ValueId x = b.input({first, pick(random, 12, 15), pick(random, 13, 14)});
    x = add_block(b, x, pick(random, 1, 1 + 19), {first != 3});
    x = add_block(b, x, 16, {false, true, true, first == 1});
    x = add_block(b, x, 20, {true, false, first == 3, false}, first != 1);
    list.push_back({fmt::format("blocks from {} channels", first), b.softmax_loss(b.matmul(b.flatten(x), 5)),
                    pick(random, 3, 9), true});
  }
  GraphBuilder b;
  ValueId x = add_block(b, b.input({16, 7, 14}), 18, {});
  x = b.add_values(add_block(b, x, 18, {true, true, true, false}), x);
  list.push_back({"block beside a branch", b.mse(x), 5, true});
}

inline void add_block_borders(Random& random, std::vector<Example>& list) {
  for (const int64_t channels : {5, 16}) {
    GraphBuilder b;
    const ValueId x = b.conv(b.input({2, pick(random, 6, 10), 9}), channels, 1, 1, 0);
    const ValueId y = b.conv(x, Conv{0, 16, 3, 3, 1, 1, 0, 1, 1, 0, 1}, true);
    list.push_back({fmt::format("block with uneven borders, {} channels", channels), b.mse(b.map(y, "relu")), 3, true});
  }
  for (const int64_t top : {0, 1}) {  // behind another block
    GraphBuilder b;
    const ValueId x =
        add_block(b, b.input({16, pick(random, 8, 13), pick(random, 8, 13)}), 16, {true, false, true, false});
    const ValueId y = b.conv(x, Conv{0, 32, 3, 3, 1, 1, top, 1 - top, 1 - top, top, 1}, true);
    list.push_back({fmt::format("block with a border above {}", top), b.mse(add_block(b, y, 16, {})), 4, true});
  }
  GraphBuilder small;
  const ValueId x = small.conv(small.input({2, 3, 3}), 17, 1, 1, 0);
  list.push_back({"block of one cell", small.mse(add_block(small, x, 16, {true, true, true, false}, false)), 6});
}

inline void add_frozen_blocks(Random& random, std::vector<Example>& list) {
  for (const bool at_rest : {false, true}) {
    GraphBuilder b;
    b.trainable = false;
    ValueId x = add_block(b, b.input({3, 12, pick(random, 11, 12)}), 16, {});
    b.trainable = true;
    x = add_block(b, x, 16, {true, true, true, !at_rest});
    Graph g = b.mse(x);
    for (Op& op : g.ops)
      if (BatchNorm* norm = std::get_if<BatchNorm>(&op.what)) norm->at_rest = at_rest;
    list.push_back({fmt::format("frozen block, at rest {}", at_rest), g, pick(random, 2, 6), true});
  }
}

inline std::vector<Example> block_examples(uint64_t seed) {
  Random random(seed + 31);
  std::vector<Example> list;
  add_block_combinations(random, list);
  add_block_chains(random, list);
  add_block_borders(random, list);
  add_frozen_blocks(random, list);
  return list;
}

}  // namespace nn::test
