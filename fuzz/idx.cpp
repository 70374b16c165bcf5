// SPDX-License-Identifier: MIT
// IDX, plain or in gzip (at most 16 MiB unpacked); what is accepted is written again to the same bytes.
#include <algorithm>

#include "data/gzip.h"
#include "data/idx.h"
#include "entry.h"

using namespace nn;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::refusals_are_fine([&] {
    std::vector<std::byte> bytes(fuzz::bytes_of(data, size).begin(), fuzz::bytes_of(data, size).end());
    if (size > 1 && data[0] == 0x1f && data[1] == 0x8b) bytes = gunzip(bytes, size_t{1} << 24);
    fuzz::expect(std::ranges::equal(write_idx(read_idx(bytes, "input")), bytes), "IDX is written as it was read");
  });
  return 0;
}
