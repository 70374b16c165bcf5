// SPDX-License-Identifier: MIT
// Arrays of NumPy; of what is accepted every value can be read, up to the last.
#include "formats/datasets/numpy/npy.h"

#include "entry.h"

using namespace nn;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::refusals_are_fine([&] {
    const NpyArray array = parse_npy({fuzz::bytes_of(data, size).begin(), fuzz::bytes_of(data, size).end()});
    for (size_t i = 0; i < array.count() && i < 1000; ++i) {
      if (array.kind() == NpyArray::Kind::text)
        (void)array.text(i);
      else
        (void)array.number(i);
    }
    if (array.count() > 0)
      (void)(array.kind() == NpyArray::Kind::text ? array.text(array.count() - 1).size()
                                                  : static_cast<size_t>(array.number(array.count() - 1) > 0));
  });
  return 0;
}
