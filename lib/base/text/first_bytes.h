// SPDX-License-Identifier: MIT
// A look at the start of an input that leaves it as it was.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace nn {

/// Up to 64 KiB from the start of a file, of standard input ("-") or of a pipe of the shell (/dev/fd/N); what comes
/// from a pipe is copied, not taken. Empty for a named pipe, which would lose its writer when this look at it is
/// closed, and for devices.
std::vector<std::byte> first_bytes(const std::string& input);
/// The same of a file or pipe that is open. It stays so.
std::vector<std::byte> first_bytes(int descriptor);
/// Whether it is a pipe in the file system (mkfifo), which can be opened once only.
bool is_named_pipe(const std::string& input);

}  // namespace nn
