// SPDX-License-Identifier: MIT
// The results that our files hold, as tables: history of a model, metrics, predictions.
#pragma once

#include "base/table.h"
#include "h5/reader.h"
#include "h5/schema.h"

namespace nn {

/// /history, or /steps, alone, without the weights; empty when there is none. Error for columns of unequal length.
h5::Columns read_history(const h5::Reader& model, const std::string& group = "/history");
/// Model: history, a row an epoch. Metrics: split, metric, value. Predictions: a row a sample with the probability of each class.
/// Error for a dataset. typed: for JSON, where predictions are those of nn-predict --json.
TextTable result_table(const h5::Reader& file, bool typed = false);
/// Puts a table of `file` below those of others, with a first column `file`; what one of them has not is null.
void append_table(TextTable& all, const std::string& file, const TextTable& one);
/// A whole number without a fraction, null for NaN.
Json number_cell(double value);
/// The same for a float, by its own shortest text.
Json float_cell(float value);
/// A setting as it is kept, in text: a number or true or false where the text is exactly that.
Json setting_json(const std::string& text);
TextTable table_of(const h5::Columns& columns);

}  // namespace nn
