// SPDX-License-Identifier: MIT
// Values of a layer's configuration, for what translates it.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "formats/models/keras/translation.h"

namespace nn {

using Arguments = std::vector<std::string>;

/// "3x2" of [3, 2] or 3.
inline Extent extent_of(const Json& config, const char* key) {
  const Json& value = config.at(key);
  if (value.is_number()) return {value.integer(), value.integer()};
  if (value.items().size() != 2) throw Error(std::string(key) + ": expected two numbers");
  return {value.items()[0].integer(), value.items()[1].integer()};
}

inline int64_t whole(const Json& config, const char* key, int64_t otherwise) {
  const Json* value = config.find(key);
  return value && value->is_number() ? value->integer() : otherwise;
}
inline double real(const Json& config, const char* key, double otherwise) {
  const Json* value = config.find(key);
  return value && value->is_number() ? value->number() : otherwise;
}
inline bool flag(const Json& config, const char* key, bool otherwise) {
  const Json* value = config.find(key);
  return value && !value->is_null() ? value->boolean() : otherwise;
}

// Activations that are layers of their own.
int keras_activation(Translation& to, const KerasLayer& layer);
int keras_rectified(Translation& to, const KerasLayer& layer);
int keras_leaky(Translation& to, const KerasLayer& layer);
int keras_elu(Translation& to, const KerasLayer& layer);
int keras_prelu(Translation& to, const KerasLayer& layer);
int keras_softmax(Translation& to, const KerasLayer& layer);

// What scales and shifts.
int keras_rescaling(Translation& to, const KerasLayer& layer);
int keras_normalization(Translation& to, const KerasLayer& layer);
int keras_arithmetic(Translation& to, const KerasLayer& layer);  ///< with layer.number
int keras_difference(Translation& to, const KerasLayer& layer);
int keras_scaled_sum(Translation& to, const KerasLayer& layer);
int keras_layer_scale(Translation& to, const KerasLayer& layer);

}  // namespace nn
