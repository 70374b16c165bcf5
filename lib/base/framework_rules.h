// SPDX-License-Identifier: MIT
// In what PyTorch and Keras differ, as values: one table, one entry a framework. What needs such a value is given a
// Like and never asks for a framework's name; every field can also be set by an option of what uses it (named behind
// it). Facts, confirmed by running torch 2.15 and Keras 3.15: torch/nn/{init,modules}, torch/optim, keras/src/{layers,
// optimizers,callbacks,losses}.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace nn {

/// Whose words and classes.
enum class Framework { pytorch, keras };

struct FrameworkRules {
  std::string name = "pytorch";
  Framework framework = Framework::pytorch;
  std::string streams = "torch";  ///< whose random numbers (--streams)

  // Layers: options of the layer.
  std::string weight_init = "kaiming_uniform,a=2.23606797749979";  ///< init=
  std::string bias_init = "fan_in_uniform";                        ///< bias-init=
  double batch_norm_epsilon = 1e-5;                                ///< bn:eps=
  double batch_norm_momentum = 0.1;                                ///< bn:momentum=, weight of the new batch
  bool unbiased_running = true;                                    ///< bn:unbiased=
  double layer_norm_epsilon = 1e-5;                                ///< layernorm:eps=
  double leaky_slope = 0.01;                                       ///< leaky_relu:SLOPE
  bool float_share = true;  ///< dropout:float-share=, 1 is divided by the float32 number of the share that is kept
  double uniform_low = 0, uniform_high = 1;  ///< uniform: min=, max=
  double normal_deviation = 1;               ///< normal: std=
  bool frozen_rests = false;  ///< a frozen batch norm uses its running statistics and leaves them (--frozen-statistics)

  // Optimizers: options of --optimizer, and --lr.
  double epsilon = 1e-8;  ///< eps= of all but adagrad
  double adagrad_epsilon = 1e-10;
  bool epsilon_inside = false;    ///< eps-inside=: under the root (rmsprop, adagrad), before the bias correction (adam)
  bool rate_in_momentum = false;  ///< rate-in-momentum=: the velocity keeps the rate it was made with
  bool decoupled_decay = false;   ///< decoupled=: weight-decay shrinks weights instead of adding to gradients
  bool float_constants = false;   ///< float-constants=: powers of the betas are of float32 numbers
  double sgd_rate = 1e-3, rmsprop_rate = 1e-2, adagrad_rate = 1e-2, nadam_rate = 2e-3;
  double rmsprop_memory = 0.99;        ///< alpha=
  double adagrad_start = 0;            ///< start=
  double adamw_decay = 0.01;           ///< weight-decay=
  double nadam_momentum_decay = 4e-3;  ///< momentum-decay=
  bool clip_each = false;      ///< --clip-norm X,each=: the norm of each parameter by itself, not of all together
  double clip_epsilon = 1e-6;  ///< --clip-norm X,eps=: added to the norm
  bool accumulate_over_epochs =
      false;  ///< --accumulate N,over-epochs=: what is left at the end of an epoch waits for the next
  bool accumulate_batches = false;  ///< --accumulate N,by-batch=: every batch counts the same, else every sample does
  bool average_batches = false;     ///< --ema DECAY,by-batch=: the average moves after every batch of --accumulate
  bool average_measured = true;     ///< --ema DECAY,measured=: epochs are measured with the averaged weights

  // Schedules: options of --schedule.
  std::string rate_per =
      "epoch";  ///< per= of what both frameworks have: smooth: epochs, but the rate moves at each step
  bool cosine_rises_again = true;  ///< cosine,rise-again=
  double restarts_longer = 1;      ///< cosine-restarts,longer=
  double polynomial_end = 0;       ///< polynomial,min=

  // Losses: options of --loss.
  bool weights_divide = true;       ///< weights-divide=: class weights also enter the divisor of the mean
  double clip_probability = 0;      ///< clip=: probabilities are cut to clip..1-clip before the logarithm
  bool loss_has_penalties = false;  ///< the reported loss contains the L1 and L2 penalties (--penalties-in-loss)
  bool loss_of_batches =
      true;  ///< an epoch's training loss is the mean over its batches, else over its samples (--loss-average)

  // Callbacks: options of theirs.
  bool relative_threshold = true;  ///< reduce-lr relative=: better means by a share of the best value, not by an amount
  bool patience_counts_last = false;  ///< reduce-lr cut-at-last=: on bad epoch number `patience`, not on the one after
  bool cooldown_counts_cut =
      false;  ///< reduce-lr cool-at-once=: the first epoch after a cut already uses up one of `cooldown`
  double least_change = 1e-8;      ///< reduce-lr least-change=: a cut by no more than this is left out
  bool first_nan_is_best = false;  ///< nan-first=: a NaN as the first value is taken and never beaten

  // What the framework refuses. It is computed all the same, and a warning says so.
  bool same_needs_unit_stride = true;  ///< conv:...,same with another stride than 1
  bool norm_needs_two_values = true;   ///< bn of a training batch that has one value a channel
  bool pools_pad_as_same = false;      ///< pooling padded in another way than `same`
  bool one_clip = false;               ///< --clip-norm together with --clip-value
};

/// "pytorch", "keras" (on TensorFlow), "keras-jax", "keras-torch"; UsageError with the nearest otherwise.
const FrameworkRules& like_named(const std::string& name);
std::vector<std::string> like_names();

}  // namespace nn
