// SPDX-License-Identifier: MIT
// What may be opened where a file is expected.
#pragma once

#include <string>

struct stat;

namespace nn {

/// Error unless it is a regular file, a pipe, a socket or the null device; UsageError for a terminal. Devices are told
/// by their numbers: opening one can act on it. shown: its name for the message; of_folder: more to say of a folder.
void check_file_type(const struct stat& info, const std::string& shown, const char* of_folder = "");
[[noreturn]] void refuse_terminal(const std::string& shown);

}  // namespace nn
