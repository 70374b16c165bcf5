// SPDX-License-Identifier: MIT
// Standard output that notices a full disk and a closed descriptor.
#pragma once

#include <string_view>

namespace nn::cli {

/// Writes everything; Error with the reason otherwise.
void write_stdout(std::string_view text);

/// Error when something that was written could not be kept (a file system may say so as late as on closing).
void check_stdout();

/// Takes no memory; what cannot be written is dropped.
void write_stderr(std::string_view text) noexcept;

}  // namespace nn::cli
