// SPDX-License-Identifier: MIT
// Texts of a data set with their class names: how the picture "samples" shows data without images.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "plot/plot.h"

namespace nn {

/// rows: of a split that has a column "text". captions: of each row, may be empty.
std::unique_ptr<Picture> text_samples(Dataset data, const std::string& split, std::vector<int64_t> rows,
                                      std::vector<std::string> captions, const std::string& title);

}  // namespace nn
