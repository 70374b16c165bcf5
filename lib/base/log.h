// SPDX-License-Identifier: MIT
// Talk goes to stderr, with the tool's name in front; results go to stdout and never through here.
// A Log is made by cli::run_tool and handed down; there is no global one.
#pragma once

#include <string>

namespace nn {

class Log {
 public:
  /// level: -2 silent but for errors, -1 no progress lines, 0 normal, 1 and 2 more talk (-q -qq -v -vv).
  explicit Log(std::string tool, int level = 0) : tool_(std::move(tool)), level_(level) {}

  void error(const std::string& message) const;    ///< "nn-train: message", always
  void warning(const std::string& message) const;  ///< "nn-train: warning: message", level >= -1
  /// "nn-convert: note: message", level >= 0: what was guessed, in one line, with the option that decides it.
  void note(const std::string& message) const;
  void info(const std::string& message) const;    ///< the line as it is, level >= 0
  void detail(const std::string& message) const;  ///< "nn-train: message", level >= 1
  int level() const { return level_; }
  void set_level(int level) { level_ = level; }
  const std::string& tool() const { return tool_; }

 private:
  std::string tool_;
  int level_;
};

/// Control bytes and invalid UTF-8 of foreign text shown as \xNN, so that a file cannot drive the terminal.
std::string printable(const std::string& foreign);

}  // namespace nn
