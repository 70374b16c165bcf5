// SPDX-License-Identifier: MIT
// Example graphs of ragged samples: rows of documents, from ids or from floats.
#pragma once

#include "backend/example.h"

namespace nn::test {

/// A layer of an encoder: attention and two products, each added to what it reads, and normalised.
inline ValueId encoder_layer(GraphBuilder& b, ValueId x, int64_t heads, int64_t inner, int64_t buckets = 0,
                             ParamId bias = -1) {
  const int64_t width = b.shape(x)[0];
  const ValueId y = b.attention(b.matmul(x, 3 * width), heads, buckets, bias);
  x = b.layer_norm(b.add_values(b.matmul(y, width), x));
  return b.layer_norm(b.add_values(b.matmul(b.map(b.matmul(x, inner), "gelu"), width), x));
}

/// Ops that do each row by itself.
inline void add_rows_examples(Random& random, std::vector<Example>& list) {
  const int64_t n = pick(random, 3, 9), most = pick(random, 2, 9);
  const auto mean = SegmentPool::Kind::mean;
  {
    GraphBuilder b;
    const ValueId x = b.map(b.matmul(b.rows_input({pick(random, 1, 20)}, most), pick(random, 3, 40)), "tanh");
    list.push_back({"ragged rows, products", b.mse(b.segment_pool(b.matmul(x, pick(random, 1, 40), false), mean)), n});
  }
  {
    GraphBuilder b;
    const ValueId x = b.matmul(b.rows_input({5}, most), pick(random, 3, 40)), y = b.layer_norm(x);
    list.push_back({"ragged rows, normalised", b.mse(b.segment_pool(b.map(y, "sigmoid"), mean)), n});
  }
  {
    GraphBuilder b;
    const ValueId x = b.map(b.matmul(b.rows_input({4}, most), 6), "tanh"), y = b.prelu(b.scale(x), 1);
    const ValueId z = b.mul(b.softmax(y), b.concat({b.slice(x, 4, 6), b.slice(y, 0, 4)}));
    list.push_back({"ragged rows, joined and cut", b.mse(b.segment_pool(b.add_values(z, x), mean)), n});
  }
  {
    GraphBuilder b;
    const ValueId x = b.dropout(b.matmul(b.rows_input({4}, most), 7), 0.3), y = b.reshape(b.reshape(x, {7, 1}), {7});
    list.push_back({"ragged rows, dropout", b.mse(b.segment_pool(b.add_values(y, b.map(x, "tanh")), mean)), n});
  }
  {
    GraphBuilder b;
    const ValueId x = b.l2norm(b.matmul(b.rows_input({4}, most), pick(random, 3, 40)));
    list.push_back({"ragged rows, l2norm", b.mse(b.segment_pool(x, mean)), n});
  }
}

inline void add_ragged_examples(Random& random, std::vector<Example>& list) {
  add_rows_examples(random, list);
  const int64_t n = pick(random, 3, 9);
  for (const auto kind : {SegmentPool::Kind::mean, SegmentPool::Kind::first, SegmentPool::Kind::max}) {
    GraphBuilder b;
    const ValueId x = b.segment_pool(b.matmul(b.rows_input({5}, 6), pick(random, 3, 20)), kind);
    list.push_back({fmt::format("segment_pool {}", static_cast<int>(kind)), b.mse(b.matmul(x, 3)), n});
  }
  {
    GraphBuilder b;
    const ValueId x = b.map(b.matmul(b.input({5}), pick(random, 3, 20)), "tanh");
    list.push_back({"l2norm of samples", b.mse(b.l2norm(x)), n});
  }
  for (const auto& [positions, first, types] : {std::tuple(0, 0, 0), {9, 2, 0}, {7, 0, 2}, {0, 0, 1}}) {
    GraphBuilder b;
    const Embed embed{pick(random, 3, 20), pick(random, 1, 33), positions, first, types};
    const ValueId x = b.segment_pool(b.map(b.embed(b.ids_input(7), embed), "tanh"), SegmentPool::Kind::mean);
    list.push_back({fmt::format("embed, {} positions, {} types", positions, types), b.mse(b.matmul(x, 3)), n});
  }
  for (const int64_t buckets : {0, 8}) {
    GraphBuilder b;
    const int64_t heads = pick(random, 1, 3), width = heads * pick(random, 1, 20);
    const ValueId x = b.matmul(b.rows_input({6}, pick(random, 3, 40)), 3 * width);
    const ValueId y = b.segment_pool(b.attention(x, heads, buckets), SegmentPool::Kind::mean);
    list.push_back({fmt::format("attention, {} buckets", buckets), b.mse(b.matmul(y, 3)), n});
  }
  {
    GraphBuilder b;
    ValueId x = b.embed(b.ids_input(9), {11, 12, 12, 2, 0});
    constexpr ParamId bias = 4;  // behind the two tables and the product for q, k and v
    x = encoder_layer(b, x, 3, 20, 8);
    x = encoder_layer(b, x, 3, 20, 8, bias);
    x = b.l2norm(b.segment_pool(x, SegmentPool::Kind::mean));
    list.push_back(
        {"encoder whose layers share biases", b.softmax_loss(b.matmul(b.map(b.matmul(x, 9), "tanh"), 4)), n});
  }
  {
    GraphBuilder b;
    ValueId x = b.layer_norm(b.embed(b.ids_input(70), {40, 64, 70, 0, 2}));
    for (int i = 0; i < 2; ++i) x = encoder_layer(b, x, 2, 150);
    list.push_back({"encoder", b.softmax_loss(b.matmul(b.segment_pool(x, SegmentPool::Kind::first), 5)), 20, true});
  }
}

}  // namespace nn::test
