// SPDX-License-Identifier: MIT
// Predictions as a table and as JSON (nn-predict).
#pragma once

#include <string>
#include <vector>

#include "base/text/table.h"
#include "results/predictions.h"

namespace nn {

/// A row per sample. Classes: row, name where the samples have one, label, label_name, predicted, predicted_name,
/// confidence and the `top` most probable classes as "class:probability, ...". Independent outputs: target and
/// probability of each, and the names of those above one half. Regression: target and prediction of each. names: of the
/// classes or targets.
TextTable predictions_table(const Predictions& p, const std::vector<std::string>& names, int top);
/// The same for JSON: numbers with all their digits, the most probable classes are an array, what is not known is null.
TextTable predictions_cells(const Predictions& p, const std::vector<std::string>& names, int top);
/// Most probable classes that are printed where nothing else is said.
constexpr int usual_top = 3;
/// An array of objects.
std::string predictions_json(const Predictions& p, const std::vector<std::string>& names, int top);

}  // namespace nn
