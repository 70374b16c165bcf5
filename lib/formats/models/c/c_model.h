// SPDX-License-Identifier: MIT
// A model of ours as one file of C99 that predicts.
#pragma once

#include <vector>

#include "formats/models/model_format.h"

namespace nn {

struct COptions : FormatOptions {
  std::string name;         ///< what the names of the file begin with; empty: made of the name of OUT
  std::string header_file;  ///< file for its declarations; empty: none
  void declare_reading(OptionSet&) {}
  void declare_writing(OptionSet& set);
};

/// The file; writes its header where one is asked for. UsageError for a name that is none of C; Error that names the
/// layer for what cannot be written as C.
std::vector<ForeignFile> write_c(const Model& model, const COptions& options);

}  // namespace nn
