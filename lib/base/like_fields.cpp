// SPDX-License-Identifier: MIT
#include "base/like_fields.h"

#include <algorithm>
#include <sstream>

#include "base/error.h"
#include "base/text/number.h"
#include "base/text/split.h"

namespace nn {

#define FIELD(field, place, users, key)                                                                     \
  {                                                                                                         \
#field, LikePlace::place, users, key, [](const FrameworkRules& like) { return value_text(like.field); } \
  }

const std::vector<LikeField>& like_fields() {
  static const std::vector<LikeField> all{
      FIELD(streams, option, "", "--streams"),
      FIELD(weight_init, layer, "", "init"),
      FIELD(bias_init, layer, "", "bias-init"),
      FIELD(batch_norm_epsilon, layer, "bn", "eps"),
      FIELD(batch_norm_momentum, layer, "bn", "momentum"),
      FIELD(unbiased_running, layer, "bn", "unbiased"),
      FIELD(layer_norm_epsilon, layer, "layernorm", "eps"),
      FIELD(leaky_slope, layer, "leaky_relu", "slope"),
      FIELD(float_share, layer, "dropout", "float-share"),
      FIELD(uniform_low, initializer, "uniform", "min"),
      FIELD(uniform_high, initializer, "uniform", "max"),
      FIELD(normal_deviation, initializer, "normal", "std"),
      FIELD(frozen_rests, option, "", "--frozen-statistics"),
      FIELD(epsilon, optimizer, "adam adamw rmsprop nadam", "eps"),
      FIELD(adagrad_epsilon, optimizer, "adagrad", "eps"),
      FIELD(epsilon_inside, optimizer, "", "eps-inside"),
      FIELD(rate_in_momentum, optimizer, "", "rate-in-momentum"),
      FIELD(decoupled_decay, optimizer, "", "decoupled"),
      FIELD(float_constants, optimizer, "", "float-constants"),
      FIELD(sgd_rate, rate, "sgd", "--lr"),
      FIELD(rmsprop_rate, rate, "rmsprop", "--lr"),
      FIELD(adagrad_rate, rate, "adagrad", "--lr"),
      FIELD(nadam_rate, rate, "nadam", "--lr"),
      FIELD(rmsprop_memory, optimizer, "rmsprop", "alpha"),
      FIELD(adagrad_start, optimizer, "adagrad", "start"),
      FIELD(adamw_decay, optimizer, "adamw", "weight-decay"),
      FIELD(nadam_momentum_decay, optimizer, "nadam", "momentum-decay"),
      FIELD(clip_each, option, "", "--clip-norm X,each="),
      FIELD(clip_epsilon, option, "", "--clip-norm X,eps="),
      FIELD(accumulate_over_epochs, option, "", "--accumulate N,over-epochs="),
      FIELD(accumulate_batches, option, "", "--accumulate N,by-batch="),
      FIELD(average_batches, option, "", "--ema DECAY,by-batch="),
      FIELD(average_measured, option, "", "--ema DECAY,measured="),
      FIELD(rate_per, schedule, "exponential inverse-time polynomial cosine cosine-restarts", "per"),
      FIELD(cosine_rises_again, schedule, "cosine", "rise-again"),
      FIELD(restarts_longer, schedule, "cosine-restarts", "longer"),
      FIELD(polynomial_end, schedule, "polynomial", "min"),
      FIELD(weights_divide, loss, "cross_entropy", "weights-divide"),
      FIELD(clip_probability, loss, "", "clip"),
      FIELD(loss_has_penalties, option, "", "--penalties-in-loss"),
      FIELD(loss_of_batches, option, "", "--loss-average"),
      FIELD(relative_threshold, callback, "reduce-lr", "relative"),
      FIELD(patience_counts_last, callback, "reduce-lr", "cut-at-last"),
      FIELD(cooldown_counts_cut, callback, "reduce-lr", "cool-at-once"),
      FIELD(least_change, callback, "reduce-lr", "least-change"),
      FIELD(first_nan_is_best, callback, "", "nan-first"),
  };
  return all;
}

#undef FIELD

bool LikeField::is_of(const std::string& user) const {
  if (!*users) return true;
  const auto names = split_at(users, ' ');
  return std::find(names.begin(), names.end(), user) != names.end();
}

std::string LikeField::option() const {
  const std::string all(users);
  const std::string user = all.empty() || all.find(' ') != std::string::npos ? "..." : all;
  switch (place) {
    case LikePlace::option:
    case LikePlace::rate:
      return key;
    case LikePlace::layer:
      return user == "..." ? std::string(key) + "= of a layer" : user + ":" + key + "=";
    case LikePlace::initializer:
      return "--init " + user + "," + key + "=";
    case LikePlace::optimizer:
      return "--optimizer " + user + "," + key + "=";
    case LikePlace::schedule:
      return "--schedule " + user + "," + key + "=";
    case LikePlace::loss:
      return "--loss " + user + "," + key + "=";
    case LikePlace::callback:
      return user == "..." ? "--early-stop ...," + std::string(key) + "=" : "--" + user + " ...," + key + "=";
  }
  return "";
}

std::string for_the_eye(const std::string& value) {
  if (value.size() < 15 || value.find_first_not_of("0123456789.-+e") != std::string::npos) return value;
  double number = 0;
  try {
    parse_value(value, number);
  } catch (const UsageError&) {
    return value;
  }
  std::ostringstream text;
  text.precision(10);
  text << number;
  return text.str();
}

std::vector<std::string> like_columns() {
  std::vector<std::string> columns = like_names();
  columns.push_back("option");
  return columns;
}

std::vector<std::vector<std::string>> like_rows() {
  std::vector<std::vector<std::string>> rows;
  for (const LikeField& field : like_fields()) {
    std::vector<std::string>& row = rows.emplace_back(1, field.name);
    for (const std::string& name : like_names()) row.push_back(for_the_eye(field.text(like_named(name))));
    row.push_back(field.option());
  }
  return rows;
}

}  // namespace nn
