// SPDX-License-Identifier: MIT
// The results that our files hold, as tables: history of a model, metrics, predictions.
#pragma once

#include "base/text/table.h"
#include "h5/reading/reader.h"

namespace nn {

/// Model: history, a row per epoch. Metrics: split, metric, value. Predictions: a row per sample with the probability
/// of each class. Error for a dataset. typed: for JSON, where predictions are those of nn-predict --json.
TextTable result_table(const h5::Reader& file, bool typed = false);
/// Puts a table of `file` below those of others, with a first column `file`; what one of them has not is null.
void append_table(TextTable& all, const std::string& file, const TextTable& one);

}  // namespace nn
