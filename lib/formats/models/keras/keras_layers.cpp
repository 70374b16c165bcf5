// SPDX-License-Identifier: MIT
#include "formats/models/keras/keras_layers.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

#include "base/error.h"
#include "formats/models/torch_names.h"

namespace nn {
namespace {

Json pair(int64_t h, int64_t w) {
  Json json = Json::array();
  json.push_back(Json(h)), json.push_back(Json(w));
  return json;
}

struct Pads {
  int64_t top, bottom, left, right;
  bool none() const { return top == 0 && bottom == 0 && left == 0 && right == 0; }
};

/// What TensorFlow's 'same' adds along one axis, as a Keras layer does it.
bool is_same(int64_t in, int64_t reach, int64_t stride, int64_t before, int64_t behind) {
  const int64_t out = (in + stride - 1) / stride, all = std::max<int64_t>((out - 1) * stride + reach - in, 0);
  return before == all / 2 && behind == all - all / 2;
}

class Writing {
 public:
  Writing(const Network& network, bool logits) : network_(network), graph_(network.lower()), logits_(logits) {}

  std::vector<WrittenLayer> run(const std::string& loss) {
    add("InputLayer", "input", Json::object(), {}, network_.input());
    layers_.back().config["batch_shape"] = channels_last(network_.input(), true);
    for (const Network::Node& node : network_.nodes())
      in_context("layer '" + node.name + "'", [&] { outputs_.push_back(layer(node)); });
    if (!logits_) {
      const std::string kind = loss.substr(0, loss.find_first_of(",:"));
      const char* end = kind == "cross_entropy" ? "softmax" : kind == "bce" ? "sigmoid" : nullptr;
      if (end) activation(end, std::string(end) + "_of_loss", outputs_.back(), network_.output());
    }
    return std::move(layers_);
  }

 private:
  std::string add(const std::string& type, const std::string& name, Json config, std::vector<std::string> inputs,
                  const Shape& output, std::vector<std::string> arrays = {}) {
    layers_.push_back({type, name, std::move(config), std::move(inputs), output, std::move(arrays)});
    return name;
  }
  std::string activation(const char* function, const std::string& name, const std::string& of, const Shape& shape) {
    Json config = Json::object();
    config["activation"] = Json(function);
    return add("Activation", name, std::move(config), {of}, shape);
  }

  template <class T>
  const T& op(const Network::Node& node) const {
    for (const Op& one : graph_.ops)
      if (const T* found = one.layer == node.name ? std::get_if<T>(&one.what) : nullptr) return *found;
    throw Error("Keras has no counterpart of " + node.text);
  }
  bool has_bias(const Network::Node& node) const {
    return std::ranges::any_of(graph_.params, [&](const Param& p) { return p.path() == node.name + "/bias"; });
  }
  std::vector<std::string> arrays(const Network::Node& node) const {
    std::vector<std::string> paths;
    for (const Param& p : graph_.params)
      if (p.layer == node.name) paths.push_back(p.path());
    return paths;
  }
  std::string input(const Network::Node& node, size_t i = 0) const {
    const int of = node.inputs.at(i);
    return of == Network::sample ? "input" : outputs_.at(static_cast<size_t>(of));
  }
  /// A ZeroPadding2D in front, where there is something to add.
  std::string padded(const Network::Node& node, const Pads& pad, const std::string& of) {
    if (pad.none()) return of;
    Json config = Json::object(), both = Json::array();
    both.push_back(pair(pad.top, pad.bottom)), both.push_back(pair(pad.left, pad.right));
    config["padding"] = both;
    Shape out = node.input();
    out[1] += pad.top + pad.bottom, out[2] += pad.left + pad.right;
    return add("ZeroPadding2D", node.name + "_pad", std::move(config), {of}, out);
  }
  template <class Op>
  static Json window(const Op& w, const char* kernel, const char* padding) {
    Json config = Json::object();
    config[kernel] = pair(w.kernel_h, w.kernel_w);
    config["strides"] = pair(w.stride_h, w.stride_w);
    config["padding"] = Json(padding);
    config["data_format"] = Json("channels_last");
    return config;
  }

  std::string layer(const Network::Node& node);
  std::string dense(const Network::Node& node);
  std::string conv(const Network::Node& node);
  std::string deconv(const Network::Node& node);
  std::string pool(const Network::Node& node);
  std::string norm(const Network::Node& node);
  std::string scale(const Network::Node& node);
  std::string prelu(const Network::Node& node);
  std::string map(const Network::Node& node);
  std::string reshape(const Network::Node& node);
  std::string joint(const Network::Node& node);

