// SPDX-License-Identifier: MIT
#include "base/like_fields.h"

#include "base/number.h"

namespace nn {

#define FIELD(field, option) {#field, option, [](const Like& like) { return value_text(like.field); }}

const std::vector<LikeField>& like_fields() {
  static const std::vector<LikeField> all{
    FIELD(streams, "--streams"),
    FIELD(weight_init, "init= of a layer"),
    FIELD(bias_init, "bias-init= of a layer"),
    FIELD(batch_norm_epsilon, "bn:eps="),
    FIELD(batch_norm_momentum, "bn:momentum="),
    FIELD(unbiased_running, "bn:unbiased="),
    FIELD(layer_norm_epsilon, "layernorm:eps="),
    FIELD(leaky_slope, "leaky_relu:SLOPE"),
    FIELD(epsilon, "--optimizer ...,eps="),
    FIELD(adagrad_epsilon, "--optimizer adagrad,eps="),
    FIELD(epsilon_inside, "--optimizer ...,eps-inside="),
    FIELD(rate_in_momentum, "--optimizer ...,rate-in-momentum="),
    FIELD(decoupled_decay, "--optimizer ...,decoupled="),
    FIELD(float_constants, "--optimizer ...,float-constants="),
    FIELD(sgd_rate, "--lr"),
    FIELD(rmsprop_rate, "--lr"),
    FIELD(adagrad_rate, "--lr"),
    FIELD(nadam_rate, "--lr"),
    FIELD(rmsprop_memory, "--optimizer rmsprop,alpha="),
    FIELD(adagrad_start, "--optimizer adagrad,start="),
    FIELD(adamw_decay, "--optimizer adamw,weight-decay="),
    FIELD(nadam_momentum_decay, "--optimizer nadam,momentum-decay="),
    FIELD(clip_epsilon, ""),
    FIELD(weights_divide, "--loss cross_entropy,weights-divide="),
    FIELD(clip_probability, "--loss ...,clip="),
    FIELD(loss_has_penalties, "--penalties-in-loss"),
    FIELD(relative_threshold, ""),
    FIELD(patience_counts_last, ""),
    FIELD(cooldown_counts_cut, ""),
    FIELD(least_change, ""),
    FIELD(first_nan_is_best, ""),
  };
  return all;
}

#undef FIELD

std::vector<std::pair<std::string, std::string>> list_likes() {
  std::vector<std::pair<std::string, std::string>> lines;
  for (const LikeField& field : like_fields()) {
    std::string text;
    for (const std::string& name : like_names())
      text += (text.empty() ? "" : "; ") + name + " " + field.text(like_named(name));
    if (*field.option) text += std::string(" (") + field.option + ")";
    lines.emplace_back(field.name, text);
  }
  return lines;
}

}  // namespace nn
