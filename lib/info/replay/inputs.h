// SPDX-License-Identifier: MIT
// Where the inputs of a plan lie now: files are known by their digests, whatever their names have become.
#pragma once

#include <string>
#include <vector>

#include "base/system/budget.h"
#include "info/replay/plan.h"

namespace nn {

/// Looks at the recorded name, relative to the working folder and to that of `file`; then at `others`, and at the files
/// in the folder of `file`. An input whose digest is not recorded is found by its name alone.
void find_inputs(ReplayPlan& plan, const std::string& file, const std::vector<std::string>& others,
                 const Budget& budget);

}  // namespace nn
