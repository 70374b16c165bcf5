// SPDX-License-Identifier: MIT
// Example graphs of what lies in pixels between convolution blocks: convolutions of one cell, with strides, of each
// channel by itself; batch norm, another value and relu or relu6 behind them; pools.
#pragma once

#include "backend/block_examples.h"

namespace nn::test {

struct PixelConv {
  const char* name;
  int64_t kernel_h, kernel_w, stride_h, stride_w, top, left, bottom, right, dilation;
  bool depthwise;
};
constexpr PixelConv pixel_convs[] = {
    {"1x1", 1, 1, 1, 1, 0, 0, 0, 0, 1, false},
    {"1x1, stride 2", 1, 1, 2, 2, 0, 0, 0, 0, 1, false},
    {"1x1 with a border", 1, 1, 1, 1, 0, 1, 1, 0, 1, false},
    {"3x3, stride 2", 3, 3, 2, 2, 1, 1, 1, 1, 1, false},
    {"3x2, strides 2 and 3, uneven border", 3, 2, 2, 3, 0, 1, 1, 0, 1, false},
    {"3x3, stride 2, dilation 2", 3, 3, 2, 2, 2, 2, 2, 2, 2, false},
    {"depthwise 3x3", 3, 3, 1, 1, 1, 1, 1, 1, 1, true},
    {"depthwise 3x3, stride 2", 3, 3, 2, 2, 1, 1, 1, 1, 1, true},
    {"depthwise 3x3 without a border", 3, 3, 1, 1, 0, 0, 0, 0, 1, true},
    {"depthwise 5x5", 5, 5, 1, 1, 2, 2, 2, 2, 1, true},
    {"depthwise 5x5, stride 2, uneven border", 5, 5, 2, 2, 1, 2, 2, 1, 1, true},
    {"depthwise 3x3, dilation 2", 3, 3, 1, 1, 2, 2, 2, 2, 2, true},
    {"depthwise 4x2", 4, 2, 1, 1, 1, 0, 2, 1, 1, true},
};

inline ValueId add_pixel_conv(GraphBuilder& b, ValueId x, const PixelConv& c, int64_t channels, bool bias) {
  return b.conv(x,
                Conv{0, channels, c.kernel_h, c.kernel_w, c.stride_h, c.stride_w, c.top, c.left, c.bottom, c.right,
                     c.depthwise ? channels : 1, c.dilation, c.dilation},
                bias);
}

/// Each kind between two others, from few channels to more than two vectors of them.
inline void add_pixel_convs(Random& random, std::vector<Example>& list) {
  const int64_t channels[] = {9, 16, 20, 32, 48};
  int i = 0;
  for (const PixelConv& c : pixel_convs)
    for (const bool norm : {false, true}) {
      GraphBuilder b;
      const int64_t in = channels[pick(random, 0, 4)], out = c.depthwise ? in : channels[pick(random, 0, 4)];
      ValueId x = b.conv(b.input({2, pick(random, 6, 9), pick(random, 7, 10)}), in, 1, 1, 0);
      for (int k = 0; !norm && k < 2; ++k) x = b.add_values(x, x);  // so large that relu6 cuts above, too
      x = add_pixel_conv(b, x, c, out, !norm);
      x = b.map(norm ? b.batch_norm(x) : x, ++i % 4 == 1 ? "relu" : "relu6");
      x = b.conv(x, pick(random, 3, 17), 1, 1, 0);
      list.push_back({fmt::format("pixels {}, norm {}", c.name, norm), b.mse(x), pick(random, 2, 9), true});
    }
}

/// What an input's gradient needs is left out where the convolution is the first of the network.
inline void add_first_pixel_convs(Random& random, std::vector<Example>& list) {
  for (const int64_t in : {1, 3, 16}) {
    GraphBuilder b;
    ValueId x = b.conv(b.input({in, 13, pick(random, 11, 14)}), Conv{0, 18, 7, 7, 2, 2, 3, 3, 3, 3, 1}, false);
    x = b.pool(b.map(b.batch_norm(x), "relu"), Pool::Kind::max, 3, 2, 1);
    x = b.pool(b.conv(x, 20, 1, 1, 0), Pool::Kind::average, 2, 1);
    list.push_back({fmt::format("pixels from {} planes, pools", in), b.softmax_loss(b.matmul(b.flatten(x), 5)),
                    pick(random, 3, 9), true});
  }
}

/// Values that are added before relu: the input of the block, a convolution of it, with and without norm and relu.
inline void add_residuals(Random& random, std::vector<Example>& list) {
  for (const int64_t channels : {7, 16, 33})
    for (int kind = 0; kind < 4; ++kind) {
      const bool norm = (kind & 1) != 0, relu = (kind & 2) != 0;
      GraphBuilder b;
      const ValueId x = b.conv(b.input({2, pick(random, 6, 9), 7}), channels, 3, 1, 1);
      ValueId y = b.map(b.batch_norm(b.conv(x, channels, 3, 1, 1, 1, false)), "relu");
      y = b.conv(y, channels, kind == 3 ? 1 : 3, 1, kind == 3 ? 0 : 1, 1, !norm);
      if (norm) y = b.batch_norm(y);
      y = b.add_values(y, x);
      if (relu) y = b.map(y, kind == 3 ? "relu6" : "relu");
      const ValueId z = b.add_values(b.batch_norm(b.conv(y, channels, 1, 1, 0, 1, false)), y);
      list.push_back({fmt::format("residual of {} channels, norm {}, relu {}", channels, norm, relu),
                      b.softmax_loss(b.matmul(b.flatten(b.pool(b.map(z, "relu"), Pool::Kind::average, 2, 2)), 3)),
                      pick(random, 2, 7), true});
    }
  GraphBuilder b;  // both branches end in a block, and the sum has two readers
  const ValueId x = b.map(b.batch_norm(b.conv(b.input({3, 8, 8}), 16, 3, 1, 1)), "relu");
  const ValueId left = b.batch_norm(b.conv(x, Conv{0, 20, 3, 3, 2, 2, 1, 1, 1, 1, 1}, false));
  const ValueId right = b.batch_norm(b.conv(x, Conv{0, 20, 1, 1, 2, 2, 0, 0, 0, 0, 1}, false));
  const ValueId sum = b.map(b.add_values(left, right), "relu");
  list.push_back({"residual of two blocks", b.mse(b.add_values(b.conv(sum, 20, 3, 1, 1), sum)), 5, true});
}

/// Factors of a channel from a pool of everything: what is flat lies in pixels as in rows.
inline void add_gated_pixels(Random& random, std::vector<Example>& list) {
  GraphBuilder b;
  const int64_t channels = pick(random, 14, 18);
  const ValueId x = b.map(b.batch_norm(b.conv(b.input({2, 6, 6}), channels, 1, 1, 0, 1, false)), "relu");
  ValueId gate = b.map(b.conv(b.pool(x, Pool::Kind::average, 6, 6), 5, 1, 1, 0), "relu");
  gate = b.map(b.conv(gate, channels, 1, 1, 0), "sigmoid");
  list.push_back({"gated pixels", b.mse(b.conv(b.mul(x, gate, Mul::By::channel), 9, 1, 1, 0)), 5, true});
}

inline std::vector<Example> pixel_examples(uint64_t seed) {
  Random random(seed + 57);
  std::vector<Example> list;
  add_pixel_convs(random, list);
  add_first_pixel_convs(random, list);
  add_residuals(random, list);
  add_gated_pixels(random, list);
  return list;
}

}  // namespace nn::test
