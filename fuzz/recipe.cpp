// SPDX-License-Identifier: MIT
// Recipes of preparation steps. The first byte chooses the samples; what is accepted is applied to one.
#include "data/recipe.h"

#include <cmath>

#include "data/prep/step.h"
#include "entry.h"

using namespace nn;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  static const Shape shapes[] = {{1, 8, 8}, {3, 5, 4}, {4}, {1}};
  const Shape raw = shapes[data[0] % std::size(shapes)];
  fuzz::refusals_are_fine([&] {
    h5::PrepRecord prep;
    prep.recipe = std::string(fuzz::text_of(data + 1, size - 1));
    prep.mean = std::vector<float>(static_cast<size_t>(raw[0]), 0.5F);
    prep.std = std::vector<float>(static_cast<size_t>(raw[0]), 2.0F);
    const auto steps = make_steps(prep, raw, data[0] & 8, 0, data[0] & 16 ? 255 : 16, data[0] & 32);
    std::vector<float> values(static_cast<size_t>(raw.count()), 1.0F);
    for (const auto& step : steps) {
      const int64_t wide = step->output_shape().count();
      fuzz::expect(wide > 0, "a step has an output");
      if (wide > 1 << 20) return;
      std::vector<float> out(static_cast<size_t>(wide));
      step->apply(values, out, std::vector<uint32_t>(step->words(), 0x9e3779b9U));
      values = std::move(out);
    }
  });
  return 0;
}
