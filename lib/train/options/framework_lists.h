// SPDX-License-Identifier: MIT
// What nn-train --list likes and --list counterparts print: a walk over the options of all plug-ins.
#pragma once

#include <string>
#include <vector>

#include "base/option.h"

namespace nn {

/// A rule that options of plug-ins declare (Option::named_rule).
struct OptionRule {
  std::string name, kind, key;     ///< kind: "layer", "optimizer", ...; key: the option
  std::vector<std::string> users;  ///< plug-ins that have it
  std::string usual;               ///< under the framework that was asked for
  bool outer = false;              ///< the option is one of nn-train: --lr

  std::string option() const;  ///< as it is written: "--optimizer adagrad,eps="
};
/// In the order of the tables.
std::vector<OptionRule> option_rules(const std::string& framework);

/// nn-train --list likes: name, the value under each framework of like_names(), and the option that sets it.
std::vector<std::vector<std::string>> like_rows();
std::vector<std::string> like_columns();  ///< heads of these but the name's

/// nn-train --list counterparts: kind with name and option, what PyTorch and Keras call it, and what is used where one
/// has none. An option that several plug-ins of a kind call the same stands once, with "*".
std::vector<std::vector<std::string>> counterpart_rows();

}  // namespace nn
