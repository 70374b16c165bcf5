// SPDX-License-Identifier: MIT
#include "train/run/training_data.h"

#include "data/choose_split.h"
#include "data/recipe.h"
#include "data/stored_rows.h"

namespace nn {

Dataset training_data(const h5::Reader& file, const TrainOptions& options, const Log& log) {
  Dataset data = open_dataset(file, training_splits(file, options.validation, options.test));
  if (const std::string note = stored_samples_note(data, file.name()); !note.empty()) log.note(note);
  if (file.has("/train/weights"))
    log.note(file.name() + ": /train/weights is not used in training: every sample counts alike");
  for (const Split& split : data.splits)  // in a random order the sums of the chunks must tell what is damaged
    if (split.stored && options.shuffle && split.name == "train" && !split.stored->has_chunk_sums())
      split.stored->verify();
  return with_augmentation(std::move(data), options.augment);
}

}  // namespace nn
