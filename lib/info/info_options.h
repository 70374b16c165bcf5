// SPDX-License-Identifier: MIT
// The options of nn-info.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/options.h"
#include "info/aspects.h"

namespace nn {

struct InfoOptions {
  std::vector<std::string> files;
  std::map<std::string, bool> chosen;  ///< aspects by option
  std::string format;
  bool plan = false, training = false, digest = false, stored = false, check = false, replay = false, makefile = false,
       diff = false, verify = false;
  int64_t batch = 64;

  void declare(OptionSet& set);
  /// The aspect that is asked for; the summary when none is. UsageError for several, and for options that go with
  /// another aspect only.
  const Aspect& aspect(const OptionSet& set) const;
};

}  // namespace nn
