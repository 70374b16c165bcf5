// SPDX-License-Identifier: MIT
// The one family of exceptions: a message for a person and the exit status that the tool ends with.
// Context is added while an error travels up: in_context("mnist.h5", [&] { ... }) makes "mnist.h5: ...".
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace nn {

/// Exit statuses of every tool, nn-tools(7).
enum class Exit : int { done = 0, failed = 1, usage = 2, condition = 3, again = 75 };

/// A failure that a user can act upon: bad file or data, disk full, layers that do not fit. Exit status 1 unless told.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, Exit status = Exit::failed)
      : std::runtime_error(message), status_(status) {}
  Exit status() const { return status_; }

 private:
  Exit status_;
};

/// A wrong command line: unknown option or name, malformed layer text, a terminal where bytes go. Exit status 2.
class UsageError : public Error {
 public:
  explicit UsageError(const std::string& message) : Error(message, Exit::usage) {}
};

/// A stated condition was not met (--fail-under, a diverged run, files that differ). Exit status 3.
class ConditionError : public Error {
 public:
  explicit ConditionError(const std::string& message) : Error(message, Exit::condition) {}
};

/// Arguments of a plug-in name an option that it does not have. The tool may have it: cli then says so in the place of
/// the known names.
class UnknownOption : public UsageError {
 public:
  UnknownOption(const std::string& message, std::string option, std::string known);
  UnknownOption(const std::string& message, const UnknownOption& other);
  /// Empty when the message has an answer already.
  const std::string& option() const { return option_; }
  /// The end of the message that lists the known names.
  const std::string& known() const { return known_; }

 private:
  std::string option_, known_;
};

/// In a handler of an Error: throws it again with "place: " in front and its own status.
[[noreturn]] void throw_in_context(std::string_view place);

/// Runs work; an Error that leaves it gains "place: " in front and keeps its status.
template <class Work>
decltype(auto) in_context(std::string_view place, Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (const Error&) {
    throw_in_context(place);
  }
}

}  // namespace nn
