// SPDX-License-Identifier: MIT
#include "base/framework_rules.h"

#include <array>

#include "base/registry.h"

namespace nn {
namespace {

FrameworkRules keras(const char* name, const char* streams) {
  FrameworkRules like;
  like.name = name;
  like.framework = Framework::keras;
  like.streams = streams;
  like.weight_init = "glorot_uniform";
  like.bias_init = "zeros";
  like.batch_norm_epsilon = like.layer_norm_epsilon = 1e-3;
  like.batch_norm_momentum = 1 - 0.99;
  like.unbiased_running = false;
  like.leaky_slope = 0.3;
  like.epsilon = like.adagrad_epsilon = 1e-7;
  like.epsilon_inside = like.rate_in_momentum = like.decoupled_decay = like.float_constants = true;
  like.sgd_rate = 1e-2;
  like.rmsprop_rate = like.adagrad_rate = like.nadam_rate = 1e-3;
  like.rmsprop_memory = 0.9;
  like.adagrad_start = 0.1;
  like.adamw_decay = 4e-3;
  like.nadam_momentum_decay = 1;
  like.float_share = like.loss_of_batches = like.cosine_rises_again = like.average_measured = false;
  like.uniform_low = -0.05;
  like.uniform_high = like.normal_deviation = 0.05;
  like.frozen_rests = true;
  like.clip_epsilon = 0;
  like.clip_each = like.accumulate_over_epochs = like.accumulate_batches = like.average_batches = true;
  like.rate_per = "smooth";
  like.restarts_longer = 2;
  like.polynomial_end = 1e-4;
  like.weights_divide = false;
  like.loss_has_penalties = true;
  like.relative_threshold = false;
  like.patience_counts_last = like.cooldown_counts_cut = like.first_nan_is_best = true;
  like.least_change = 0;
  like.same_needs_unit_stride = like.norm_needs_two_values = false;
  like.pools_pad_as_same = like.one_clip = true;
  return like;
}

/// Keras clips probabilities before the logarithm, but on TensorFlow, where it finds the logits of a softmax; and on
/// TensorFlow alone the share that dropout keeps is a double.
FrameworkRules off_tensorflow(FrameworkRules like) {
  like.clip_probability = 1e-7;
  like.float_share = true;
  return like;
}

const std::array<FrameworkRules, 4>& table() {
  static const std::array<FrameworkRules, 4> all{{FrameworkRules{}, keras("keras", "keras-tensorflow"),
                                                  off_tensorflow(keras("keras-jax", "keras-jax")),
                                                  off_tensorflow(keras("keras-torch", "keras-torch"))}};
  return all;
}

}  // namespace

const FrameworkRules& like_named(const std::string& name) {
  for (const FrameworkRules& like : table())
    if (like.name == name) return like;
  throw UsageError(unknown_name("framework", name, like_names()));
}

std::vector<std::string> like_names() {
  std::vector<std::string> names;
  for (const FrameworkRules& like : table()) names.push_back(like.name);
  return names;
}

}  // namespace nn
