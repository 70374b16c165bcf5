// SPDX-License-Identifier: MIT
// The classes of Keras that have a counterpart here. To add one: a function and a line in the table at the end.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/log.h"
#include "base/text/number.h"
#include "formats/models/keras/config_values.h"

namespace nn {
namespace {

/// stride, same or pad, dilation, of windows.
void add_window(const Json& config, Padding pad, Arguments& arguments) {
  const Extent stride = extent_of(config, "strides");
  if (stride != Extent{1, 1}) arguments.push_back("stride=" + value_text(stride));
  const std::string& padding = config.at("padding").string();
  if (padding != "same" && padding != "valid") throw Error("padding '" + printable(padding) + "' is not supported");
  if (padding == "same") {
    if (pad) throw Error("zeros are added in front of a convolution that pads by itself");
    arguments.emplace_back("same");
  } else if (pad) {
    arguments.push_back("pad=" + value_text(pad));
  }
  if (const Json* rate = config.find("dilation_rate"); rate && !rate->is_null())
    if (const Extent dilation = extent_of(config, "dilation_rate"); dilation != Extent{1, 1})
      arguments.push_back("dilation=" + value_text(dilation));
}

int dense(Translation& to, const KerasLayer& layer) {
  const bool bias = flag(layer.config, "use_bias", true);
  Arguments arguments{std::to_string(layer.config.at("units").integer())};
  const int of = to.input(layer);
  const bool image = to.is_image(of);  // of which it takes the channels of each cell
  if (image) arguments.emplace_back("1");
  if (!bias) arguments.emplace_back("bias=false");
  const int out = to.word(image ? "conv" : "dense", arguments, of);
  to.weight(layer, 0, "weight");
  if (bias) to.weight(layer, 1, "bias");
  return to.activation(layer, out);
}

int convolution(Translation& to, const KerasLayer& layer) {
  const bool bias = flag(layer.config, "use_bias", true);
  int of = 0;
  const Padding pad = to.padded_input(layer, of);
  Arguments arguments{std::to_string(layer.config.at("filters").integer()),
                      value_text(extent_of(layer.config, "kernel_size"))};
  add_window(layer.config, pad, arguments);
  if (const int64_t groups = whole(layer.config, "groups", 1); groups != 1)
    arguments.push_back("groups=" + std::to_string(groups));
  if (!bias) arguments.emplace_back("bias=false");
  const int out = to.word("conv", arguments, of);
  to.weight(layer, 0, "weight");
  if (bias) to.weight(layer, 1, "bias");
  return to.activation(layer, out);
}

/// The depthwise word of a layer whose first array is the kernel {h,w,channels,multiplier}.
int depthwise_word(Translation& to, const KerasLayer& layer, bool bias) {
  int of = 0;
  const Padding pad = to.padded_input(layer, of);
  if (layer.arrays.empty() || layer.arrays[0].shape.rank() != 4) throw Error("its kernel is missing");
  const int64_t channels = layer.arrays[0].shape[2], multiplier = layer.arrays[0].shape[3];
  Arguments arguments{std::to_string(Shape{channels, multiplier}.count()),
                      value_text(extent_of(layer.config, "kernel_size"))};
  add_window(layer.config, pad, arguments);
  if (channels > 1) arguments.push_back("groups=" + std::to_string(channels));
  if (!bias) arguments.emplace_back("bias=false");
  const int out = to.word("conv", arguments, of);
  to.weight(layer, 0, "weight");
  return out;
}

int depthwise(Translation& to, const KerasLayer& layer) {
  const bool bias = flag(layer.config, "use_bias", true);
  const int out = depthwise_word(to, layer, bias);
  if (bias) to.weight(layer, 1, "bias");
  return to.activation(layer, out);
}

int separable(Translation& to, const KerasLayer& layer) {
  const bool bias = flag(layer.config, "use_bias", true);
  const int each = depthwise_word(to, layer, false);
  Arguments arguments{std::to_string(layer.config.at("filters").integer()), "1"};
  if (!bias) arguments.emplace_back("bias=false");
  const int out = to.word("conv", arguments, each);
  to.weight(layer, 1, "weight");
  if (bias) to.weight(layer, 2, "bias");
  return to.activation(layer, out);
}

int transposed(Translation& to, const KerasLayer& layer) {
  const bool bias = flag(layer.config, "use_bias", true);
  if (const Json* more = layer.config.find("output_padding"); more && !more->is_null())
    throw Error("output_padding is not supported");
  Arguments arguments{std::to_string(layer.config.at("filters").integer()),
                      value_text(extent_of(layer.config, "kernel_size"))};
  add_window(layer.config, {}, arguments);
  if (layer.config.at("padding").string() == "valid") arguments.emplace_back("whole-strides");
  if (!bias) arguments.emplace_back("bias=false");
  const int out = to.word("deconv", arguments, to.input(layer));
  to.weight(layer, 0, "weight");
  if (bias) to.weight(layer, 1, "bias");
  return to.activation(layer, out);
}

int64_t axis_of(const Json& config) {
  const Json& axis = config.at("axis");
  if (!axis.is_array()) return axis.integer();
  if (axis.items().size() != 1) throw Error("several axes are not supported");
  return axis.items()[0].integer();
}

void add_norm(Translation& to, const KerasLayer& layer, size_t& next) {
  const auto one = [&](const char* key, const char* role, float value, int64_t count) {
    if (flag(layer.config, key, true))
      to.weight(layer, next++, role);
    else
      to.constant(role, count, value);
  };
  const int64_t count = layer.arrays.empty() ? 0 : layer.arrays[0].shape.count();
  one("scale", "weight", 1, count);
  one("center", "bias", 0, count);
}

int batch_norm(Translation& to, const KerasLayer& layer) {
  const int of = to.input(layer);
  const int64_t axis = axis_of(layer.config);
  const bool last = axis == -1 || axis == 3 || (axis == 1 && !to.channels_first());
  if (!last && !(to.channels_first() && (axis == 1 || axis == -3)))
    throw Error("axis " + std::to_string(axis) + " is not that of the channels");
  if (axis == 1 && !to.channels_first() && to.shape(of).rank() != 1) throw Error("axis 1 is not that of the channels");
  const int out = to.word("bn",
                          {"eps=" + value_text(real(layer.config, "epsilon", 1e-3)),
                           "momentum=" + value_text(1 - real(layer.config, "momentum", 0.99)), "unbiased=false"},
                          of);
  size_t next = 0;
  add_norm(to, layer, next);
  to.weight(layer, next, "running_mean");
  to.weight(layer, next + 1, "running_var");
  return out;
}

int layer_norm(Translation& to, const KerasLayer& layer) {
  const int of = to.input(layer);
  const int64_t axis = axis_of(layer.config);
  const size_t rank = to.shape(of).rank();
  if (axis != -1 && axis != static_cast<int64_t>(rank))
    throw Error("axis " + std::to_string(axis) + " is not the last");
  Arguments arguments{"eps=" + value_text(real(layer.config, "epsilon", 1e-3))};
  if (rank == 3) arguments.emplace_back("axis=channel");
  if (rank == 2) arguments.emplace_back("axis=-1");
  const int out = to.word("layernorm", arguments, of);
  size_t next = 0;
  add_norm(to, layer, next);
  return out;
}

int group_norm(Translation& to, const KerasLayer& layer) {
  const int of = to.input(layer);
  if (axis_of(layer.config) != -1 && !to.channels_first()) throw Error("another axis than the last is not supported");
  const int64_t groups = layer.config.at("groups").integer();
  const int out = to.word(
      "gn",
      {std::to_string(groups < 0 ? to.shape(of)[0] : groups), "eps=" + value_text(real(layer.config, "epsilon", 1e-3))},
      of);
  size_t next = 0;
  add_norm(to, layer, next);
  return out;
}

/// A convolution that copies an image with zeros around it or without rows and columns at its sides: no layer here does
/// that alone.
int copied(Translation& to, int of, const Padding& zeros, const Padding& less) {
  const int64_t channels = to.shape(of)[0];
  const Extent kernel{less.top + less.bottom + 1, less.left + less.right + 1};
  Arguments arguments{std::to_string(channels), value_text(kernel)};
  if (zeros) arguments.push_back("pad=" + value_text(zeros));
  if (channels > 1) arguments.push_back("groups=" + std::to_string(channels));
  arguments.emplace_back("bias=false");
  const int out = to.word("conv", arguments, of);
  const Shape shape{kernel.h, kernel.w, channels, 1};
  std::vector<float> values(static_cast<size_t>(shape.count()), 0);
  std::fill_n(values.begin() + (less.top * kernel.w + less.left) * channels, channels, 1.0F);
  to.fixed("weight", std::move(values), shape);
  return out;
}

int pooling(Translation& to, const KerasLayer& layer, const char* kind) {
  int of = 0;
  Padding pad = to.padded_input(layer, of);
  // Behind relu no value is less than the zeros, so that the largest ones are the same without them.
  const bool is_largest = kind == std::string_view("maxpool") && of != Translation::sample &&
                          (to.kind(of) == "relu" || to.kind(of) == "relu6");
  if (pad && !is_largest) of = copied(to, of, pad, {}), pad = {};
  Arguments arguments{value_text(extent_of(layer.config, "pool_size"))};
  Json config = layer.config;
  if (const Json* strides = config.find("strides"); !strides || strides->is_null())
    config["strides"] = config.at("pool_size");
  const Extent stride = extent_of(config, "strides");
  arguments.push_back("stride=" + value_text(stride));
  const std::string& padding = config.at("padding").string();
  if (padding == "same") arguments.emplace_back("same");
  if (pad) arguments.push_back("pad=" + value_text(pad));
  return to.word(kind, arguments, of);
}
int max_pooling(Translation& to, const KerasLayer& layer) { return pooling(to, layer, "maxpool"); }
int average_pooling(Translation& to, const KerasLayer& layer) { return pooling(to, layer, "avgpool"); }

int global_pooling(Translation& to, const KerasLayer& layer, const char* kind) {
  const int of = to.input(layer), out = to.word(kind, {}, of);
  if (!flag(layer.config, "keepdims", false)) return out;
  return to.word("reshape", {Shape{to.shape(out)[0], 1, 1}.text()}, out);
}
int global_average(Translation& to, const KerasLayer& layer) { return global_pooling(to, layer, "globalavgpool"); }
int global_max(Translation& to, const KerasLayer& layer) { return global_pooling(to, layer, "globalmaxpool"); }

/// Of ZeroPadding2D and Cropping2D: 1, [1, 2] or [[0, 1], [0, 1]].
Padding sides_of(const Json& told) {
  if (told.is_number()) return {told.integer(), told.integer(), told.integer(), told.integer()};
  Padding sides;
  const auto side = [&](size_t axis, int64_t& before, int64_t& behind) {
    const Json& both = told.items().at(axis);
    before = both.is_number() ? both.integer() : both.items().at(0).integer();
    behind = both.is_number() ? both.integer() : both.items().at(1).integer();
  };
  side(0, sides.top, sides.bottom), side(1, sides.left, sides.right);
  return sides;
}

int zero_padding(Translation& to, const KerasLayer& layer) {
  const int of = to.input(layer);
  to.padding(layer, of, sides_of(layer.config.at("padding")));
  return of;
}

int cropping(Translation& to, const KerasLayer& layer) {
  int of = 0;
  const Padding pad = to.padded_input(layer, of), less = sides_of(layer.config.at("cropping"));
  constexpr int64_t most = 64;  // the convolution that cuts them off looks at as many
  for (const int64_t side : {less.top, less.bottom, less.left, less.right})
    if (side < 0 || side > most)
      throw Error("expected 0 to " + std::to_string(most) + " rows or columns, found " + std::to_string(side));
  return copied(to, of, pad, less);
}

int upsampling(Translation& to, const KerasLayer& layer) {
  Arguments arguments{value_text(extent_of(layer.config, "size"))};
  if (const Json* how = layer.config.find("interpolation"); how && how->string() == "bilinear")
    arguments.emplace_back("bilinear");
  else if (how && how->string() != "nearest")
    throw Error("interpolation '" + printable(how->string()) + "' is not supported");
  return to.word("upsample", arguments, to.input(layer));
}

int flatten(Translation& to, const KerasLayer& layer) { return to.word("flatten", {}, to.input(layer)); }

int reshape(Translation& to, const KerasLayer& layer) {
  const int of = to.input(layer);
  const Shape in = to.shape(of);
  std::vector<int64_t> dims;
  for (const Json& d : layer.config.at("target_shape").items()) dims.push_back(d.integer());
  int64_t known = 1;
  for (const int64_t d : dims) known *= d > 0 ? d : 1;
  for (int64_t& d : dims)
    if (d < 0 && known > 0) d = in.count() / known;
  const bool flat = dims.size() == 1, points = in.rank() == 1 && dims.size() == 3 && dims[0] == 1 && dims[1] == 1;
  if (flat && in.rank() == 1) return of;
  if (flat) return to.word("flatten", {}, of);
  if (points) return to.word("reshape", {Shape{dims[2], 1, 1}.text()}, of);
  if (in.rank() == 1 && dims.size() == 3 && dims[2] == 1)
    return to.word("reshape", {Shape{1, dims[0], dims[1]}.text()}, of);
  throw Error("from " + in.text() + " here it would take the channels in another order, which is not supported");
}

int dropout(Translation& to, const KerasLayer& layer) {
  const double rate = real(layer.config, "rate", 0);
  return rate == 0 ? to.input(layer) : to.word("dropout", {value_text(rate), "float-share=false"}, to.input(layer));
}

/// What only training knows, and dropout of another kind.
int passed(Translation& to, const KerasLayer& layer) {
  to.note("layer '" + printable(layer.name) + "' (" + layer.type + ") acts in training only and is left out");
  return to.input(layer);
}

int joint(Translation& to, const KerasLayer& layer, const char* kind) {
  const std::vector<int> all = to.inputs(layer);
  if (all.size() < 2) throw Error("expected two inputs or more, found " + std::to_string(all.size()));
  for (const int of : all)
    if (to.shape(of).rank() != to.shape(all[0]).rank()) throw Error("its inputs have different ranks");
  return to.joint(kind, all);
}
int addition(Translation& to, const KerasLayer& layer) {
  return layer.number ? keras_arithmetic(to, layer) : joint(to, layer, "add");
}
int concatenation(Translation& to, const KerasLayer& layer) {
  const int64_t axis = whole(layer.config, "axis", -1);
  if (axis != -1 && axis != 3 && !(to.channels_first() && axis == 1))
    throw Error("axis " + std::to_string(axis) + " is not that of the channels");
  return joint(to, layer, "concat");
}
int product(Translation& to, const KerasLayer& layer) {
  if (layer.number) return keras_arithmetic(to, layer);
  const std::vector<int> all = to.inputs(layer);
  if (all.size() != 2) throw Error("expected two inputs, found " + std::to_string(all.size()));
  // The factor of a value a channel or a cell is the second here.
  const bool turned = to.shape(all[0]).count() < to.shape(all[1]).count();
  return to.joint("mul", {all[turned ? 1 : 0], all[turned ? 0 : 1]});
}

struct Row {
  const char* type;
  TranslateLayer translate;
};
constexpr std::array rows{Row{"Dense", dense},
                          Row{"Conv2D", convolution},
                          Row{"DepthwiseConv2D", depthwise},
                          Row{"SeparableConv2D", separable},
                          Row{"Conv2DTranspose", transposed},
                          Row{"BatchNormalization", batch_norm},
                          Row{"LayerNormalization", layer_norm},
                          Row{"GroupNormalization", group_norm},
                          Row{"Activation", keras_activation},
                          Row{"ReLU", keras_rectified},
                          Row{"LeakyReLU", keras_leaky},
                          Row{"ELU", keras_elu},
                          Row{"PReLU", keras_prelu},
                          Row{"Softmax", keras_softmax},
                          Row{"MaxPooling2D", max_pooling},
                          Row{"AveragePooling2D", average_pooling},
                          Row{"GlobalAveragePooling2D", global_average},
                          Row{"GlobalMaxPooling2D", global_max},
                          Row{"ZeroPadding2D", zero_padding},
                          Row{"Cropping2D", cropping},
                          Row{"UpSampling2D", upsampling},
                          Row{"Flatten", flatten},
                          Row{"Reshape", reshape},
                          Row{"Dropout", dropout},
                          Row{"SpatialDropout2D", passed},
                          Row{"AlphaDropout", passed},
                          Row{"GaussianNoise", passed},
                          Row{"GaussianDropout", passed},
                          Row{"ActivityRegularization", passed},
                          Row{"RandomFlip", passed},
                          Row{"RandomRotation", passed},
                          Row{"RandomZoom", passed},
                          Row{"RandomTranslation", passed},
                          Row{"RandomContrast", passed},
                          Row{"RandomBrightness", passed},
                          Row{"StochasticDepth", passed},
                          Row{"Add", addition},
                          Row{"Concatenate", concatenation},
                          Row{"Multiply", product},
                          Row{"Subtract", keras_difference},
                          Row{"TrueDivide", keras_difference},
                          Row{"Divide", keras_difference},
                          Row{"Rescaling", keras_rescaling},
                          Row{"Normalization", keras_normalization},
                          Row{"LayerScale", keras_layer_scale},
                          Row{"CustomScaleLayer", keras_scaled_sum}};

}  // namespace

TranslateLayer translation_of(const std::string& type) {
  const auto row = std::ranges::find_if(rows, [&](const Row& r) { return r.type == type; });
  return row == rows.end() ? nullptr : row->translate;
}

}  // namespace nn
