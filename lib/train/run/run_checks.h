// SPDX-License-Identifier: MIT
// What a training says before it begins, and what it records of itself.
#pragma once

#include <string>

#include "data/dataset.h"
#include "results/metrics.h"
#include "train/engine/task.h"
#include "train/run/trainer.h"

namespace nn {

/// The split measured each epoch; empty for none. Not given, it is "val" where there is one; test is a warning.
std::string validation_split(const TrainOptions& options, const Dataset& data, const Log& log);
/// A warning, with the command that scales them, when integer pixels reach the network as they are.
void warn_of_raw_pixels(const Dataset& data, const Log& log);
/// A note when targets of the loss mse spread widely: the loss is then large, and the steps of the usual learning rate
/// are too small.
void note_wide_targets(const Dataset& data, const std::string& loss, const Log& log);
/// UsageError for --exact where it changes nothing.
void check_exact(const TrainOptions& options, const Backend& backend);
/// What --precision bf16 is done with; a warning where that is no gain.
void say_precision(const TrainOptions& options, const Backend& backend, const Log& log);
/// Name and value of every option that decides the result, as resolved. The layers have a place of their own.
std::vector<std::pair<std::string, std::string>> resolved_settings(TrainOptions options, const Task& task, double rate,
                                                                   const std::string& validation);
h5::Columns metrics_columns(const Metrics& m);
/// "test: loss 0.0912, accuracy 0.9734"
std::string test_line(const h5::Columns& metrics);
void append_row(h5::Columns& history, const h5::Columns& row);

}  // namespace nn
