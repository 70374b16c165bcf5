// SPDX-License-Identifier: MIT
// Example graphs of random shapes that use every op and every element-wise function. An op whose derivative jumps is
// known to distance_from_kinks (random_graph.h), too: otherwise comparisons fail now and then, rightly.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "backend/formula/maps.h"
#include "backend/joint_examples.h"
#include "backend/ragged_examples.h"

namespace nn::test {

/// Some constants for that function.
inline std::vector<double> example_constants(const std::string& function) {
  const std::vector<double> all[] = {{}, {function == "elu" ? 1.3 : 0.2}, {}, {-1, 3, 0.25}};
  return all[formula::map_constants(function)];
}

inline void add_map_examples(Random& random, std::vector<Example>& list) {
  for (const std::string& name : formula::map_names()) {
    GraphBuilder b;
    const ValueId x = b.input({pick(random, 1, 9), pick(random, 1, 5), pick(random, 1, 9)});
    const std::vector<double> c = example_constants(name);
    const ValueId y = b.map(b.matmul(b.map(x, name, c), pick(random, 3, 40)), name, c);
    list.push_back({"map " + name, b.mse(y), pick(random, 1, 9)});
  }
}

inline void add_prelu_examples(Random& random, std::vector<Example>& list) {
  for (const int64_t axis : {0, 1, 3}) {
    GraphBuilder b;
    const ValueId x = b.conv(b.input({2, pick(random, 3, 6), 5}), pick(random, 1, 18), 3, 1, 1);
    const ValueId y = b.prelu(b.prelu(x, axis), axis, true);
    list.push_back({fmt::format("prelu of planes from axis {}", axis), b.mse(b.map(y, "tanh")), pick(random, 1, 7)});
  }
  GraphBuilder b;
  const ValueId x = b.prelu(b.input({pick(random, 1, 40)}), 1);
  list.push_back({"prelu of rows, the first op", b.mse(b.matmul(x, pick(random, 3, 40))), pick(random, 1, 9)});
}

inline void add_conv_examples(Random& random, std::vector<Example>& list) {
  auto one = [&](const std::string& name, Shape in, const Conv& c, bool bias, int64_t batch, bool large = false) {
    GraphBuilder b;
    const ValueId first = b.conv(b.input(in), 2 * c.groups, 1, 1, 0);
    list.push_back({"conv " + name, b.mse(b.conv(large ? b.input(in) : first, c, bias)), batch, large});
  };
  const int64_t n = pick(random, 1, 7);
  one("3x3", {pick(random, 1, 3), pick(random, 5, 9), pick(random, 5, 9)},
      {0, pick(random, 1, 9), 3, 3, 1, 1, 1, 1, 1, 1, 1}, true, n);
  one("5x5 without padding or bias", {1, 9, 8}, {0, pick(random, 1, 7), 5, 5, 1, 1, 0, 0, 0, 0, 1}, false, n);
  one("strides and uneven pads", {2, pick(random, 6, 9), 7}, {0, 3, 3, 2, 2, 3, 1, 0, 2, 1, 1}, true, n);
  one("groups", {2, 6, 6}, {0, 6, 3, 3, 1, 1, 1, 1, 1, 1, 3}, true, n);
  one("depthwise, stride 2", {2, 7, 7}, {0, 4, 3, 3, 2, 2, 1, 1, 1, 1, 4}, false, n);
  one("1x1", {3, 4, 5}, {0, pick(random, 1, 20), 1, 1, 1, 1, 0, 0, 0, 0, 1}, true, n);
  GraphBuilder b;
  const int64_t channels = 16 * pick(random, 1, 2);
  const ValueId wide = b.conv(b.input({channels, 14, pick(random, 12, 16)}), channels * 2, 3, 1, 1);
  list.push_back({"conv wide", b.mse(b.map(wide, "relu")), pick(random, 3, 6), true});
}

/// Windows of rows and columns, dilated ones, and maxima that share a gradient.
inline void add_window_examples(Random& random, std::vector<Example>& list) {
  const auto conv = [&](const std::string& name, const Shape& in, const Conv& c) {
    GraphBuilder b;
    const ValueId x = b.conv(b.input(in), 2 * c.groups, 1, 1, 0);
    list.push_back({"conv " + name, b.mse(b.conv(x, c)), pick(random, 1, 7)});
  };
  conv("of columns, stride along them", {2, 9, 3}, {0, 3, 4, 1, 2, 1, 1, 0, 2, 0, 1});
  conv("dilated", {2, 8, 7}, {0, pick(random, 1, 9), 3, 3, 1, 1, 2, 3, 2, 3, 1, 2, 3});
  conv("dilated, strides, groups, uneven pads", {2, 9, 8}, {0, 4, 3, 2, 2, 1, 1, 0, 0, 2, 2, 2, 2});
  const auto pool = [&](const std::string& name, const Pool& p) {
    GraphBuilder b;
    const ValueId x = b.conv(b.input({2, pick(random, 6, 9), pick(random, 6, 9)}), pick(random, 1, 18), 3, 1, 1);
    list.push_back({"pool " + name, b.mse(b.pool(x, p)), pick(random, 1, 6)});
  };
  const auto max = Pool::Kind::max, average = Pool::Kind::average;
  pool("max of columns", {max, 3, 1, 2, 1, 1, 0, 0, 0, false});
  pool("max dilated", {max, 2, 3, 1, 2, 1, 1, 0, 1, false, 3, 2});
  pool("max of the whole plane, shared", {max, 6, 6, 6, 6, 0, 0, 0, 0, false, 1, 1, true});
  pool("average of rows", {average, 1, 3, 1, 2, 0, 0, 0, 1, false});
}

inline void add_deconv_examples(Random& random, std::vector<Example>& list) {
  auto one = [&](const std::string& name, const Deconv& c, bool bias = true) {
    GraphBuilder b;
    const ValueId x = b.conv(b.input({2, pick(random, 2, 5), pick(random, 2, 5)}), 2 * c.groups, 1, 1, 0);
    list.push_back({"deconv " + name, b.mse(b.deconv(x, c, bias)), pick(random, 1, 7)});
  };
  one("3x3", {0, pick(random, 1, 9), 3, 3, 1, 1, 1, 1, 1, 1, 1});
  one("2x2, stride 2, without bias", {0, pick(random, 1, 18), 2, 2, 2, 2, 0, 0, 0, 0, 1}, false);
  one("strides, uneven cuts", {0, 3, 4, 3, 3, 2, 1, 0, 0, 2, 1});
  one("rows and columns added", {0, 3, 2, 1, 3, 2, 0, 0, -2, -1, 1});
  one("groups and dilation", {0, 6, 3, 2, 2, 1, 1, 1, 0, 0, 3, 1, 2});
  GraphBuilder b;
  const ValueId x = b.conv(b.input({3, 10, pick(random, 8, 11)}), 24, 3, 1, 1);
  list.push_back({"deconv wide", b.mse(b.map(b.deconv(x, {0, 17, 4, 4, 2, 2, 1, 1, 1, 1, 1}), "relu")), 5, true});
}

inline void add_image_examples(Random& random, std::vector<Example>& list) {
  auto one = [&](const std::string& name, int64_t channels, auto&& work) {
    GraphBuilder b;
    const ValueId x = b.conv(b.input({2, pick(random, 2, 6), pick(random, 2, 6)}), channels, 3, 1, 1);
    list.push_back({name, b.mse(b.map(work(b, x), "tanh")), pick(random, 1, 7)});
  };
  for (const bool bilinear : {false, true})
    one(fmt::format("upsample, bilinear {}", bilinear), pick(random, 1, 9),
        [&](GraphBuilder& b, ValueId x) { return b.upsample(b.upsample(x, 2, 2, bilinear), 1, 3, bilinear); });
  one("shuffle", 6, [](GraphBuilder& b, ValueId x) { return b.shuffle(b.shuffle(x, 2), 3); });
  one("group_norm", 6, [](GraphBuilder& b, ValueId x) { return b.group_norm(b.group_norm(x, 3), 1); });
  one("layer_norm of channels", pick(random, 5, 18),
      [](GraphBuilder& b, ValueId x) { return b.layer_norm_of_channels(x); });
  one("scale of channels", pick(random, 1, 18),
      [](GraphBuilder& b, ValueId x) { return b.scale(b.scale(x), 0, false); });
  one("scale of columns", 3, [](GraphBuilder& b, ValueId x) { return b.scale(x, 2); });
  one("dropped samples", 3, [](GraphBuilder& b, ValueId x) { return b.drop_samples(b.drop_samples(x, 0.4), 0); });
  GraphBuilder b;
  const ValueId x = b.map(b.matmul(b.input({7}), 12), "tanh");
  list.push_back({"rows normalised in groups, scaled and dropped",
                  b.mse(b.drop_samples(b.scale(b.group_norm(x, 2)), 0.3)), pick(random, 2, 9)});
}

inline void add_pool_examples(Random& random, std::vector<Example>& list) {
  auto one = [&](const std::string& name, const Pool& p) {
    GraphBuilder b;
    const ValueId x = b.conv(b.input({2, pick(random, 6, 9), pick(random, 6, 9)}), pick(random, 1, 18), 3, 1, 1);
    list.push_back({"pool " + name, b.mse(b.pool(x, p)), pick(random, 1, 6)});
  };
  const auto max = Pool::Kind::max, average = Pool::Kind::average;
  one("max 2", {max, 2, 2, 2, 2, 0, 0, 0, 0, false});
  one("max overlapping with padding", {max, 3, 3, 2, 2, 1, 1, 1, 1, false});
  one("max uneven", {max, 3, 2, 1, 2, 0, 1, 1, 0, false});
  one("average 2", {average, 2, 2, 2, 2, 0, 0, 0, 0, true});
  one("average counting padding", {average, 3, 3, 2, 2, 1, 1, 1, 1, true});
  one("average not counting padding", {average, 3, 3, 2, 2, 1, 1, 1, 1, false});
  // The last windows stick out over cells that do not count.
  one("max sticking out", {max, 2, 2, 2, 2, 0, 0, 1, 1, false, 1, 1, false, 1, 1});
  one("average sticking out", {average, 2, 2, 2, 2, 0, 0, 1, 1, true, 1, 1, false, 1, 1});
  one("average counting padding, sticking out", {average, 3, 3, 2, 3, 1, 0, 2, 2, true, 1, 1, false, 1, 2});
  one("average of the whole plane", {average, 6, 6, 6, 6, 0, 0, 0, 0, true});
}

inline void add_norm_examples(Random& random, std::vector<Example>& list) {
  for (const bool unbiased : {true, false}) {
    GraphBuilder planes, rows;
    ValueId x = planes.conv(planes.input({2, pick(random, 3, 6), 5}), pick(random, 1, 18), 3, 1, 1);
    x = planes.map(planes.batch_norm(x, unbiased ? 0.1 : 0.01, unbiased), "tanh");
    list.push_back({fmt::format("batch_norm of planes, unbiased {}", unbiased), planes.mse(x), pick(random, 2, 7)});
    x = rows.batch_norm(rows.matmul(rows.input({6}), pick(random, 1, 33)), 0.1, unbiased);
    list.push_back(
        {fmt::format("batch_norm of rows, unbiased {}", unbiased), rows.mse(rows.map(x, "tanh")), pick(random, 3, 9)});
  }
  GraphBuilder planes, rows;
  list.push_back({"layer_norm of rows", rows.mse(rows.layer_norm(rows.matmul(rows.input({5}), pick(random, 3, 40)))),
                  pick(random, 1, 6)});
  list.push_back({"layer_norm of planes",
                  planes.mse(planes.layer_norm(planes.conv(planes.input({2, 5, 4}), 3, 3, 1, 1))), pick(random, 1, 6)});
}

inline void add_other_examples(Random& random, std::vector<Example>& list) {
  const int64_t n = pick(random, 2, 9);
  {
    GraphBuilder b;
    list.push_back({"softmax of rows", b.mse(b.softmax(b.matmul(b.input({5}), pick(random, 1, 19)))), n});
  }
  {
    GraphBuilder b;
    list.push_back({"softmax of planes", b.mse(b.softmax(b.conv(b.input({2, 4, 3}), pick(random, 2, 9), 1, 1, 0))), n});
  }
  for (const double rate : {0.0, 0.3, 1.0}) {
    GraphBuilder b;
    const ValueId x = b.dropout(b.matmul(b.input({5}), pick(random, 3, 40)), rate);
    list.push_back({fmt::format("dropout {}", rate), b.mse(b.matmul(x, 3)), n});
  }
  {
    GraphBuilder b;
    const ValueId x = b.conv(b.input({2, 5, 5}), 2, 3, 1, 1);
    const ValueId y = b.add_values(b.map(b.conv(x, 2, 3, 1, 1), "relu"), x);
    list.push_back({"add around a branch", b.mse(b.add_values(y, x)), n});
  }
  {
    GraphBuilder b;
    const ValueId x = b.matmul(b.input({4}), 6);
    list.push_back({"add of a value to itself", b.mse(b.map(b.add_values(x, x), "sigmoid")), n});
  }
  {
    GraphBuilder b;
    b.trainable = false;
    ValueId x = b.map(b.conv(b.input({1, 6, 6}), 3, 3, 1, 0), "relu");
    b.trainable = true;
    list.push_back({"frozen first layer", b.softmax_loss(b.matmul(b.flatten(x), 4)), n});
  }
  {
    GraphBuilder b;
    list.push_back({"bce", b.bce(b.matmul(b.input({7}), pick(random, 1, 20))), n});
  }
  {
    GraphBuilder b;
    b.l1 = 0.01, b.l2 = 0.02;
    list.push_back({"softmax_loss, penalties", b.softmax_loss(b.matmul(b.input({7}), pick(random, 2, 20))), n});
  }
  {
    GraphBuilder b;
    const ValueId x = b.matmul(b.input({7}), 5, false);
    list.push_back({"softmax_loss, smoothing and weights", b.softmax_loss(x, 0.1, {0.5, 2, 1, 0.25, 3}), n});
  }
}

/// Samples of several rows.
inline void add_row_examples(Random& random, std::vector<Example>& list) {
  const int64_t rows = pick(random, 2, 7), n = pick(random, 1, 9);
  {
    GraphBuilder b;
    const ValueId x = b.map(b.matmul_rows(b.input({rows, pick(random, 3, 20)}), pick(random, 1, 40)), "relu");
    list.push_back({"matmul of rows", b.mse(b.matmul_rows(x, pick(random, 1, 20), false)), n});
  }
  {
    GraphBuilder b;
    const ValueId x = b.matmul_rows(b.input({2, rows, pick(random, 1, 9)}), pick(random, 1, 9));
    list.push_back({"matmul of rows on two axes", b.softmax_loss(b.matmul(b.map(x, "tanh"), 5)), n});
  }
  {
    GraphBuilder b;
    const ValueId x = b.matmul_rows(b.input({rows, 5}), pick(random, 3, 40));
    list.push_back({"layer_norm of each row", b.mse(b.layer_norm(x, 1)), n});
  }
  for (const int64_t axis : {0, 1, 2}) {
    GraphBuilder b;
    const ValueId x = b.map(b.matmul_rows(b.input({3, rows, 4}), pick(random, 2, 19)), "tanh");
    list.push_back({fmt::format("softmax along axis {}", axis), b.mse(b.softmax(x, axis)), n});
  }
  {
    GraphBuilder b;
    const ValueId x = b.matmul_rows(b.input({rows, 6}), 12), y = b.matmul_rows(b.layer_norm(x, 1), 33);
    const ValueId z = b.dropout(b.map(b.matmul_rows(b.map(y, "relu"), 12), "relu"), 0.3);
    list.push_back({"a block of a transformer without attention", b.mse(b.add_values(x, z)), n});
  }
}

/// Values that several ops read, whose gradients add up.
inline void add_shared_examples(Random& random, std::vector<Example>& list) {
  const int64_t n = pick(random, 1, 9), width = pick(random, 2, 20);
  {
    GraphBuilder b;
    const ValueId x = b.matmul(b.input({5}), width), y = b.add_values(b.map(x, "tanh"), b.map(x, "sigmoid"));
    list.push_back({"a value that three ops read", b.mse(b.add_values(y, x)), n});
  }
  {
    GraphBuilder b;
    const ValueId x = b.input({6});
    list.push_back({"an input that two matmuls read", b.mse(b.add_values(b.matmul(x, width), b.matmul(x, width))), n});
  }
  {
    GraphBuilder b;
    const ValueId x = b.map(b.matmul(b.input({6}), 9), "tanh");
    const ValueId one = b.map(b.matmul(x, width), "relu"), other = b.matmul(x, width, false);
    list.push_back({"a value that two matmuls read", b.mse(b.add_values(one, other)), n});
  }
  {
    GraphBuilder b;
    const ValueId x = b.map(b.conv(b.input({2, 6, 5}), 3, 3, 1, 1), "relu");
    const ValueId y = b.batch_norm(b.conv(x, 3, 3, 1, 1)), z = b.conv(x, 3, 1, 1, 0);
    list.push_back({"an image that two convolutions and an add read",
                    b.mse(b.add_values(b.add_values(b.map(y, "relu"), z), x)), n + 1});
  }
  {
    GraphBuilder b;
    const ValueId x = b.map(b.conv(b.input({2, 4, 4}), 3, 3, 1, 1), "tanh"), rows = b.reshape(x, {3, 16});
    const ValueId y = b.reshape(b.softmax(rows, 1), {3, 4, 4});
    list.push_back({"a value and its reshape", b.mse(b.add_values(x, y)), n});
  }
  {
    GraphBuilder b;
    const ValueId x = b.matmul_rows(b.input({3, 4}), width), y = b.layer_norm(x, 1), z = b.softmax(x, 1);
    list.push_back({"rows that a norm, a softmax and an add read", b.mse(b.add_values(b.add_values(y, z), x)), n});
  }
}

inline void add_networks(Random& random, std::vector<Example>& list) {
  {
    GraphBuilder b;
    ValueId x = b.input({1, 28, 28});
    x = b.pool(b.map(b.conv(x, 6, 5, 1, 0), "relu"), Pool::Kind::max, 2, 2);
    x = b.pool(b.map(b.conv(x, 16, 5, 1, 0), "relu"), Pool::Kind::max, 2, 2);
    x = b.map(b.matmul(b.map(b.matmul(b.flatten(x), 120), "relu"), 84), "relu");
    list.push_back({"lenet5", b.softmax_loss(b.matmul(x, 10)), pick(random, 3, 13), true});
  }
  {
    GraphBuilder b;
    ValueId x = b.input({pick(random, 1, 3), 16, 16});
    for (const int64_t channels : {8, 16})
      x = b.pool(b.map(b.batch_norm(b.conv(x, channels, 3, 1, 1)), "relu"), Pool::Kind::max, 2, 2);
    x = b.dropout(b.map(b.matmul(b.flatten(x), 33), "relu"), 0.5);
    list.push_back({"small cnn with batch_norm", b.softmax_loss(b.matmul(x, 10)), pick(random, 4, 10), true});
  }
  {
    GraphBuilder b;
    ValueId x = b.map(b.matmul(b.flatten(b.input({1, 28, 28})), 130), "sigmoid");
    x = b.map(b.matmul(x, 70), "sigmoid");
    list.push_back({"perceptron", b.softmax_loss(b.matmul(x, 10)), pick(random, 3, 70), true});
  }
}

inline std::vector<Example> examples(uint64_t seed) {
  Random random(seed);
  std::vector<Example> list;
  add_map_examples(random, list);
  add_prelu_examples(random, list);
  add_conv_examples(random, list);
  add_pool_examples(random, list);
  add_norm_examples(random, list);
  add_other_examples(random, list);
  add_row_examples(random, list);
  add_shared_examples(random, list);
  add_networks(random, list);
  add_window_examples(random, list);
  add_deconv_examples(random, list);
  add_image_examples(random, list);
  add_joint_examples(random, list);
  add_slice_examples(random, list);
  add_random_branches(random, list);
  add_ragged_examples(random, list);
  return list;
}

}  // namespace nn::test
