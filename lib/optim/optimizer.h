// SPDX-License-Identifier: MIT
// Optimizers by name. To add one: the element-wise formula in backend/formula/updates.h (all backends instantiate it),
// lib/optim/NAME.cpp with `extern const OptimizerType NAME_optimizer`, and a line in optimizers.def.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/framework_rules.h"
#include "base/plugin.h"

namespace nn {

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// Declares the options, with their defaults under each framework (base/option.h).
  virtual void options(OptionSet& set) { (void)set; }
  /// After the options are set: UsageError for values that make no sense.
  virtual void check() const {}
  /// Whether the weights are float32 (or narrower) and not double: so is then what a framework computes in their type.
  virtual void in_float(bool yes) { (void)yes; }
  virtual double default_rate() const { return 1e-3; }
  /// Name of the update formula, and of its slots in order ("m", "v").
  virtual const char* formula() const = 0;
  virtual std::vector<std::string> slots() const = 0;
  /// What a slot holds before the first step.
  virtual double initial(size_t slot) const { return (void)slot, 0; }
  /// Constants of the formula for step 1, 2, ... at that learning rate, computed in double. Nothing is allocated.
  /// State beyond the slots (nadam's product of momenta) lives in scalars(): call it once a step, in order.
  virtual std::span<const double> constants(int64_t step, double rate) = 0;
  /// Momentum of the steps from now on, for a schedule that moves it (adam: beta1; sgd, rmsprop: momentum). The first
  /// call comes before formula() and slots() are asked: they are then those of a momentum above 0, whatever it falls
  /// to. UsageError from an optimizer that has none.
  virtual void set_momentum(double momentum);
  virtual std::vector<double> scalars() const { return {}; }
  virtual void restore_scalars(std::span<const double>) {}
};

struct OptimizerType {
  const char* name;
  const char* summary;
  std::unique_ptr<Optimizer> (*make)();
  KnownAs known_as = {};
};
Table<OptimizerType> optimizer_types();
/// "sgd,momentum=0.9,nesterov". like: the framework whose defaults hold for what the text does not say.
Configured<Optimizer> make_optimizer(std::string_view text, const FrameworkRules& like = {});

}  // namespace nn
