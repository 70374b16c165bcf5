// SPDX-License-Identifier: MIT
// Initialisers by name. To add one: a file lib/layers/init_NAME.cpp and a line in initializers.def.
#pragma once

#include <memory>
#include <span>

#include "backend/graph.h"
#include "base/options.h"
#include "base/registry.h"
#include "base/rng.h"

namespace nn {

class Initializer {
 public:
  virtual ~Initializer() = default;
  virtual void options(OptionSet& set) { (void)set; }
  /// Fills the values of one parameter (float values, held in double).
  virtual void fill(const Param& param, Stream& stream, std::span<double> w) const = 0;
};

struct InitializerType {
  const char* name;
  const char* summary;
  std::unique_ptr<Initializer> (*make)();
};
Table<InitializerType> initializer_types();
/// "he_normal" or "uniform,min=-0.1,max=0.1".
std::unique_ptr<Initializer> make_initializer(std::string_view text);

}  // namespace nn
