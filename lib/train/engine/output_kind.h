// SPDX-License-Identifier: MIT
// What the outputs of a graph, lowered with its loss, stand for.
#pragma once

#include "base/hits.h"
#include "graph/graph.h"
#include "results/outputs.h"

namespace nn {

/// classes: how many classes the outputs stand for, 0 when they are targets.
OutputKind output_kind_of(const Graph& graph, int64_t classes);
/// Classes that the outputs can tell apart, 0 when they do not match those of the data (regression, independent
/// outputs).
int64_t classes_of_outputs(const Graph& graph, int64_t classes);
/// Which of them are right; none for regression.
HitRule hit_rule_of(const Graph& graph, int64_t classes);

}  // namespace nn
