// SPDX-License-Identifier: MIT
// The options of several things of which a command uses one or two, on one command line: those of every format of
// nn-convert, of every picture of nn-plot-data. Each declares its own; an option that several have stands there once.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/options.h"

namespace nn {

class OptionUnion {
 public:
  /// owner: a name for messages, as "png". options: their fields must outlive this.
  void add(std::string owner, OptionSet options);
  /// Every option once, in the order of the owners; what is set there is set for all that have it. Those that not all
  /// have stand below "Options of OWNERS". std::logic_error when two owners declare one name with different texts. The
  /// set must not outlive this.
  void declare(OptionSet& set);

  bool has(std::string_view owner, std::string_view option) const;
  std::vector<std::string> owners(std::string_view option) const;  ///< in the order of add()

 private:
  std::vector<std::pair<std::string, OptionSet>> sets_;
};

}  // namespace nn
