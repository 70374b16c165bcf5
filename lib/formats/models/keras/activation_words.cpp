// SPDX-License-Identifier: MIT
// Activations of Keras: layers of their own, and those that other layers have inside.
#include <algorithm>
#include <array>

#include "base/log.h"
#include "base/text/number.h"
#include "formats/models/keras/config_values.h"

namespace nn {

int keras_activation(Translation& to, const KerasLayer& layer) { return to.activation(layer, to.input(layer)); }

int keras_rectified(Translation& to, const KerasLayer& layer) {
  const int of = to.input(layer);
  const double most = real(layer.config, "max_value", 0), slope = real(layer.config, "negative_slope", 0);
  if (real(layer.config, "threshold", 0) != 0) throw Error("a threshold is not supported");
  if (most == 0) return slope == 0 ? to.word("relu", {}, of) : to.word("leaky_relu", {value_text(slope)}, of);
  if (slope != 0) throw Error("negative_slope beside max_value is not supported");
  return most == 6 ? to.word("relu6", {}, of) : to.word("hard_tanh", {"0", value_text(most), "flat-at-limits"}, of);
}

int keras_leaky(Translation& to, const KerasLayer& layer) {
  return to.word("leaky_relu", {value_text(real(layer.config, "negative_slope", real(layer.config, "alpha", 0.3)))},
                 to.input(layer));
}

int keras_elu(Translation& to, const KerasLayer& layer) {
  return to.word("elu", {value_text(real(layer.config, "alpha", 1))}, to.input(layer));
}

int keras_prelu(Translation& to, const KerasLayer& layer) {
  const int of = to.input(layer);
  const Json* shared = layer.config.find("shared_axes");
  const bool is_shared = shared && shared->is_array();
  const size_t rank = to.shape(of).rank(), axes = is_shared ? shared->items().size() : 0;
  if (axes != 0 && axes != rank && !(rank == 3 && axes == 2))
    throw Error("shared_axes other than those of the image are not supported");
  const int out = to.word("prelu",
                          {axes == 0      ? "element"
                           : axes == rank ? "layer"
                                          : "channel",
                           "0", "flat-at-zero"},
                          of);
  to.weight(layer, 0, "weight");
  return out;
}

int keras_softmax(Translation& to, const KerasLayer& layer) {
  if (const Json* axis = layer.config.find("axis"); axis && axis->integer() != -1)
    throw Error("another axis than the last is not supported");
  return to.activation_named("softmax", to.input(layer));
}

int Translation::activation(const KerasLayer& layer, int of) {
  const Json* told = layer.config.find("activation");
  if (!told || told->is_null()) return of;
  if (told->is_string()) return activation_named(told->string(), of);
  const Json* name = told->find("config");
  if (name && name->is_string()) return activation_named(name->string(), of);
  if (const Json* type = told->find("class_name"); type && type->is_string()) {
    KerasLayer inner{type->string(), layer.name, name ? *name : Json::object(), {layer.name + " inside"}, {}};
    outputs_[inner.inputs[0]] = of;
    if (const TranslateLayer function = translation_of(inner.type)) return function(*this, inner);
  }
  throw Error("its activation is not supported");
}

int Translation::activation_named(const std::string& name, int of) {
  static constexpr std::array<std::pair<const char*, const char*>, 18> names{{{"relu", "relu"},
                                                                              {"relu6", "relu6"},
                                                                              {"sigmoid", "sigmoid"},
                                                                              {"tanh", "tanh"},
                                                                              {"softmax", "softmax"},
                                                                              {"elu", "elu"},
                                                                              {"selu", "selu"},
                                                                              {"gelu", "gelu"},
                                                                              {"softplus", "softplus"},
                                                                              {"silu", "silu"},
                                                                              {"swish", "silu"},
                                                                              {"hard_silu", "hard_swish"},
                                                                              {"hard_swish", "hard_swish"},
                                                                              {"mish", "mish"},
                                                                              {"hard_sigmoid", "hard_sigmoid"},
                                                                              {"leaky_relu", "leaky_relu"},
                                                                              {"hard_tanh", "hard_tanh"},
                                                                              {"linear", ""}}};
  for (const auto& [theirs, ours] : names) {
    if (name != theirs) continue;
    if (name == "linear") return of;
    if (name == "hard_sigmoid" && is_version_2())
      throw Error("hard_sigmoid of Keras 2 (0.2 x + 0.5, cut at 0 and 1) has no counterpart here");
    return word(ours, name == "leaky_relu" ? Arguments{"0.2"} : Arguments{}, of);
  }
  throw Error("activation '" + printable(name) + "' has no counterpart here");
}

}  // namespace nn
