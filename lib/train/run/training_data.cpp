// SPDX-License-Identifier: MIT
#include "train/run/training_data.h"

#include "data/choose_split.h"
#include "data/recipe.h"

namespace nn {

Dataset training_data(const h5::Reader& file, const TrainOptions& options) {
  return with_augmentation(read_dataset(file, training_splits(file, options.validation, options.test)),
                           options.augment);
}

}  // namespace nn
