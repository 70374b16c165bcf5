// SPDX-License-Identifier: MIT
// Files of layers, and those of share/models.
#pragma once

#include <string>
#include <vector>

namespace nn {

/// The file that find_layers(value) reads; empty for layers themselves and for what it refuses.
std::string layers_file(const std::string& value);

/// Files in share/models that end in `ending` (".nn", ".names"), sorted.
std::vector<std::string> shared_files(const std::string& ending);
/// Text of a file that a user names, or of share/models: at most 60,000 bytes. UsageError for anything else.
std::string read_layers_file(const std::string& file);

}  // namespace nn
