// SPDX-License-Identifier: MIT
// Metrics as tables and JSON (nn-eval).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/text/output_form.h"
#include "base/text/table.h"
#include "h5/provenance.h"
#include "results/evaluation.h"

namespace nn {

/// Forms of nn-eval and nn-predict; text is for nn-eval's report only.
std::span<const OutputForm> result_forms();
std::span<const OutputForm> metrics_forms();

/// Columns split, metric, value; with several models a first column `model`.
TextTable metrics_table(const std::vector<Evaluation>& evaluations, bool brief);
/// {model, data, split, n, loss, accuracy, ..., per_class, confusion} without what the model does not have;
/// an array only for several evaluations. brief: model, data, split and the lines of metric_lines(), as a flat object.
std::string metrics_json(const std::vector<Evaluation>& evaluations, bool brief = false);
/// UsageError for a form that has no brief one, and for a confusion matrix, which would not be printed.
void check_brief(const std::string& form, bool confusion);
/// In one of the metrics_forms() but h5.
std::string metrics_text(const std::vector<Evaluation>& evaluations, const std::string& form, bool brief);
/// The metrics file of one model's evaluations.
std::vector<std::byte> metrics_file(const std::vector<Evaluation>& evaluations, const h5::Provenance& provenance,
                                    bool compress);

}  // namespace nn
