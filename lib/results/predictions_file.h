// SPDX-License-Identifier: MIT
// Files of kind "predictions", nn-hdf5(5).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "h5/provenance.h"
#include "h5/reading/reader.h"
#include "results/predictions.h"

namespace nn {

std::vector<std::byte> write_predictions(const Predictions& p, const std::vector<std::string>& names,
                                         const h5::Provenance& provenance, bool compress);
Predictions read_predictions(const h5::Reader& file);

}  // namespace nn
