// SPDX-License-Identifier: MIT
// In what PyTorch and Keras differ, as values: one table, one entry a framework. What needs such a value is given a Like
// and never asks for a framework's name; every field can also be set by an option of what uses it (named behind it).
// Facts, confirmed by running torch 2.15 and Keras 3.15: torch/nn/{init,modules}, torch/optim, keras/src/{layers,
// optimizers,callbacks,losses}.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace nn {

struct Like {
  std::string name = "pytorch";
  std::string streams = "torch";          ///< whose random numbers (--streams)

  // Layers: options of the layer.
  std::string weight_init = "kaiming_uniform,a=2.23606797749979";  ///< init=
  std::string bias_init = "fan_in_uniform";                        ///< bias-init=
  double batch_norm_epsilon = 1e-5;       ///< bn:eps=
  double batch_norm_momentum = 0.1;       ///< bn:momentum=, weight of the new batch
  bool unbiased_running = true;           ///< bn:unbiased=
  double layer_norm_epsilon = 1e-5;       ///< layernorm:eps=
  double leaky_slope = 0.01;              ///< leaky_relu:SLOPE

  // Optimizers: options of --optimizer, and --lr.
  double epsilon = 1e-8;                  ///< eps= of all but adagrad
  double adagrad_epsilon = 1e-10;
  bool epsilon_inside = false;            ///< eps-inside=: under the root (rmsprop, adagrad), before the bias correction (adam)
  bool rate_in_momentum = false;          ///< rate-in-momentum=: the velocity keeps the rate it was made with
  bool decoupled_decay = false;           ///< decoupled=: weight-decay shrinks weights instead of adding to gradients
  bool float_constants = false;           ///< float-constants=: powers of the betas are of float32 numbers
  double sgd_rate = 1e-3, rmsprop_rate = 1e-2, adagrad_rate = 1e-2, nadam_rate = 2e-3;
  double rmsprop_memory = 0.99;           ///< alpha=
  double adagrad_start = 0;               ///< start=
  double adamw_decay = 0.01;              ///< weight-decay=
  double nadam_momentum_decay = 4e-3;     ///< momentum-decay=
  double clip_epsilon = 1e-6;             ///< added to the norm that --clip-norm divides by

  // Losses: options of --loss.
  bool weights_divide = true;             ///< weights-divide=: class weights also enter the divisor of the mean
  double clip_probability = 0;            ///< clip=: probabilities are cut to clip..1-clip before the logarithm
  bool loss_has_penalties = false;        ///< the reported loss contains the L1 and L2 penalties (--loss-with-penalties)

  // Callbacks.
  bool relative_threshold = true;         ///< reduce-lr threshold=: better means by a share of the best value, not by an amount
  bool patience_counts_last = false;      ///< reduce-lr: the rate is cut on bad epoch number `patience`, not on the one after
  bool cooldown_counts_cut = false;       ///< reduce-lr: the first epoch after a cut already uses up one of `cooldown`
  double least_change = 1e-8;             ///< reduce-lr: a cut by no more than this is left out
  bool first_nan_is_best = false;         ///< early-stop, save-best: a NaN as the first value is taken and never beaten
};

/// "pytorch", "keras" (on TensorFlow), "keras-jax", "keras-torch"; UsageError with the nearest otherwise.
const Like& like_named(const std::string& name);
std::vector<std::string> like_names();

}  // namespace nn
