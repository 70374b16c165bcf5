// SPDX-License-Identifier: MIT
// IDX, plain or in gzip (at most 16 MiB unpacked); what is accepted is written and read again to the same values.
#include "data/idx.h"

#include <algorithm>

#include "data/gzip.h"
#include "entry.h"

using namespace nn;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::refusals_are_fine([&] {
    std::vector<std::byte> bytes(fuzz::bytes_of(data, size).begin(), fuzz::bytes_of(data, size).end());
    if (size > 1 && data[0] == 0x1f && data[1] == 0x8b) bytes = gunzip(bytes, size_t{1} << 24);
    const h5::Array read = read_idx(bytes, "input"), again = read_idx(write_idx(read), "output");
    fuzz::expect(again.type == read.type && again.shape == read.shape && std::ranges::equal(again.bytes, read.bytes),
                 "IDX reads back");
  });
  return 0;
}
