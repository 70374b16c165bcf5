// SPDX-License-Identifier: MIT
// What the code under test says on standard error.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <string>

namespace nn_test {

/// Runs work with standard error in a file of its own; what went there. An exception passes, and standard error is
/// back.
template <class Work>
std::string talk_of(Work&& work) {
  std::fflush(stderr);
  std::FILE* file = std::tmpfile();
  struct Restore {
    int saved = ::dup(STDERR_FILENO);
    ~Restore() {
      std::fflush(stderr);
      ::dup2(saved, STDERR_FILENO);
      ::close(saved);
    }
  };
  std::string text;
  {
    const Restore restore;
    ::dup2(::fileno(file), STDERR_FILENO);
    try {
      work();
    } catch (...) {
      std::fclose(file);
      throw;
    }
  }
  std::rewind(file);
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  std::fclose(file);
  return text;
}

}  // namespace nn_test
