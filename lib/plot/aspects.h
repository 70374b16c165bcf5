// SPDX-License-Identifier: MIT
// What nn-info shows of a file: the summary, or one aspect of it that an option chooses.
#pragma once

#include <span>
#include <string>

#include "base/json.h"
#include "base/log.h"
#include "h5/reader.h"

namespace nn {

struct Aspect {
  const char *option, *help;  ///< empty: the summary
  const char* form;           ///< of its text: "text", "tsv", "dot"
  const char* kind;           ///< of the files that have it, empty for all
  bool brief;                 ///< listed by -h
  std::string (*text)(const h5::Reader&);
  Json (*json)(const h5::Reader&);  ///< null: it has no JSON
};
/// The summary first.
std::span<const Aspect> aspects();

/// Whether JSON is asked for, by --format, --json or the suffix of -o; UsageError for a form that the aspect does not have;
/// a warning for a suffix of the other form.
bool as_json(const Aspect& aspect, const std::string& format, bool json, const std::string& output, const Log& log);

}  // namespace nn
