// SPDX-License-Identifier: MIT
// nn-bench: times the five networks as nn-train trains them. Not installed; README.md here says what it prints.
#include "cli/plugin_list.h"
#include "cli/tool.h"
#include "options.h"

namespace {

nn::Exit work(nn::cli::Run& run, nn::bench::BenchOptions& o) {
  o.device = run.common().device;
  if (o.machine) return nn::bench::describe_machine(run, o);
  if (o.now) return nn::bench::describe_now(run, o);
  if (o.work) return nn::bench::describe_work(run, o);
  return o.evaluate ? nn::bench::time_evaluation(run, o) : nn::bench::time_training(run, o);
}

}  // namespace

int main(int argc, char** argv) {
  nn::bench::BenchOptions options;
  nn::cli::ToolInfo info;
  info.name = "nn-bench";
  info.summary = "time the training and evaluation of five networks";
  info.synopsis = "--net NET [OPTION]...";
  info.has_device = true;
  info.devices = nn::cli::device_list(nn::device_names(), nn::devices, nn::auto_choice, nn::open_device);
  return nn::cli::run_tool(
      info, argc, argv, [&](nn::OptionSet& set) { options.declare(set); },
      [&](nn::cli::Run& run) { return work(run, options); });
}
