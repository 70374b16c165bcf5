// SPDX-License-Identifier: MIT
// Files of safetensors, with the description of the layers that some have.
#include "formats/models/safetensors.h"

#include "entry.h"

using namespace nn;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::refusals_are_fine([&] {
    const ForeignModel model = parse_safetensors(fuzz::bytes_of(data, size), Budget(uint64_t{1} << 31));
    for (const ForeignTensor& tensor : model.tensors)
      fuzz::expect(static_cast<int64_t>(tensor.values.size()) == tensor.shape.count(), "values are of their shape");
  });
  return 0;
}
