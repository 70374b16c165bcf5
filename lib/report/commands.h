// SPDX-License-Identifier: MIT
// The commands that led to a file, as they can be typed again.
#pragma once

#include <string>
#include <vector>

#include "h5/provenance.h"

namespace nn {

/// A member of a step of a provenance; empty when it is absent, or no text: anyone may have written it.
std::string text_at(const Json& step, const char* key);

/// In the order in which they were given, without their dates. What came through standard input stands in front of a
/// pipe where its command wrote to standard output, else behind "<" by the name that it was given.
std::vector<std::string> typed_commands(const h5::Provenance& provenance);

}  // namespace nn
