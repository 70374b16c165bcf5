// SPDX-License-Identifier: MIT
// A plan as a script of the POSIX shell, or as a makefile.
#pragma once

#include <string>
#include <vector>

#include "info/replay/plan.h"

namespace nn {

/// What this machine would run the commands with.
struct ReplayMachine {
  std::string version, isa;
  std::vector<std::string> libraries;
};

/// In which ways a step was made by other programs than those here, one a line: the result may differ. Threads do not
/// count.
std::vector<std::string> replay_differences(const ReplayStep& step, const ReplayMachine& here);

/// The path of an input: where it was found, else as recorded.
std::string input_path(const ReplayPlan& plan, int file);

/// $1 is the folder that relative names of inputs begin at. Inputs and outputs are compared with the recorded digests;
/// status 3 where one differs. No file is replaced.
std::string replay_script(const ReplayPlan& plan, const ReplayMachine& here);

/// One rule a file, the target's first; `make check` compares it with its digest.
std::string replay_makefile(const ReplayPlan& plan, const ReplayMachine& here);

}  // namespace nn
