// SPDX-License-Identifier: MIT
// Trains a network on a dataset: epochs, batches, validation, history. Callbacks watch and act (callback.h), a
// checkpoint keeps all that a run needs to resume (checkpoint.h).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "base/log.h"
#include "base/request.h"
#include "data/dataset.h"
#include "losses/loss.h"
#include "model/model_file.h"
#include "optim/optimizer.h"
#include "schedules/schedule.h"

namespace nn {

struct StartModel;  // train/engine/fine_tune.h

/// Keys behind the number of --clip-norm, --accumulate and --ema; empty: as --like (base/framework_rules.h says what
/// they mean).
struct ClipKeys {
  std::optional<bool> each;
  std::optional<double> epsilon;
  void declare(OptionSet& set);
};
struct AccumulateKeys {
  std::optional<bool> over_epochs, by_batch;
  void declare(OptionSet& set);
};
struct EmaKeys {
  std::optional<bool> measured, by_batch;
  void declare(OptionSet& set);
};

/// Everything that decides the result of a training; nn-train's options write straight into it.
struct TrainOptions {
  std::string model;  ///< layer text, file or name
  std::string loss;   ///< empty: by the labels
  std::string optimizer = "adam";
  std::optional<double> rate;  ///< the optimizer's default when not given
  std::string schedule = "constant";
  std::vector<std::string> rate_scales;  ///< "LAYERS=X": the rate of these layers is X times that of the others
  std::string init;             ///< initialiser spec for weights, empty: each layer's own; or a model (fine_tune.h)
  std::string init_except;      ///< layers that begin anew (layer_patterns.h)
  bool init_optimizer = false;  ///< that model's optimizer goes on, too
  const StartModel* init_from = nullptr;  ///< that model, read; null when a run is resumed
  /// Weights of the models that use:FILE put into the layers (use.h); null for none.
  std::shared_ptr<const Model> used = nullptr;
  /// Of texts that have not been cut into tokens: that of a used model, of --init, or of the checkpoint; null: none.
  std::shared_ptr<const TokenizerSettings> tokenizer = nullptr;
  bool goes_on = false;           ///< from a checkpoint: a model named by init is not read again
  std::string freeze;             ///< layers that are not trained (freeze.h)
  std::string frozen_statistics;  ///< of a frozen batch norm: move, rest; empty: as `like`
  std::string augment;            ///< in the place of the recipe's; the data that train() is given has it already
  int64_t epochs = 10, batch = 64;
  uint64_t seed = 0;
  bool shuffle = true;
  int64_t buckets = 1;     ///< batches of texts that are sorted by length together; 1: no sorting
  bool reshuffle = false;  ///< a new order each epoch where the streams would repeat one (randomness.h)
  std::optional<double> clip_norm, clip_value;
  ClipKeys clip_keys;
  std::string class_weight;  ///< "balanced", numbers or a file (class_weights.h)
  double label_smoothing = 0;
  std::string validation;  ///< split whose metrics are measured each epoch; empty: val, where there is one; "test"
                           ///< warns; "none"
  bool test = false;       ///< metrics of the test split at the end
  std::string like = "pytorch";   ///< like.h
  std::string streams;            ///< whose random numbers (randomness.h); empty: those of `like`
  std::string penalties_in_loss;  ///< yes, no; empty: as `like`
  std::string loss_average;       ///< batches, samples; empty: as `like`
  int64_t accumulate = 1;         ///< batches whose gradients make one update
  AccumulateKeys accumulate_keys;
  double ema = 0;  ///< decay of the averaged weights, 0 for none
  EmaKeys ema_keys;
  bool terminate_on_nan = true;
  std::vector<std::string> track;  ///< further columns: gradient-norm, update-ratio
  int64_t history_every = 0;       ///< steps between two rows of /steps, 0 for none
  int tiles = 4;
  std::string precision =
      "float32";         ///< or bf16: of the products of dense layers and some convolutions, as in PlanOptions
  bool exact = false;    ///< as in PlanOptions
  bool profile = false;  ///< say at the end where the time of the steps went
  std::vector<std::pair<std::string, std::string>> callbacks;  ///< option and value, one a callback of the table

  std::string checkpoint;  ///< CheckpointFile, empty for none
  std::string time_limit;  ///< since the process started (base/text/duration.h), empty for none
  void declare(OptionSet& set);
  bool tracks(std::string_view column) const;  ///< `track` names it
};

/// Values of one epoch, by column name of /history.
struct EpochRow {
  int64_t epoch, epochs;
  h5::Columns columns;  ///< loss, accuracy, val_loss, val_accuracy, learning_rate, seconds: one value each
};

/// How a run ended. failure: the last checkpoint could not be written and was to be.
struct Outcome {
  std::string text, failure;
};

/// What the tool does for a training: a progress bar or a line per epoch, signals, provenance. Any may be empty.
/// accuracy: NaN where there is none.
struct Progress {
  std::function<void(int64_t epoch, int64_t epochs, int64_t step, int64_t steps, double loss, double accuracy,
                     double samples_per_second)>
      step;
  std::function<void(const EpochRow&)> epoch;
  std::function<Request()> request;            ///< asked after each step; what it returns is taken as dealt with
  std::function<h5::Provenance()> provenance;  ///< for files that are written while training
  std::function<double()> seconds;             ///< since the process started, for the time limit
  std::vector<std::pair<std::string, std::string>> command, machine;  ///< for checkpoints (checkpoint.h)
  Outcome* outcome = nullptr;                                         ///< filled when the run has ended
};

/// What a dry run says.
struct TrainPlan {
  std::string summary;  ///< table of layers, shapes, parameters
  size_t bytes = 0;
  double seconds_per_epoch = 0;      ///< measured on a few batches
  std::string profile;               ///< of these batches (profile.h), when asked for
  std::vector<std::string> watches;  ///< what each callback will watch, one line each
  std::string position;              ///< where a resumed run continues, empty for a new one
  int64_t epochs_left = 0;
};

struct Checkpoint;

/// The last line of a run, once its model is written to `output` (empty or "-": standard output): "stopped after epoch
/// 12 of 40: val_loss has not improved for 2 epochs; weights of epoch 10; wrote es.h5". Returns done; Error when the
/// outcome is a failure.
Exit say_outcome(const Outcome& outcome, const std::string& output, const Log& log);
/// resume: the checkpoint to resume from, or null. An Error of status 75 when a time limit or a signal ended it with
/// its checkpoint committed, "interrupted" when a signal did that is to be raised again, ConditionError when it
/// diverged.
Model train(const TrainOptions& options, const Dataset& data, Backend& backend, const Log& log,
            const Progress& progress, const Checkpoint* resume = nullptr, bool strict = false);
/// Nothing is written; a checkpoint is checked as train() does. progress: its machine and provenance.
TrainPlan dry_run(const TrainOptions& options, const Dataset& data, Backend& backend, const Log& log,
                  const Progress& progress = {}, const Checkpoint* resume = nullptr, bool strict = false);

}  // namespace nn
