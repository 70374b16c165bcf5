// SPDX-License-Identifier: MIT
// /preview/grid: the first training images side by side, as an HDF5 IMAGE that stock tools show (h52gif, HDFView).
// Left out of the digest.
#pragma once

#include "data/dataset.h"
#include "h5/writing/writer.h"

namespace nn {

/// Nothing is written when the samples are not uint8 images.
void write_preview(h5::Writer& to, const Dataset& data);

}  // namespace nn
