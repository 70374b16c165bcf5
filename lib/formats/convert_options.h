// SPDX-License-Identifier: MIT
// The options of nn-convert.
#pragma once

#include <string>

#include "formats/choices.h"

namespace nn {

struct ConvertOptions {
  std::string in, out, from, to;
  FormatChoices formats;
  FormatOptions common;

  void declare(OptionSet& set);
};

}  // namespace nn
