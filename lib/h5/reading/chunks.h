// SPDX-License-Identifier: MIT
// The values of a dataset from the bytes of the file, without libhdf5: chunks are summed, inflated and unshuffled here,
// large datasets by all processors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/sha256.h"
#include "h5/reading/contents.h"
#include "h5/reading/file_bytes.h"

namespace nn::h5 {

/// Rows begin..end-1 (of the first axis; all of a scalar for 0..1) into `out`, which has their size. sum: takes the
/// bytes of `out`, beside the reading; may be null. Error at a chunk whose sum is wrong or that holds too little.
void read_rows_of(const Object& dataset, const FileBytes& file, int64_t begin, int64_t end, std::span<std::byte> out,
                  Sha256* sum);

/// Bytes that read_rows_of needs beside `out`, at the most.
uint64_t memory_to_read(const Object& dataset, int64_t begin, int64_t end);

}  // namespace nn::h5
