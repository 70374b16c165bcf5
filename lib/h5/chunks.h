// SPDX-License-Identifier: MIT
// Datasets of our own files without the library's one thread: chunks are looked up through the library, and checked and
// inflated from the file's image by all processors. Seen by lib/h5 only.
#pragma once

#include <hdf5.h>

#include <cstddef>
#include <span>

#include "base/sha256.h"
#include "base/shape.h"

namespace nn::h5 {

/// Fills `out` with the whole dataset when it is what our writer makes (chunks of whole rows, deflated or not,
/// with fletcher32) and large enough to gain. False, with `out` in any state, for everything else and for anything that
/// looks damaged: the library reads it then, and says what is wrong. sum: takes all bytes of `out`, beside the reading.
bool read_chunks(hid_t dataset, const Shape& shape, std::span<const std::byte> image, std::span<std::byte> out, Sha256& sum);

}  // namespace nn::h5
