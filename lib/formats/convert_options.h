// SPDX-License-Identifier: MIT
// The options of nn-convert.
#pragma once

#include <string>

#include "formats/choices.h"

namespace nn {

struct ConvertOptions {
  std::string in, out, from, to;
  std::string verify;  ///< a dataset on which a model that was written is compared; empty: it is not
  double tolerance = 1e-5;
  bool propose = false;  ///< print layers that the weights of IN allow
  FormatChoices formats;
  FormatOptions common;

  void declare(OptionSet& set);
  /// OUT, or what -o names. UsageError when both do.
  const std::string& target(const std::string& output) const;
  /// UsageError for options of models that have no effect.
  void check_models(const OptionSet& set, bool reads_foreign, bool writes) const;
};

}  // namespace nn
