// SPDX-License-Identifier: MIT
#include "base/error.h"

namespace nn {

UnknownOption::UnknownOption(const std::string& message, std::string option, std::string known)
    : UsageError(message), option_(std::move(option)), known_(std::move(known)) {}
UnknownOption::UnknownOption(const std::string& message, const UnknownOption& other)
    : UnknownOption(message, other.option_, other.known_) {}

void throw_in_context(std::string_view place) {
  try {
    throw;
  } catch (const UnknownOption& e) {
    throw UnknownOption(std::string(place) + ": " + e.what(), e);
  } catch (const Error& e) {
    throw Error(std::string(place) + ": " + e.what(), e.status());
  }
}

}  // namespace nn