  const Network& network_;
  Graph graph_;
  bool logits_;
  std::vector<WrittenLayer> layers_;
  std::vector<std::string> outputs_;  ///< by node: the layer whose output it is
};

std::string Writing::dense(const Network::Node& node) {
  Json config = Json::object();
  config["units"] = Json(op<MatMul>(node).out);
  config["activation"] = Json("linear");
  config["use_bias"] = Json(has_bias(node));
  return add("Dense", node.name, std::move(config), {input(node)}, node.output, arrays(node));
}

std::string Writing::conv(const Network::Node& node) {
  const Conv& c = op<Conv>(node);
  const int64_t reach_h = (c.kernel_h - 1) * c.dilation_h + 1, reach_w = (c.kernel_w - 1) * c.dilation_w + 1;
  const Pads pad{c.pad_top, c.pad_bottom, c.pad_left, c.pad_right};
  const bool same = !pad.none() && is_same(node.input()[1], reach_h, c.stride_h, pad.top, pad.bottom) &&
                    is_same(node.input()[2], reach_w, c.stride_w, pad.left, pad.right);
  if (c.dilated() && (c.stride_h != 1 || c.stride_w != 1))
    throw Error("Keras has no convolution with both a stride and a dilation");
  Json config = window(c, "kernel_size", same ? "same" : "valid");
  config["dilation_rate"] = pair(c.dilation_h, c.dilation_w);
  config["activation"] = Json("linear");
  config["use_bias"] = Json(has_bias(node));
  const std::string of = same ? input(node) : padded(node, pad, input(node));
  const bool depthwise = c.groups > 1 && c.groups == c.in_channels;
  if (depthwise && c.stride_h != c.stride_w)
    throw Error("Keras has no depthwise convolution of stride 2x1 and the like");
  if (depthwise)
    config["depth_multiplier"] = Json(c.out_channels / c.in_channels);
  else
    config["filters"] = Json(c.out_channels), config["groups"] = Json(c.groups);
  return add(depthwise ? "DepthwiseConv2D" : "Conv2D", node.name, std::move(config), {of}, node.output, arrays(node));
}

std::string Writing::deconv(const Network::Node& node) {
  const Deconv& d = op<Deconv>(node);
  if (d.groups != 1) throw Error("Keras has no transposed convolution of groups");
  if (d.dilation_h != 1 || d.dilation_w != 1) throw Error("a dilated transposed convolution is not written for Keras");
  const auto cut = [](int64_t kernel, int64_t stride, int64_t before, int64_t behind, bool same) {
    const int64_t beyond = kernel - stride;
    return same ? before == std::max<int64_t>(beyond, 0) / 2 && behind == beyond - before
                : before == 0 && behind == std::min<int64_t>(beyond, 0);
  };
  const char* padding = nullptr;
  for (const bool same : {true, false})
    if (cut(d.kernel_h, d.stride_h, d.pad_top, d.pad_bottom, same) &&
        cut(d.kernel_w, d.stride_w, d.pad_left, d.pad_right, same))
      padding = same ? "same" : "valid";
  if (!padding)
    throw Error("Keras cuts other rows of a transposed convolution: write it with 'same' or 'whole-strides'");
  Json config = window(d, "kernel_size", padding);
  config["filters"] = Json(d.out_channels);
  config["activation"] = Json("linear");
  config["use_bias"] = Json(has_bias(node));
  return add("Conv2DTranspose", node.name, std::move(config), {input(node)}, node.output, arrays(node));
}

std::string Writing::pool(const Network::Node& node) {
  const Pool& p = op<Pool>(node);
  if (node.type.starts_with("global")) {
    Json config = Json::object();
    config["data_format"] = Json("channels_last"), config["keepdims"] = Json(false);
    return add(p.kind == Pool::Kind::max ? "GlobalMaxPooling2D" : "GlobalAveragePooling2D", node.name,
               std::move(config), {input(node)}, node.output);
  }
  const Pads pad{p.pad_top, p.pad_bottom, p.pad_left, p.pad_right};
  const bool same = !pad.none() && is_same(node.input()[1], p.kernel_h, p.stride_h, pad.top, pad.bottom) &&
                    is_same(node.input()[2], p.kernel_w, p.stride_w, pad.left, pad.right) && !p.count_padding;
  if (p.dilation_h != 1 || p.dilation_w != 1) throw Error("Keras has no dilated pooling");
  std::string of = input(node);
  if (!pad.none() && !same) {
    const int from = node.inputs.at(0);
    const std::string kind = from == Network::sample ? "" : network_.nodes()[static_cast<size_t>(from)].type;
    if (p.kind == Pool::Kind::max && kind != "relu" && kind != "relu6")
      throw Error("Keras pads pooling by 'same' alone; zeros would do behind relu");
    if (p.kind == Pool::Kind::average && (p.beyond_h > 0 || p.beyond_w > 0))
      throw Error("Keras has no window that sticks out (ceil)");
    if (p.kind == Pool::Kind::average && !p.count_padding) throw Error("Keras pads pooling by 'same' alone");
    of = padded(node, pad, of);
  }
  Json config = window(p, "pool_size", same ? "same" : "valid");
  return add(p.kind == Pool::Kind::max ? "MaxPooling2D" : "AveragePooling2D", node.name, std::move(config), {of},
             node.output);
}

std::string Writing::norm(const Network::Node& node) {
  Json config = Json::object();
  config["axis"] = Json(-1);
  std::string type;
  if (node.type == "bn") {
    type = "BatchNormalization";
    config["momentum"] = Json(1 - op<BatchNorm>(node).momentum);
    config["epsilon"] = Json(op<BatchNorm>(node).epsilon);
  } else if (node.type == "gn") {
    type = "GroupNormalization";
    config["groups"] = Json(op<GroupNorm>(node).groups);
    config["epsilon"] = Json(op<GroupNorm>(node).epsilon);
  } else {
    type = "LayerNormalization";
    const LayerNorm& l = op<LayerNorm>(node);
    const bool of_channels = node.input().rank() == 3 && l.axis == 0 && l.last == 0;
    const bool of_last = node.input().rank() != 3 && l.axis == static_cast<int64_t>(node.input().rank()) - 1;
    if (!of_channels && !of_last) throw Error("layernorm of several axes is not written for Keras");
    config["epsilon"] = Json(l.epsilon);
  }
  config["center"] = Json(true), config["scale"] = Json(true);
  return add(type, node.name, std::move(config), {input(node)}, node.output, arrays(node));
}

/// A factor and a shift a channel are a depthwise convolution of one cell.
std::string Writing::scale(const Network::Node& node) {
  if (node.input().rank() != 3) throw Error("Keras has no counterpart of " + node.text + " but of images");
  Json config = Json::object();
  config["kernel_size"] = pair(1, 1), config["strides"] = pair(1, 1), config["padding"] = Json("valid");
  config["depth_multiplier"] = Json(1), config["data_format"] = Json("channels_last");
  config["dilation_rate"] = pair(1, 1), config["activation"] = Json("linear");
  config["use_bias"] = Json(has_bias(node));
  return add("DepthwiseConv2D", node.name, std::move(config), {input(node)}, node.output, arrays(node));
}

std::string Writing::prelu(const Network::Node& node) {
  const PRelu& p = op<PRelu>(node);
  Json config = Json::object();
  const auto rank = static_cast<int64_t>(node.input().rank());
  if (p.axis < rank) {
    Json shared = Json::array();
    for (int64_t axis = 1; axis <= (p.axis == 0 ? rank : rank - 1); ++axis) shared.push_back(Json(axis));
    config["shared_axes"] = shared;
  }
  return add("PReLU", node.name, std::move(config), {input(node)}, node.output, arrays(node));
}

/// Element-wise functions: of Activation by name, or layers with a constant.
std::string Writing::map(const Network::Node& node) {
  static constexpr std::array<std::pair<const char*, const char*>, 12> names{{{"relu", "relu"},
                                                                              {"relu6", "relu6"},
                                                                              {"selu", "selu"},
                                                                              {"gelu", "gelu"},
                                                                              {"silu", "silu"},
                                                                              {"hard_swish", "hard_silu"},
                                                                              {"mish", "mish"},
                                                                              {"softplus", "softplus"},
                                                                              {"sigmoid", "sigmoid"},
                                                                              {"hard_sigmoid", "hard_sigmoid"},
                                                                              {"tanh", "tanh"},
                                                                              {"softmax", "softmax"}}};
  for (const auto& [ours, theirs] : names)
    if (node.type == ours) return activation(theirs, node.name, input(node), node.output);
  const Map& m = op<Map>(node);
  Json config = Json::object();
  const char* type = nullptr;
  if (node.type == "leaky_relu") type = "LeakyReLU", config["negative_slope"] = Json(m.constants.at(0));
  if (node.type == "elu") type = "ELU", config["alpha"] = Json(m.constants.at(0));
  if (m.function == "hard_tanh" && m.constants.at(0) == 0) type = "ReLU", config["max_value"] = Json(m.constants.at(1));
  if (m.function == "hard_tanh" && m.constants.at(0) == -1 && m.constants.at(1) == 1)
    return activation("hard_tanh", node.name, input(node), node.output);
  if (!type) throw Error("Keras has no counterpart of " + node.text);
  return add(type, node.name, std::move(config), {input(node)}, node.output);
}

std::string Writing::reshape(const Network::Node& node) {
  const Shape &in = node.input(), &out = node.output;
  if (out.rank() == 1) {
    if (in.rank() == 1) return input(node);
    if (in.rank() == 3) return add("Flatten", node.name, Json::object(), {input(node)}, out);
  }
  Json config = Json::object(), target = Json::array();
  if (in.rank() == 1 && out.rank() == 3 && (out[1] * out[2] == 1 || out[0] == 1)) {
    config["target_shape"] = channels_last(out, false);
    return add("Reshape", node.name, std::move(config), {input(node)}, out);
  }
  throw Error("reshape from " + in.text() + " to " + out.text() +
              " is not written for Keras, whose channels come last");
}

std::string Writing::joint(const Network::Node& node) {
  std::vector<std::string> inputs;
  for (size_t i = 0; i < node.inputs.size(); ++i) inputs.push_back(input(node, i));
  Json config = Json::object();
  if (node.type == "cat" || node.type == "concat") {
    config["axis"] = Json(-1);
    return add("Concatenate", node.name, std::move(config), inputs, node.output);
  }
  return add(node.type == "res" || node.type == "add" ? "Add" : "Multiply", node.name, std::move(config), inputs,
             node.output);
}

std::string Writing::layer(const Network::Node& node) {
  const std::string& type = node.type;
  if (type == "dense") return dense(node);
  if (type == "conv") return conv(node);
  if (type == "deconv") return deconv(node);
  if (type.ends_with("pool")) return pool(node);
  if (type == "bn" || type == "gn" || type == "layernorm") return norm(node);
  if (type == "scale") return scale(node);
  if (type == "prelu") return prelu(node);
  if (type == "flatten" || type == "reshape") return reshape(node);
  if (type == "softmax" && op<Softmax>(node).axis != 0 && node.input().rank() == 3)
    throw Error("softmax along another axis than the channels is not written for Keras");
  if (type == "dropout" || type == "droppath") {
    Json config = Json::object();
    config["rate"] = Json(op<Dropout>(node).rate);
    if (type == "droppath") {
      Json shape = Json::array();
      shape.push_back(Json());
      for (size_t i = 0; i < node.input().rank(); ++i) shape.push_back(Json(1));
      config["noise_shape"] = shape;
    }
    return add("Dropout", node.name, std::move(config), {input(node)}, node.output);
  }
  if (type == "upsample") {
    const Upsample& u = op<Upsample>(node);
    Json config = Json::object();
    config["size"] = pair(u.factor_h, u.factor_w);
    config["interpolation"] = Json(u.bilinear ? "bilinear" : "nearest");
    return add("UpSampling2D", node.name, std::move(config), {input(node)}, node.output);
  }
  if (node.inputs.size() > 1) return joint(node);
  return map(node);
}

/// Keras puts the layers of a Functional model in the order of their depth, the longest way to the output, and those of
/// one depth in the order in which a search from the output meets them; arrays in its files are by that order. Source:
/// map_graph in keras/src/ops/function.py.
std::vector<WrittenLayer> in_order_of_depth(std::vector<WrittenLayer> layers) {
  std::map<std::string, size_t> places;
  for (size_t i = 0; i < layers.size(); ++i) places[layers[i].name] = i;
  std::vector<int64_t> depth(layers.size(), 0), met(layers.size(), -1);
  for (size_t i = layers.size(); i-- > 0;)
    for (const std::string& input : layers[i].inputs)
      depth[places.at(input)] = std::max(depth[places.at(input)], depth[i] + 1);
  int64_t count = 0;
  std::vector<std::pair<size_t, size_t>> open{{layers.size() - 1, 0}};  // a layer, and which input is next
  met.back() = count++;
  while (!open.empty()) {
    auto& [layer, next] = open.back();
    if (next == layers[layer].inputs.size()) {
      open.pop_back();
      continue;
    }
    const size_t input = places.at(layers[layer].inputs[next++]);
    if (met[input] >= 0) continue;
    met[input] = count++;
    open.emplace_back(input, 0);
  }
  std::vector<size_t> order(layers.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(
      order, [&](size_t a, size_t b) { return std::pair(-depth[a], met[a]) < std::pair(-depth[b], met[b]); });
  std::vector<WrittenLayer> sorted;
  for (const size_t i : order) sorted.push_back(std::move(layers[i]));
  return sorted;
}

}  // namespace

Json channels_last(const Shape& shape, bool batch) {
  std::vector<int64_t> dims = shape.dims();
  if (dims.size() == 3) std::rotate(dims.begin(), dims.begin() + 1, dims.end());
  Json json = Json::array();
  if (batch) json.push_back(Json());
  for (const int64_t d : dims) json.push_back(Json(d));
  return json;
}

std::vector<WrittenLayer> keras_layers_of(const Network& network, const std::string& loss, bool logits) {
  std::vector<WrittenLayer> layers = Writing(network, logits).run(loss);
  return is_chain(network) ? layers : in_order_of_depth(std::move(layers));
}

}  // namespace nn
