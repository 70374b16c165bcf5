// SPDX-License-Identifier: MIT
// What nn-train reads of a dataset file.
#pragma once

#include "data/dataset.h"
#include "train/run/trainer.h"

namespace nn {

/// The splits that the options ask for, under the augmentation that they name.
Dataset training_data(const h5::Reader& file, const TrainOptions& options, const Log& log);

}  // namespace nn
