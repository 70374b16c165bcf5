// SPDX-License-Identifier: MIT
// What -v tells of any tool: what it works with, what it reads, what it wrote; with -vv, the time as well.
#pragma once

#include <chrono>
#include <string>

#include "cli/body.h"
#include "h5/reading/reader.h"

namespace nn::cli {

/// Device with its libraries and threads, and the limit of memory.
void tell_settings(const Run::Body& body);
/// A file of ours: its size, its kind, the splits of a dataset. since: when its reading began.
void tell_input(const Run::Body& body, const h5::Reader& file, std::chrono::steady_clock::time_point since);
/// The file that -o or an operand names, if it is there.
void tell_outputs(const Run::Body& body);

}  // namespace nn::cli
