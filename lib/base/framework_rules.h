// SPDX-License-Identifier: MIT
// The frameworks whose results are reproduced, and the rules of a run in which they differ, as values: one entry per
// profile. A default of an option stands beside that option (Option::in); what is here belongs to a run as a whole.
// What computes is given these values and never asks for a framework's name; only what is said of one does. Confirmed
// by running torch 2.15 and Keras 3.15: torch/nn, torch/optim, keras/src/{layers,optimizers,callbacks,losses}.
#pragma once

#include <string>
#include <vector>

namespace nn {

/// Whose words and classes.
enum class Framework { pytorch, keras };

struct FrameworkRules {
  std::string name = "pytorch";  ///< the profile: "pytorch", "keras" (on TensorFlow), "keras-jax", "keras-torch"
  Framework framework = Framework::pytorch;
  std::string streams = "torch";  ///< whose random numbers (--streams)

  bool frozen_rests = false;  ///< a frozen batch norm uses its running statistics and leaves them (--frozen-statistics)
  bool clip_each = false;     ///< --clip-norm X,each=: the norm of each parameter by itself, not of all together
  double clip_epsilon = 1e-6;           ///< --clip-norm X,eps=: added to the norm
  bool accumulate_over_epochs = false;  ///< --accumulate N,over-epochs=: what is left waits for the next epoch
  bool accumulate_batches = false;      ///< --accumulate N,by-batch=: every batch counts the same, else every sample
  bool average_batches = false;         ///< --ema DECAY,by-batch=: the average moves after every batch of --accumulate
  bool average_measured = true;         ///< --ema DECAY,measured=: epochs are measured with the averaged weights
  bool loss_has_penalties = false;      ///< the reported loss contains the L1 and L2 penalties (--penalties-in-loss)
  bool loss_of_batches = true;  ///< an epoch's training loss is the mean over its batches, else over its samples
                                ///< (--loss-average)

  // What the framework refuses. It is computed all the same, and a warning says so.
  bool same_needs_unit_stride = true;       ///< conv:...,same with another stride than 1
  bool norm_needs_two_values = true;        ///< bn of a training batch that has one value per channel
  bool pools_pad_as_same = false;           ///< pooling padded in another way than `same`
  bool dilation_needs_unit_stride = false;  ///< conv:...,dilation=2 with another stride than 1
  bool one_clip = false;                    ///< --clip-norm together with --clip-value
};

/// UsageError with the nearest name for an unknown profile.
const FrameworkRules& like_named(const std::string& profile);
std::vector<std::string> like_names();
/// "pytorch" or "keras": what words and classes are called by (Option::called).
std::string family_name(Framework framework);
/// "PyTorch", "Keras", "Keras on JAX": a profile in a sentence.
std::string framework_title(const std::string& profile);

/// A rule of a run that is listed by --list likes and recorded in models.
struct RunRule {
  const char* name;
  const char* option;  ///< that sets it alone, as it is written
  std::string (*text)(const FrameworkRules&);
};
const std::vector<RunRule>& run_rules();

}  // namespace nn
