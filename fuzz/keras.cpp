// SPDX-License-Identifier: MIT
// Configurations of Keras, with arrays of one shape for every layer.
#include "entry.h"
#include "formats/models/keras/keras_model.h"
#include "model/network.h"

using namespace nn;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::refusals_are_fine([&] {
    KerasModel model = keras_layers(Json::parse(fuzz::text_of(data, size)));
    for (KerasLayer& layer : model.layers)
      for (size_t i = 0; i < 4; ++i)
        layer.arrays.push_back({layer.name + "/" + std::to_string(i), {1, 1, 2, 2}, Element::f32, {1, 2, 3, 4}});
    const ForeignModel made = translated(model);
    if (made.input.rank() > 0) (void)Network(made.layers, made.input).lower();
  });
  return 0;
}
