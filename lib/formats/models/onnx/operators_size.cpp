// SPDX-License-Identifier: MIT
// Operators that make images larger: padding, and copies or values between pixels.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "formats/models/onnx/graph_reader.h"

namespace nn {
namespace {

void read_pad(GraphReader& reader, OnnxNode& node) {
  const GraphValue x = reader.value(node.input(0));
  if (const std::string mode = node.text("mode", "constant"); mode != "constant")
    throw Error("mode " + short_name(mode));
  std::vector<int64_t> pads = attribute_or_input(reader, node, "pads", 1);
  const std::vector<int64_t> axes = attribute_or_input(reader, node, "", 3);
  double value = node.number("value", 0);
  if (!node.input(2).empty()) value = reader.constant(node.input(2), "the value").number(0);
  const size_t rank = x.dims.size();
  std::vector<int64_t> before(rank, 0), behind(rank, 0);
  const size_t n = axes.empty() ? rank : axes.size();
  if (pads.size() != 2 * n) throw Error(fmt::format("pads has {} values, expected {}", pads.size(), 2 * n));
  for (size_t i = 0; i < n; ++i) {
    if (pads[i] == 0 && pads[n + i] == 0) continue;
    const size_t axis = axes.empty() ? i : sample_axis(axes[i], x) + 1;
    before[axis] = pads[i], behind[axis] = pads[n + i];
  }
  if (std::ranges::all_of(pads, [](int64_t p) { return p == 0; })) return reader.define(node.output(0), GraphValue(x));
  const Shape shape = reader.ours(x.ours).shape;
  OurValue padded{shape};
  padded.padded = x.ours, padded.pad_value = value;
  if (shape.rank() != 3 || x.layout.view != shape.dims() || before[0] || behind[0])
    throw Error("of other values than images");
  for (size_t i = 1; i < rank; ++i) {
    if (before[i] == 0 && behind[i] == 0) continue;
    constexpr int64_t most = int64_t{1} << 30;
    if (before[i] < 0 || behind[i] < 0 || before[i] > most || behind[i] > most)
      throw Error("pads that cut, or beyond any image");
    const bool h = x.layout.axes[i - 1] == std::vector<size_t>{1}, w = x.layout.axes[i - 1] == std::vector<size_t>{2};
    if (!h && !w) throw Error("of other axes than height and width");
    (h ? padded.pad.top : padded.pad.left) = before[i];
    (h ? padded.pad.bottom : padded.pad.right) = behind[i];
  }
  padded.shape = {shape[0], shape[1] + padded.pad.top + padded.pad.bottom,
                  shape[2] + padded.pad.left + padded.pad.right};
  Layout layout = x.layout;
  layout.view = padded.shape.dims();
  reader.define(node.output(0), reader.computed(reader.new_value(std::move(padded)), std::move(layout)));
}

/// Whole numbers by which height and width grow.
Extent factors_of(GraphReader& reader, OnnxNode& node, const GraphValue& x) {
  std::vector<double> scales;
  const std::string scales_name = node.type() == "Upsample" ? node.input(1) : node.input(node.opset() < 11 ? 1 : 2);
  const std::string sizes_name = node.opset() < 11 ? "" : node.input(3);
  for (const float s : node.numbers("scales")) scales.push_back(static_cast<double>(s));
  if (!scales_name.empty()) {
    const OnnxTensor& given = reader.constant(scales_name, "the scales");
    for (int64_t i = 0; i < given.count(); ++i) scales.push_back(given.number(i));
  }
  if (scales.empty() && !sizes_name.empty()) {
    const OnnxTensor& given = reader.constant(sizes_name, "the sizes");
    for (int64_t i = 0; i < given.count() && i < static_cast<int64_t>(x.dims.size()); ++i)
      scales.push_back(given.number(i) / static_cast<double>(x.dims[static_cast<size_t>(i)]));
  }
  if (x.dims.size() != 4 || scales.size() != 4 || scales[0] != 1 || scales[1] != 1)
    throw Error("expected scales of height and width of images");
  for (const double s : scales)
    if (s != std::floor(s) || s < 1 || s > 1024)
      throw Error(fmt::format("a scale of {}; whole numbers are read here", s));
  return {static_cast<int64_t>(scales[2]), static_cast<int64_t>(scales[3])};
}

void read_resize(GraphReader& reader, OnnxNode& node) {
  const GraphValue x = reader.value(node.input(0));
  const std::string mode = node.text("mode", "nearest"), old = node.opset() < 11 ? "asymmetric" : "half_pixel";
  const std::string place = node.text("coordinate_transformation_mode", old.c_str());
  const std::string nearest = node.text("nearest_mode", node.opset() < 11 ? "floor" : "round_prefer_floor");
  for (const char* unused : {"cubic_coeff_a", "extrapolation_value", "exclude_outside"}) node.ignore(unused);
  node.expect("antialias", 0);
  if (const std::string policy = node.text("keep_aspect_ratio_policy", "stretch"); policy != "stretch")
    throw Error("keep_aspect_ratio_policy " + short_name(policy));
  const Extent factor = factors_of(reader, node, x);
  const bool half = place == "half_pixel" || place == "pytorch_half_pixel";
  const bool copies =
      mode == "nearest" && ((half && nearest.starts_with("round")) ||
                            ((place == "asymmetric" || place == "tf_half_pixel_for_nn") && nearest == "floor"));
  if (!copies && !(mode == "linear" && half))
    throw Error(
        fmt::format("mode {} with coordinate_transformation_mode {} and nearest_mode {}", mode, place, nearest));
  const Shape image = reader.image_shape(x);
  const int made = reader.add_layer({"upsample", value_text(factor) + (copies ? "" : ",bilinear"), {}},
                                    {image[0], image[1] * factor.h, image[2] * factor.w}, {reader.image(x)});
  define_image(reader, node, made, 4);
}

}  // namespace

std::span<const GraphOperator> size_operators() {
  static constexpr std::array<GraphOperator, 3> table{
      {{"Pad", read_pad}, {"Resize", read_resize}, {"Upsample", read_resize}}};
  return table;
}

}  // namespace nn
