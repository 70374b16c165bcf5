// SPDX-License-Identifier: MIT
// A file that grows while a training runs, as logs and event files do. What is appended appears whole or not at all. A
// full disk does not end a training: one warning is given, what could not be written is kept and tried again with what
// comes next.
#pragma once

#include <string>
#include <string_view>

#include "base/log.h"

namespace nn {

class AppendFile {
 public:
  enum class Open { existing, created };  ///< created: Error when there is one of that name
  /// Error when the file cannot be opened. The log must outlive it.
  AppendFile(const std::string& file, Open how, const Log& log);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  void append(std::string_view bytes);

 private:
  bool write_pending();

  std::string shown_;
  const Log& log_;
  int descriptor_ = -1;
  std::string pending_;
  bool warned_ = false;
};

}  // namespace nn
