// SPDX-License-Identifier: MIT
// The networks that are timed, with their data: the same as those of the scripts that the frameworks run.
#pragma once

#include <string>

#include "base/registry.h"
#include "data/dataset.h"

namespace nn::bench {

struct Net {
  const char* name;
  const char* summary;
  const char* dataset;   ///< folder of IDX files, "random", or "made:" and a shape: random pictures
  int64_t batch, steps;  ///< of one repetition
  const char* recipe;    ///< /prep/recipe
  const char* layers;    ///< "@N": N hidden units or channels, times the width
};
Table<Net> nets();

/// Of a sample of its data.
Shape sample_shape(const Net& net);

/// The layer text with every hidden width times `width`, at least 1.
std::string layers_of(const Net& net, double width);

/// The split "train" or "test" of the net's data, `samples` times as many rows (by repeating or leaving out).
/// folder: holds mnist/ and fashion-mnist/ with their IDX files, plain or gzip; or "glyphs": pictures of the same
/// shape, drawn here. Error when there are none.
Dataset data_of(const Net& net, const std::string& folder, const std::string& split, double samples);

}  // namespace nn::bench
