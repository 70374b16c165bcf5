// SPDX-License-Identifier: MIT
// Layers that join several values into one: as a bracket around branches, res( A | B ), or as a word that names earlier
// layers, add:NAME. Both forms are one class; NamedJoint adds the names.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "layers/layer.h"

namespace nn {

/// The form of a joint that names layers.
template <class Joint>
class NamedJoint final : public Joint {
 public:
  void options(OptionSet& set) override {
    set.add("names", names_, "NAME,...", Joint::names_help)
        .by_place()
        .must()
        .called("pytorch", "tensors")
        .called("keras", "inputs");
  }
  std::vector<std::string> named_inputs() const override { return names_; }

 private:
  std::vector<std::string> names_;
};

template <class L>
std::unique_ptr<Layer> make_layer() {
  return std::make_unique<L>();
}

/// Error unless two at least are given, and as many as `most`.
inline void check_joined(std::span<const Shape> x, size_t most) {
  if (x.size() < 2 || x.size() > most)
    throw Error("expected two values" + std::string(most > 2 ? " or more" : "") + ", found " +
                value_text(static_cast<uint64_t>(x.size())));
}

}  // namespace nn
