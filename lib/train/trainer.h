// SPDX-License-Identifier: MIT
// Trains a network on a dataset: epochs, batches, validation, history. Callbacks watch and act (callback.h).
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "backend/backend.h"
#include "base/log.h"
#include "data/dataset.h"
#include "losses/loss.h"
#include "model/model_file.h"
#include "optim/optimizer.h"
#include "schedules/schedule.h"

namespace nn {

/// Everything that decides the result of a training; nn-train's options write straight into it.
struct TrainOptions {
  std::string model;                      ///< layer text, file or name
  std::string loss;                       ///< empty: by the labels
  std::string optimizer = "adam";
  std::optional<double> rate;             ///< the optimizer's default when not given
  std::string schedule = "constant";
  std::string init;                       ///< default initialiser spec for weights, empty: each layer's own
  int64_t epochs = 10, batch = 64;
  uint64_t seed = 0;
  bool shuffle = true;
  std::optional<double> clip_norm, clip_value;
  std::string class_weights;              ///< "balanced", or numbers joined by ','
  double label_smoothing = 0;
  std::string validation = "val";         ///< split whose metrics are measured each epoch; "test" warns; "none"
  bool test = false;                      ///< metrics of the test split at the end
  int tiles = 4;
  void declare(OptionSet& set);
};

/// Values of one epoch, by column name of /history.
struct EpochRow {
  int64_t epoch, epochs;
  h5::Columns columns;                    ///< loss, accuracy, val_loss, val_accuracy, learning_rate, seconds: one value each
};

/// Called by the trainer; a progress bar or a line an epoch in cli. accuracy: NaN where there is none.
struct Progress {
  std::function<void(int64_t epoch, int64_t epochs, int64_t step, int64_t steps, double loss, double accuracy, double samples_per_second)> step;
  std::function<void(const EpochRow&)> epoch;
  std::function<bool()> stop;             ///< asked after each batch; true ends the run at once (signals)
};

/// What a dry run says.
struct TrainPlan {
  std::string summary;                    ///< table of layers, shapes, parameters
  size_t bytes = 0;
  double seconds_per_epoch = 0;           ///< measured on a few batches
};

Model train(const TrainOptions& options, const Dataset& data, Backend& backend, const Log& log, const Progress& progress);
TrainPlan dry_run(const TrainOptions& options, const Dataset& data, Backend& backend, const Log& log);

}  // namespace nn
