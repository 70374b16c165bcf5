// SPDX-License-Identifier: MIT
#include "info/replay/replay.h"

#include <fmt/format.h>

#include "backend/backend.h"
#include "base/error.h"
#include "base/system/version.h"
#include "h5/version.h"
#include "info/replay/inputs.h"
#include "info/replay/own_tool.h"

namespace nn {
namespace {

/// The tool itself knows its options.
Json explained(const std::string& tool, const std::vector<std::string>& words,
               const std::function<bool()>& interrupted) {
  ToolRun run{tool, {"--command-files"}, "", "", true};
  run.words.insert(run.words.end(), words.begin(), words.end());
  const ToolEnd end = run_own_tool(run, interrupted);
  if (end.status != 0)
    throw Error(fmt::format("its command is none that this {} understands; another version recorded it", tool));
  return in_context("what " + tool + " says of its command", [&] { return Json::parse(end.out); });
}

ReplayPlan plan_of(const ReplayRequest& request, const h5::Reader& file, const VerifyContext& context) {
  ReplayPlan plan = replay_plan(file, [&](const std::string& tool, const std::vector<std::string>& words) {
    return explained(tool, words, context.interrupted);
  });
  find_inputs(plan, request.files.front(), {request.files.begin() + 1, request.files.end()}, context.budget);
  return plan;
}

}  // namespace

ReplayMachine this_machine(const Budget& budget) {
  const auto backend = make_backend("cpu", 1, budget);
  ReplayMachine here{version(), backend->isa(), backend->libraries()};
  here.libraries.push_back("HDF5 " + h5::library_version());
  return here;
}

std::string replay_text(const ReplayRequest& request, const h5::Reader& file, const VerifyContext& context) {
  const ReplayPlan plan = plan_of(request, file, context);
  return request.makefile ? replay_makefile(plan, context.here) : replay_script(plan, context.here);
}

bool verify_replay(const ReplayRequest& request, const h5::Reader& file, const VerifyContext& context) {
  return verify_replay(plan_of(request, file, context), context);
}

}  // namespace nn
