// SPDX-License-Identifier: MIT
// Initialisers by name. To add one: `extern const InitializerType NAME_initializer` in a file lib/layers/init_*.cpp,
// and a line in initializers.def. What PyTorch and Keras draw under each name: nn-layers(7).
#pragma once

#include <memory>
#include <span>

#include "base/plugin.h"
#include "graph/graph.h"
#include "random/draws.h"

namespace nn {

class Initializer {
 public:
  virtual ~Initializer() = default;
  /// Declares the options, with their defaults under each framework (base/option.h).
  virtual void options(OptionSet& set) { (void)set; }
  /// After the options are set: UsageError for values that make no sense.
  virtual void check() const {}
  /// Draws something: constants do not, and take no seed.
  virtual bool is_random() const { return true; }
  /// Looks at the fans or at rows and columns, which a bias has not.
  virtual bool needs_fans() const { return false; }
  /// Fills the values of one parameter (float values, held in double).
  virtual void fill(const Param& param, Draws& draws, std::span<double> w) const = 0;
};

struct InitializerType {
  const char* name;
  const char* summary;
  std::unique_ptr<Initializer> (*make)();
  KnownAs known_as = {};
};
Table<InitializerType> initializer_types();
/// "he_normal" or "uniform,min=-0.1,max=0.1"; ':' may stand for ',' (inside a layer: init=uniform:min=-0.1:max=0.1).
/// framework: the profile whose defaults hold for what the text does not say; empty: those of the summaries.
Configured<Initializer> make_initializer(std::string_view text, const std::string& framework = {});
/// The text that means the same without a framework: what its defaults differ in is written out.
std::string spelled_initializer(std::string_view text, const std::string& framework);

}  // namespace nn
