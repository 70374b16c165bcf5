// SPDX-License-Identifier: MIT
// nn-info --replay --verify: a plan is carried out in an empty temporary folder, and what comes out is compared.
#pragma once

#include <functional>
#include <string>

#include "base/log.h"
#include "base/system/budget.h"
#include "info/replay/plan.h"
#include "info/replay/script.h"

namespace nn {

struct VerifyContext {
  const Log& log;
  const Budget& budget;
  ReplayMachine here;
  std::function<bool()> interrupted;
  std::function<void(const std::string&)> print;
};

/// A line for each file that is made: whether its digest is the recorded one. False when one differs, and the message
/// names the step; a checkpoint that a run went on from may differ, since the run that wrote it may have been stopped.
/// Error when an input is not found, or a command fails. The folder is removed in any case.
bool verify_replay(const ReplayPlan& plan, const VerifyContext& context);

}  // namespace nn
