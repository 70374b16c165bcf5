// SPDX-License-Identifier: MIT
// What nn-train reads of a dataset file.
#pragma once

#include "data/dataset.h"
#include "train/run/checkpoint.h"
#include "train/run/trainer.h"

namespace nn {

/// The splits that the options ask for, under the augmentation that they name. resumed: the checkpoint that the run
/// goes on from, or null. Where the file holds the dataset of the checkpoint with its classes, features or targets in
/// another order, they are matched by name: it is put into the order of the checkpoint, and gets its digest.
Dataset training_data(const h5::Reader& file, const TrainOptions& options, const Log& log, const Checkpoint* resumed);

}  // namespace nn
