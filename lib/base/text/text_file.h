// SPDX-License-Identifier: MIT
// Small text files that a user names: settings, layers, weights of classes.
#pragma once

#include <cstddef>
#include <string>

namespace nn {

/// The text without a byte order mark at its front. Regular files and pipes only: Error for a folder, for a device and
/// for what cannot be read. UsageError for more than `most` bytes: what, as "settings as text", was expected.
std::string read_text_file(const std::string& file, const char* what, size_t most);

}  // namespace nn
