// SPDX-License-Identifier: MIT
// A written file of C, compiled by the cc of this machine and run, for nn-convert --verify.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "model/model_file.h"

namespace nn {

/// Results of all samples of a split, {n, outputs}: what the file's own main() prints for them. Error when there is no
/// cc or the file takes bytes and the split holds floats, or the other way round; ConditionError when cc finds an
/// error or the program fails.
std::vector<float> results_of_c(const std::string& file, const Model& model, const Split& split, size_t outputs);

}  // namespace nn
