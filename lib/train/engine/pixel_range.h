// SPDX-License-Identifier: MIT
// Whether the pixels of a dataset stand on the scale on which a model was trained. Whole pixels say their range; of
// float images the values themselves tell.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "data/dataset.h"
#include "model/model_file.h"

namespace nn {

/// Least and greatest value of float images, all splits together; nothing for other samples.
std::optional<std::pair<double, double>> values_of_float_images(const Dataset& data);

/// A sentence for a warning; empty when the ranges agree, or one side says nothing (features, models of old files).
std::string other_range(const Model& model, const Dataset& data);

}  // namespace nn
