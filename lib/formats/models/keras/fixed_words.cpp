// SPDX-License-Identifier: MIT
// Layers of Keras that scale and shift by numbers that training does not change: preprocessing inside a model, and
// arithmetic with numbers in a graph (x / 127.5 - 1).
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/text/number.h"
#include "formats/models/keras/config_values.h"

namespace nn {
namespace {

using Floats = std::vector<float>;

int64_t channels_of(const Shape& shape) { return shape[shape.rank() == 2 ? 1 : 0]; }

/// A word scale with these values, one for all channels or one each.
int scaled(Translation& to, int of, const std::vector<double>& weight, const std::vector<double>& bias) {
  constexpr int64_t most = 1 << 24;
  if (channels_of(to.shape(of)) > most) throw Error("its input has more than " + std::to_string(most) + " channels");
  const auto channels = static_cast<size_t>(channels_of(to.shape(of)));
  const auto each = [&](const std::vector<double>& values) {
    if (values.size() != 1 && values.size() != channels)
      throw Error("expected one number or one a channel (" + std::to_string(channels) + "), found " +
                  std::to_string(values.size()));
    Floats floats(channels);
    for (size_t i = 0; i < channels; ++i) floats[i] = static_cast<float>(values[values.size() == 1 ? 0 : i]);
    return floats;
  };
  const bool shifts = std::ranges::any_of(bias, [](double b) { return b != 0; });
  const int out = to.word("scale", shifts ? Arguments{} : Arguments{"bias=false"}, of);
  to.fixed("weight", each(weight));
  if (shifts) to.fixed("bias", each(bias));
  return out;
}

void collect_numbers(const Json& value, std::vector<double>& numbers) {
  if (!value.is_array()) return numbers.push_back(value.number());
  for (const Json& item : value.items()) collect_numbers(item, numbers);
}
/// A number, or a list in which each has its own; in lists of one where it was made to fit an image.
std::vector<double> numbers_in(const Json& config, const char* key, double otherwise) {
  std::vector<double> numbers;
  if (const Json* value = config.find(key); value && !value->is_null()) collect_numbers(*value, numbers);
  if (numbers.empty()) numbers.push_back(otherwise);
  return numbers;
}

std::vector<double> doubles(const Floats& values) { return {values.begin(), values.end()}; }

void check_last_axis(Translation& to, const Json& config, size_t rank) {
  const Json* axis = config.find("axis");
  if (!axis || axis->is_null()) return;  // one number for all
  const bool list = axis->is_array();
  if (list && axis->items().size() != 1) throw Error("another number of axes than one is not supported");
  const int64_t one = list ? axis->items()[0].integer() : axis->integer();
  if (to.channels_first() || (one != -1 && one != static_cast<int64_t>(rank)))
    throw Error("axis " + std::to_string(one) + " is not the last");
}

}  // namespace

int keras_rescaling(Translation& to, const KerasLayer& layer) {
  return scaled(to, to.input(layer), numbers_in(layer.config, "scale", 1), numbers_in(layer.config, "offset", 0));
}

/// (x - mean) / max(sqrt(variance), 1e-7)
int keras_normalization(Translation& to, const KerasLayer& layer) {
  constexpr double least = 1e-7;
  const int of = to.input(layer);
  if (flag(layer.config, "invert", false)) throw Error("invert is not supported");
  check_last_axis(to, layer.config, to.shape(of).rank());
  const Json* told = layer.config.find("mean");
  const bool in_config = told && !told->is_null();
  if (!in_config && layer.arrays.size() < 2) throw Error("its mean and variance are missing");
  std::vector<double> mean = in_config ? numbers_in(layer.config, "mean", 0) : doubles(layer.arrays[0].values),
                      variance = in_config ? numbers_in(layer.config, "variance", 1) : doubles(layer.arrays[1].values),
                      weight, bias;
  if (mean.size() != variance.size()) throw Error("its mean and variance differ in their numbers of values");
  for (size_t i = 0; i < mean.size(); ++i) {
    weight.push_back(1 / std::max(std::sqrt(variance[i]), least));
    bias.push_back(-mean[i] * weight[i]);
  }
  return scaled(to, of, weight, bias);
}

/// x + number, number - x, ...
int keras_arithmetic(Translation& to, const KerasLayer& layer) {
  const double c = layer.number.value();
  const int of = to.input(layer);
  if (layer.type == "Add") return scaled(to, of, {1}, {c});
  if (layer.type == "Multiply") return scaled(to, of, {c}, {0});
  if (layer.type == "Subtract") return layer.number_is_first ? scaled(to, of, {-1}, {c}) : scaled(to, of, {1}, {-c});
  if (layer.number_is_first) throw Error("a number that is divided by a tensor is not supported");
  return scaled(to, of, {1 / c}, {0});
}

int keras_difference(Translation& to, const KerasLayer& layer) {
  if (!layer.number) throw Error("of two tensors it has no counterpart here");
  return keras_arithmetic(to, layer);
}

/// The sum of the first input and the second times a number, of InceptionResNetV2 in keras.applications.
int keras_scaled_sum(Translation& to, const KerasLayer& layer) {
  const std::vector<int> all = to.inputs(layer);
  if (all.size() != 2) throw Error("expected two inputs, found " + std::to_string(all.size()));
  const int times = scaled(to, all[1], {layer.config.at("scale").number()}, {0});
  return to.joint("add", {all[0], times});
}

/// Of ConvNeXt in keras.applications: a trained factor a channel.
int keras_layer_scale(Translation& to, const KerasLayer& layer) {
  const int out =
      to.word("scale", {value_text(real(layer.config, "init_values", 1e-6)), "bias=false"}, to.input(layer));
  to.weight(layer, 0, "weight");
  return out;
}

}  // namespace nn
