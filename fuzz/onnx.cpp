// SPDX-License-Identifier: MIT
// Graphs of ONNX as layers.
#include "entry.h"
#include "formats/models/onnx/onnx_bytes.h"
#include "model/network.h"

using namespace nn;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::refusals_are_fine([&] {
    const ForeignModel model =
        model_in_onnx(fuzz::bytes_of(data, size), "", Budget(uint64_t{1} << 31), Shape{3, 12, 10});
    (void)read_layers(model.layers);
    for (const ForeignTensor& tensor : model.tensors)
      fuzz::expect(static_cast<int64_t>(tensor.values.size()) == tensor.shape.count(), "a tensor has its values");
  });
  return 0;
}
