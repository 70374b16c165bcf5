// SPDX-License-Identifier: MIT
#include "base/framework_rules.h"

#include <array>

#include "base/registry.h"
#include "base/text/number.h"

namespace nn {
namespace {

FrameworkRules keras(const char* name, const char* streams) {
  FrameworkRules like;
  like.name = name;
  like.framework = Framework::keras;
  like.streams = streams;
  like.frozen_rests = like.clip_each = true;
  like.clip_epsilon = 0;
  like.accumulate_over_epochs = like.accumulate_batches = like.average_batches = true;
  like.average_measured = like.loss_of_batches = false;
  like.loss_has_penalties = true;
  like.same_needs_unit_stride = like.norm_needs_two_values = false;
  like.pools_pad_as_same = like.one_clip = like.dilation_needs_unit_stride = true;
  return like;
}

const std::array<FrameworkRules, 4>& table() {
  static const std::array<FrameworkRules, 4> all{{FrameworkRules{}, keras("keras", "keras-tensorflow"),
                                                  keras("keras-jax", "keras-jax"),
                                                  keras("keras-torch", "keras-torch")}};
  return all;
}

}  // namespace

const FrameworkRules& like_named(const std::string& profile) {
  for (const FrameworkRules& like : table())
    if (like.name == profile) return like;
  throw UsageError(unknown_name("framework", profile, like_names()));
}

std::vector<std::string> like_names() {
  std::vector<std::string> names;
  for (const FrameworkRules& like : table()) names.push_back(like.name);
  return names;
}

std::string family_name(Framework framework) { return framework == Framework::pytorch ? "pytorch" : "keras"; }

std::string framework_title(const std::string& profile) {
  if (profile == "pytorch") return "PyTorch";
  if (profile == "keras-jax") return "Keras on JAX";
  return profile == "keras-torch" ? "Keras on PyTorch" : "Keras";
}

const std::vector<RunRule>& run_rules() {
#define RULE(field, option)                                                             \
  {                                                                                     \
#field, option, [](const FrameworkRules& rules) { return value_text(rules.field); } \
  }
  static const std::vector<RunRule> all{
      RULE(streams, "--streams"),
      RULE(frozen_rests, "--frozen-statistics"),
      RULE(clip_each, "--clip-norm X,each="),
      RULE(clip_epsilon, "--clip-norm X,eps="),
      RULE(accumulate_over_epochs, "--accumulate N,over-epochs="),
      RULE(accumulate_batches, "--accumulate N,by-batch="),
      RULE(average_batches, "--ema DECAY,by-batch="),
      RULE(average_measured, "--ema DECAY,measured="),
      RULE(loss_has_penalties, "--penalties-in-loss"),
      RULE(loss_of_batches, "--loss-average"),
  };
#undef RULE
  return all;
}

}  // namespace nn
