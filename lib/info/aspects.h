// SPDX-License-Identifier: MIT
// OpParams nn-info shows of a file: the summary, or one aspect of it that an option chooses.
#pragma once

#include <span>
#include <string>

#include "base/log.h"
#include "base/text/json.h"
#include "base/text/table.h"
#include "h5/reading/reader.h"

namespace nn {

struct Aspect {
  const char *option, *help;  ///< empty: the summary
  const char* form;           ///< of its text: "text", "tsv", "dot"
  const char* kind;           ///< of the files that have it, empty for all
  bool brief;                 ///< listed by -h
  std::string (*text)(const h5::Reader&);
  Json (*json)(const h5::Reader&);                  ///< null: it has no JSON
  TextTable (*table)(const h5::Reader&) = nullptr;  ///< of which several files make one; then text is null
};
/// The summary first.
std::span<const Aspect> aspects();

/// UsageError unless it is the summary that is asked for: of a file of weights there is nothing else.
void check_summary(const Aspect& aspect, bool plan, const std::string& file);

/// The text of one aspect of one or several files.
class AspectText {
 public:
  AspectText(const Aspect& aspect, bool several) : aspect_(aspect), several_(several) {}
  void add(const h5::Reader& file);
  /// Below an empty line where there is something already.
  void add(const std::string& text);
  std::string text() const { return table_.columns.empty() ? text_ : table_.text(); }

 private:
  const Aspect& aspect_;
  bool several_;
  std::string text_;
  TextTable table_;
};

/// Whether JSON is asked for, by --format, --json or the suffix of -o; UsageError for a form that the aspect does not
/// have; a warning for a suffix of the other form.
bool as_json(const Aspect& aspect, const std::string& format, bool json, const std::string& output, const Log& log);

}  // namespace nn
