// SPDX-License-Identifier: MIT
// A comparison for people, and with all its digits for programs.
#pragma once

#include <span>
#include <string>

#include "base/text/json.h"
#include "base/text/table.h"
#include "results/compare/comparison.h"
#include "results/compare/page.h"

namespace nn {

/// Tables of each metric, of the differences from the baseline and of the cost, and what they say in sentences.
Page comparison_page(const Comparison& comparison);
/// A row for each metric and group, with its difference from the baseline.
TextTable comparison_table(const Comparison& comparison);
/// Everything; runs are listed by file in their groups.
Json comparison_json(const Comparison& comparison, std::span<const ComparedRun> runs);
/// What the differences say, a sentence each, and the notes on the data.
std::vector<std::string> comparison_notes(const Comparison& comparison);

/// What Comparison::samples says, behind the blocks of a page; keys: head of the column of groups, labels: their names.
void add_sample_blocks(const Comparison& comparison, const std::string& keys, const std::vector<std::string>& labels,
                       Page& page);

Page confusion_page(const ConfusionDifference& difference);
/// A row for each cell that is not 0 in both.
TextTable confusion_table(const ConfusionDifference& difference);

/// One row.
TextTable equality_table(const Equality& equality);
Page equality_page(const Equality& equality);
/// "a.h5 and b.h5 differ by up to 0.1, ...": for a message.
std::string inequality(const Equality& equality);

}  // namespace nn
