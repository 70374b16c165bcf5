// SPDX-License-Identifier: MIT
// A command as a line that can be pasted into a shell.
#pragma once

#include <string>
#include <vector>

namespace nn::h5 {

/// A line end or another control byte in a word is written as bash reads it in $'...'.
std::string command_line(const std::vector<std::string>& words);

}  // namespace nn::h5
