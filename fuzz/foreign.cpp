// SPDX-License-Identifier: MIT
// What the reading child says of an HDF5 file of another program, as a child that the file has taken over might write
// it.
#include "h5/reading/foreign.h"

#include "entry.h"

using namespace nn;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::refusals_are_fine([&] {
    const h5::ForeignFile file = h5::parse_foreign(fuzz::bytes_of(data, size));
    for (const auto& [path, object] : file.objects) {
      fuzz::expect(file.find(path) == &object, "an object is found by its path");
      if (object.kind == h5::ForeignObject::Kind::float32)
        fuzz::expect(object.values.size() == 4 * static_cast<size_t>(object.shape.count()),
                     "values are of their shape");
    }
  });
  return 0;
}
