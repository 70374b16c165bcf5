// SPDX-License-Identifier: MIT
// Operators with windows on images: convolutions and poolings.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "formats/models/onnx/graph_reader.h"

namespace nn {
namespace {

/// The window of a node, over height and width; of sequences over width alone.
struct NodeWindow {
  Extent kernel, stride{1, 1}, dilation{1, 1};
  Padding pad;
  bool ceil = false;
};

Extent extent_of(const std::vector<int64_t>& values, size_t axes, Extent otherwise, const char* what) {
  if (values.empty()) return otherwise;
  if (values.size() != axes) throw Error(fmt::format("{} has {} values, expected {}", what, values.size(), axes));
  for (const int64_t v : values)
    if (v < 1 || v > (int64_t{1} << 30)) throw Error(fmt::format("{} of {}", what, v));
  return axes == 1 ? Extent{1, values[0]} : Extent{values[0], values[1]};
}

Padding padding_of(const std::vector<int64_t>& pads, size_t axes) {
  if (pads.empty()) return {};
  if (pads.size() != 2 * axes) throw Error(fmt::format("pads has {} values, expected {}", pads.size(), 2 * axes));
  for (const int64_t p : pads)
    if (p < 0 || p > (int64_t{1} << 30)) throw Error(fmt::format("pads: {}", p));
  return axes == 1 ? Padding{0, 0, pads[0], pads[1]} : Padding{pads[0], pads[2], pads[1], pads[3]};
}

int64_t same_padding(int64_t size, int64_t kernel, int64_t stride, int64_t dilation) {
  const int64_t out = (size + stride - 1) / stride;
  return std::max<int64_t>((out - 1) * stride + reach(kernel, dilation) - size, 0);
}

/// axes: of height and width. auto_pad is worked out for an image of that shape.
NodeWindow window_of(OnnxNode& node, const Shape& image, size_t axes, Extent kernel) {
  NodeWindow w;
  w.kernel = extent_of(node.integers("kernel_shape"), axes, kernel, "kernel_shape");
  if (w.kernel.h < 1) throw Error("without kernel_shape");
  w.stride = extent_of(node.integers("strides"), axes, {1, 1}, "strides");
  w.dilation = extent_of(node.integers("dilations"), axes, {1, 1}, "dilations");
  w.pad = padding_of(node.integers("pads"), axes);
  const std::string how = node.text("auto_pad", "NOTSET");
  if (how == "SAME_UPPER" || how == "SAME_LOWER") {
    const int64_t h = same_padding(image[1], w.kernel.h, w.stride.h, w.dilation.h),
                  v = same_padding(image[2], w.kernel.w, w.stride.w, w.dilation.w);
    w.pad =
        how == "SAME_UPPER" ? Padding{h / 2, h - h / 2, v / 2, v - v / 2} : Padding{h - h / 2, h / 2, v - v / 2, v / 2};
  } else if (how != "NOTSET" && how != "VALID") {
    throw Error("auto_pad " + short_name(how));
  }
  return w;
}

std::string options_text(const NodeWindow& w, bool stride_by_kernel) {
  std::string text;
  if (w.stride != (stride_by_kernel ? w.kernel : Extent{1, 1})) text += ",stride=" + value_text(w.stride);
  if (w.pad) text += ",pad=" + value_text(w.pad);
  if (w.dilation != Extent{1, 1}) text += ",dilation=" + value_text(w.dilation);
  return text;
}

/// The value inside of a Pad node, whose cells are added to pad.
GraphValue without_padding(GraphReader& reader, const GraphValue& x, Padding& pad, double value, bool any_value) {
  const OurValue& outer = reader.ours(x.ours);
  if (outer.padded < 0) return x;
  if (!any_value && outer.pad_value != value)
    throw Error(fmt::format("{} pads with {}; expected {} here", outer.node, outer.pad_value, value));
  pad.top += outer.pad.top, pad.bottom += outer.pad.bottom, pad.left += outer.pad.left, pad.right += outer.pad.right;
  const int inner = outer.padded;
  Layout layout = x.layout;
  if (layout.view != outer.shape.dims())
    throw Error(outer.node + ": padding is read in front of convolution and pooling alone");
  layout.view = reader.ours(inner).shape.dims();
  return reader.computed(inner, std::move(layout));
}

Shape placed(const Shape& image, const NodeWindow& w, int64_t channels) {
  const Window at = place_window(image, {w.kernel, w.stride, w.pad, false, w.dilation, w.ceil});
  return {channels, at.out_h, at.out_w};
}

/// {out, in/groups, h, w} of a kernel of 3 or 4 axes.
Shape kernel_shape(const OnnxTensor& w, const GraphValue& x) {
  if (w.dims.size() != x.dims.size() || w.dims.size() < 3 || w.dims.size() > 4)
    throw Error(fmt::format("kernels of {} on {}: only images and sequences are read", Shape(w.dims).text(),
                            Shape(x.dims).text()));
  if (w.dims.size() == 3) return {w.dims[0], w.dims[1], 1, w.dims[2]};
  return Shape(w.dims);
}

void take_bias(GraphReader& reader, OnnxNode& node, int input, int64_t channels, FoundLayer& layer) {
  layer.takes_bias = node.input(input).empty();
  if (layer.takes_bias) return;
  const OnnxTensor& b = reader.constant(node.input(input), "the bias");
  if (b.count() != channels) throw Error(fmt::format("a bias of {} values for {} channels", b.count(), channels));
  layer.weights.push_back(weight_of("bias", {channels}, reals(b), b.name));
}

void read_conv(GraphReader& reader, OnnxNode& node) {
  GraphValue x = reader.value(node.input(0));
  const OnnxTensor& w = reader.constant(node.input(1), "the kernel");
  const Shape kernel = kernel_shape(w, x);
  const int64_t groups = node.integer("group", 1), channels = kernel[0];
  Padding around;
  const Shape outer = reader.image_shape(x);
  x = without_padding(reader, x, around, 0, false);
  NodeWindow window = window_of(node, outer, x.dims.size() - 2, {kernel[2], kernel[3]});
  window.pad = {window.pad.top + around.top, window.pad.bottom + around.bottom, window.pad.left + around.left,
                window.pad.right + around.right};
  const Shape image = reader.image_shape(x);
  if (window.kernel != Extent{kernel[2], kernel[3]}) throw Error("kernel_shape differs from the kernel");
  if (groups < 1 || kernel[1] * groups != image[0] || channels % groups != 0)
    throw Error(fmt::format("kernels of {} in {} groups on {}", kernel.text(), groups, image.text()));
  FoundLayer layer{"dense", std::to_string(channels), {}};
  layer.weights = {weight_of("weight", kernel, reals(w), w.name)};
  take_bias(reader, node, 2, channels, layer);
  const bool as_dense = reader.ours(x.ours).shape.rank() == 1 && image[1] * image[2] == 1 && x.layout.in_order() &&
                        groups == 1 && kernel[2] * kernel[3] == 1 && !window.pad;
  if (as_dense) {
    layer.weights[0].shape = {channels, kernel[1]};
    const int made = reader.add_layer(std::move(layer), {channels}, {x.ours});
    Layout layout{{channels}, {{0}}};
    layout.axes.resize(x.dims.size() - 1);
    return reader.define(node.output(0), reader.computed(made, std::move(layout)));
  }
  layer.kind = "conv";
  layer.arguments += "," + value_text(window.kernel) + options_text(window, false);
  if (groups > 1) layer.arguments += fmt::format(",groups={}", groups);
  const Shape shape = placed(image, window, channels);
  define_image(reader, node, reader.add_layer(std::move(layer), shape, {reader.image(x)}), x.dims.size());
}

void read_deconv(GraphReader& reader, OnnxNode& node) {
  const GraphValue x = reader.value(node.input(0));
  const OnnxTensor& w = reader.constant(node.input(1), "the kernel");
  const Shape kernel = kernel_shape(w, x), image = reader.image_shape(x);
  const size_t axes = x.dims.size() - 2;
  const int64_t groups = node.integer("group", 1);
  if (groups < 1 || kernel[0] != image[0] || image[0] % groups != 0)
    throw Error(fmt::format("kernels of {} in {} groups on {}", kernel.text(), groups, image.text()));
  const int64_t channels = kernel[1] * groups;
  const std::vector<int64_t> wanted = node.integers("output_shape");
  const std::string how = node.text("auto_pad", "NOTSET");
  NodeWindow window = window_of(node, image, axes, {kernel[2], kernel[3]});
  std::vector<int64_t> more = node.integers("output_padding");
  more.resize(axes, 0);
  const Extent extra = axes == 1 ? Extent{0, more[0]} : Extent{more[0], more[1]};
  const auto whole = [&](int64_t n, int64_t k, int64_t s, int64_t d, int64_t m) {
    return (n - 1) * s + reach(k, d) + m;
  };
  const Extent full{whole(image[1], window.kernel.h, window.stride.h, window.dilation.h, extra.h),
                    whole(image[2], window.kernel.w, window.stride.w, window.dilation.w, extra.w)};
  const bool same = how == "SAME_UPPER" || how == "SAME_LOWER";
  if (!wanted.empty() || same) {
    Extent out{image[1] * window.stride.h, image[2] * window.stride.w};
    if (!wanted.empty()) {
      const std::vector<int64_t> tail(wanted.end() - static_cast<std::ptrdiff_t>(std::min(axes, wanted.size())),
                                      wanted.end());
      out = extent_of(tail, axes, out, "output_shape");
    }
    const int64_t h = full.h - out.h, v = full.w - out.w;
    if (h < 0 || v < 0) throw Error("output_shape is larger than what the windows reach");
    window.pad =
        how == "SAME_UPPER" ? Padding{h / 2, h - h / 2, v / 2, v - v / 2} : Padding{h - h / 2, h / 2, v - v / 2, v / 2};
  }
  FoundLayer layer{
      "deconv", fmt::format("{},{}{}", channels, value_text(window.kernel), options_text(window, false)), {}};
  if (extra.h || extra.w) layer.arguments += ",out-pad=" + value_text(extra);
  if (groups > 1) layer.arguments += fmt::format(",groups={}", groups);
  layer.weights = {weight_of("weight", kernel, reals(w), w.name)};
  take_bias(reader, node, 2, channels, layer);
  const Shape shape{channels, full.h - window.pad.top - window.pad.bottom, full.w - window.pad.left - window.pad.right};
  if (shape[1] < 1 || shape[2] < 1) throw Error("nothing is left of the image");
  define_image(reader, node, reader.add_layer(std::move(layer), shape, {reader.image(x)}), x.dims.size());
}

/// The axes of an image in the graph, of a sequence without height.
std::vector<std::vector<size_t>> image_axes(const GraphValue& x) {
  if (x.dims.size() == 3) return {{0}, {2}};
  return {{0}, {1}, {2}};
}

/// One value a channel; the graph keeps the other axes with an extent of 1, or drops them.
void define_global(GraphReader& reader, OnnxNode& node, const char* kind, int image, bool keep,
                   const std::vector<std::vector<size_t>>& axes) {
  const int64_t channels = reader.ours(image).shape[0];
  const int made = reader.add_layer({kind, "", {}}, {channels}, {image});
  Layout layout{{channels}, {}};
  for (const std::vector<size_t>& list : axes) {
    const bool is_channel = list == std::vector<size_t>{0};
    if (is_channel || keep) layout.axes.push_back(is_channel ? list : std::vector<size_t>{});
  }
  reader.define(node.output(0), reader.computed(made, std::move(layout)));
}

bool is_not_negative(GraphReader& reader, int number) {
  const std::string& kind = reader.layer(reader.settled(number)).kind;
  return kind == "relu" || kind == "relu6" || kind == "sigmoid" || kind == "softplus" || kind == "softmax";
}

void read_pool(GraphReader& reader, OnnxNode& node) {
  const bool average = node.type() == "AveragePool";
  GraphValue x = reader.value(node.input(0));
  const Shape outer = reader.image_shape(x);
  node.expect("storage_order", 0);
  const bool ceiling = node.integer("ceil_mode", 0) != 0;
  bool counts_padding = average && node.integer("count_include_pad", 0) != 0;
  NodeWindow window = window_of(node, outer, x.dims.size() - 2, {});
  const bool padded = reader.ours(x.ours).padded >= 0;
  if (padded) {
    if (average && window.pad && !counts_padding) throw Error("padded once by Pad, and again");
    const OurValue value = reader.ours(x.ours);
    const bool lowest = value.pad_value < -1e30;
    x = without_padding(reader, x, window.pad, 0, lowest && !average);
    if (!average && !lowest && !(reader.settled(x.ours) >= 0 && is_not_negative(reader, x.ours)))
      throw Error("a maximum over padding of 0, of values that may be negative");
    counts_padding = average;
  }
  const Shape image = reader.image_shape(x);
  if (ceiling) {  // said only where it makes another image
    const Shape without = placed(image, window, image[0]);
    window.ceil = true;
    window.ceil = placed(image, window, image[0]) != without;
  }
  const bool is_wide = 2 * window.pad.bottom > window.kernel.h || 2 * window.pad.right > window.kernel.w;
  if (is_wide && !counts_padding) {  // cells behind that nothing counts: a last window that sticks out
    NodeWindow other = window;
    other.pad.bottom = other.pad.top, other.pad.right = other.pad.left, other.ceil = true;
    if (placed(image, other, image[0]) == placed(image, window, image[0])) window = other;
  }
  FoundLayer layer{average ? "avgpool" : "maxpool", value_text(window.kernel) + options_text(window, true), {}};
  if (average && window.dilation != Extent{1, 1}) throw Error("attribute dilations: a mean has none here");
  if (window.ceil) layer.arguments += ",ceil";
  if (average && window.pad && !counts_padding) layer.arguments += ",count-pad=false";
  const bool whole = !window.pad && !window.ceil && window.kernel == Extent{image[1], image[2]};
  if (whole)
    return define_global(reader, node, average ? "globalavgpool" : "globalmaxpool", reader.image(x), true,
                         image_axes(x));
  const Shape shape = placed(image, window, image[0]);
  define_image(reader, node, reader.add_layer(std::move(layer), shape, {reader.image(x)}), x.dims.size());
}

void read_global_pool(GraphReader& reader, OnnxNode& node) {
  const GraphValue x = reader.value(node.input(0));
  define_global(reader, node, node.type() == "GlobalMaxPool" ? "globalmaxpool" : "globalavgpool", reader.image(x), true,
                image_axes(x));
}

/// A mean or maximum over height and width is global pooling.
void read_reduction(GraphReader& reader, OnnxNode& node) {
  const GraphValue x = reader.value(node.input(0));
  const std::vector<int64_t> over = attribute_or_input(reader, node, "axes", 1);
  const bool keep = node.integer("keepdims", 1) != 0;
  node.ignore("noop_with_empty_axes");
  const char* kind = node.type() == "ReduceMax" ? "globalmaxpool" : "globalavgpool";
  if (x.dims.size() < 2) throw Error("of a value without an axis besides the batch");
  std::vector<bool> reduced(x.dims.size() - 1, false);
  for (const int64_t axis : over) reduced[sample_axis(axis, x)] = true;
  const Shape shape = reader.ours(x.ours).shape;
  const auto refuse = [&] {
    throw Error(fmt::format("over axes of {} that are not height and width of images", Shape(x.dims).text()));
  };
  if (shape.rank() == 1 && !over.empty()) {  // a value a channel already, with axes of extent 1
    Layout layout{x.layout.view, {}};
    for (size_t i = 0; i < reduced.size(); ++i) {
      if (reduced[i] && x.dims[i + 1] != 1) refuse();
      if (!reduced[i] || keep) layout.axes.push_back(x.layout.axes[i]);
    }
    return reader.define(node.output(0), reader.computed(x.ours, std::move(layout)));
  }
  const bool all_cells = !reduced[0] && std::all_of(reduced.begin() + 1, reduced.end(), [](bool r) { return r; });
  if (x.dims.size() == 4 && all_cells && (x.layout.view != shape.dims() || x.layout.axes[0] == std::vector<size_t>{0}))
    return define_global(reader, node, kind, reader.image(x), keep, image_axes(x));
  if (shape.rank() != 3 || x.layout.view[0] != shape[0]) refuse();
  for (size_t i = 0; i < reduced.size(); ++i) {
    const std::vector<size_t>& list = x.layout.axes[i];
    const bool is_channel = list == std::vector<size_t>{0};
    const bool has_channel = std::ranges::find(list, size_t{0}) != list.end();
    if (reduced[i] ? has_channel && shape[0] != 1 : !is_channel && x.dims[i + 1] != 1) refuse();
  }
  define_global(reader, node, kind, x.ours, keep, x.layout.axes);
}

}  // namespace

void define_image(GraphReader& reader, OnnxNode& node, int made, size_t rank) {
  const Shape shape = reader.ours(made).shape;
  Layout layout = plain_layout(shape);
  if (rank == 3) layout.axes = {{0}, {2}};
  reader.define(node.output(0), reader.computed(made, std::move(layout)));
}

std::span<const GraphOperator> window_operators() {
  static constexpr std::array<GraphOperator, 8> table{{{"Conv", read_conv},
                                                       {"ConvTranspose", read_deconv},
                                                       {"MaxPool", read_pool},
                                                       {"AveragePool", read_pool},
                                                       {"GlobalAveragePool", read_global_pool},
                                                       {"GlobalMaxPool", read_global_pool},
                                                       {"ReduceMean", read_reduction},
                                                       {"ReduceMax", read_reduction}}};
  return table;
}

}  // namespace nn
