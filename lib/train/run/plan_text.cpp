// SPDX-License-Identifier: MIT
#include "train/run/plan_text.h"

#include <fmt/format.h>

namespace nn {
namespace {

constexpr double worth_a_checkpoint = 60;  ///< seconds

}  // namespace

std::string plan_text(const TrainPlan& plan, const TrainOptions& options) {
  const double seconds = plan.seconds_per_epoch * static_cast<double>(plan.epochs_left);
  std::string text = plan.summary + fmt::format("memory {:.1f} MiB, {:.2f} s per epoch, {:.1f} s for {} epochs\n",
                                                static_cast<double>(plan.bytes) / (1 << 20), plan.seconds_per_epoch,
                                                seconds, plan.epochs_left);
  if (!plan.position.empty()) text += "goes on " + plan.position + "\n";
  for (const std::string& line : plan.watches) text += line + "\n";
  if (options.checkpoint.empty() && seconds > worth_a_checkpoint)
    text += "without --checkpoint FILE, what stops this run loses it all\n";
  return text + plan.profile;
}

std::string dry_run_text(const TrainOptions& options, const Dataset& data, Backend& backend, const Log& log,
                         const Progress& progress, const Checkpoint* from, bool strict) {
  return plan_text(dry_run(options, data, backend, log, progress, from, strict), options);
}

}  // namespace nn
