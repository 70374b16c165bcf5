// SPDX-License-Identifier: MIT
// Losses by name. To add one: lib/losses/NAME.cpp with `extern const LossType NAME_loss`, and a line in losses.def.
#pragma once

#include <memory>

#include "base/framework_rules.h"
#include "base/plugin.h"
#include "graph/graph.h"

namespace nn {

enum class TargetKind { labels, targets };  ///< integer class of each sample, or floats of the output's shape

class Loss {
 public:
  virtual ~Loss() = default;
  /// Declares the options, with their defaults under each framework (base/option.h).
  virtual void options(OptionSet& set) { (void)set; }
  /// After the options are set: UsageError for values that make no sense.
  virtual void check() const {}
  virtual TargetKind target_kind() const = 0;
  /// The op that ends the graph, of the network's output and what it should be. Error when the network's output shape
  /// does not fit. classes: of the labels, or values of one sample's target for losses of targets; 0 when unknown.
  virtual OpParams lower(const Shape& output, int64_t classes) const = 0;
};

struct LossType {
  const char* name;
  const char* summary;
  std::unique_ptr<Loss> (*make)();
  KnownAs known_as = {};
};
Table<LossType> loss_types();
/// "cross_entropy,label-smoothing=0.1,class-weights=1:2:1". like: the framework whose defaults hold for what the text
/// does not say.
Configured<Loss> make_loss(std::string_view text, const FrameworkRules& like = {});
/// The text that means the same by PyTorch's defaults.
std::string canonical_loss(std::string_view text, const FrameworkRules& like);
/// Appends the loss to a lowered network, with the input "labels" or "targets" that it compares with.
void append_loss(Graph& graph, const Loss& loss, int64_t classes);

}  // namespace nn
