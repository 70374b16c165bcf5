// SPDX-License-Identifier: MIT
// Metrics for a person. The classification report has the form and the values of scikit-learn's.
#pragma once

#include <string>
#include <vector>

#include "results/evaluation.h"

namespace nn {

/// For a person: a head line for each verdict, then precision, recall, F1 and support of the classes as scikit-learn's
/// classification_report prints them, or the errors of the targets.
std::string metrics_report(const std::vector<Evaluation>& evaluations);

}  // namespace nn
