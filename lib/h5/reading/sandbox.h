// SPDX-License-Identifier: MIT
// What a child process that reads foreign bytes gives up. Where the kernel has no way to do it, the child works
// without.
#pragma once

#include <cstdint>

namespace nn::h5 {

/// Limits of processor time (seconds) and memory (bytes beyond what the process has now), no core file, no new
/// descriptors; all descriptors but one are closed, and signals meant for the parent are ignored.
void limit_process(double seconds, uint64_t memory, int kept_descriptor, int kept_file = -1);

/// Bytes that this process may still map by its own limit (ulimit -v); the largest number where there is none or it is
/// unknown.
uint64_t spare_address_space();

/// System calls other than those of memory, of writing to open descriptors and of the end are refused from here on.
void limit_system_calls(bool reads_a_file = false);

}  // namespace nn::h5
