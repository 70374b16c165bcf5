// SPDX-License-Identifier: MIT
#include "train/run/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "model/summary.h"
#include "train/engine/freeze.h"
#include "train/run/resume.h"
#include "train/run/training_run.h"

namespace nn {
namespace {

double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Model train(const TrainOptions& options, const Dataset& data, Backend& backend, const Log& log,
            const Progress& progress, const Checkpoint* resume, bool strict) {
  if (resume) check_same_samples(*resume, data);  // before the layers are put on other samples
  TrainingRun training(options, data, backend, log, progress);
  if (resume) training.resume(*resume, strict);
  return training.run();
}

Exit say_outcome(const Outcome& outcome, const std::string& output, const Log& log) {
  const std::string where = output.empty() || output == "-" ? "the model to standard output" : printable(output);
  log.info(outcome.text + "; wrote " + where);
  if (!outcome.failure.empty())
    throw Error(
        fmt::format("the last checkpoint, which is required, was not written: {}; the model was", outcome.failure));
  return Exit::done;
}

TrainPlan dry_run(const TrainOptions& options, const Dataset& data, Backend& backend, const Log& log,
                  const Progress& progress, const Checkpoint* resume, bool strict) {
  TrainOptions measured = options;
  measured.epochs = std::max<int64_t>(options.epochs, 1);
  if (resume) check_same_samples(*resume, data);
  TrainingRun training(measured, data, backend, log, progress);
  TrainingEngine& engine = training.engine();

  TrainPlan plan;
  if (resume) {
    training.resume(*resume, strict);
    plan.position = training.position();
  }
  plan.epochs_left = resume ? training.epochs_left() : options.epochs;
  plan.summary = summary_text(summarise(*training.task().network));
  if (const std::string frozen = frozen_text(training.task().frozen, training.task().graph); !frozen.empty())
    plan.summary += frozen + "\n";
  plan.watches = training.watches();
  const int64_t steps = engine.steps_per_epoch();
  engine.begin_epoch();
  engine.step(0, 0);  // the first step pays for what later ones find ready
  engine.set_profile(options.profile);
  const double begin = now_seconds();
  int64_t done = 0;
  while (1 + done < steps && done < 200 && (done < 3 || now_seconds() - begin < 0.5))
    done += static_cast<int64_t>(engine.steps(0, 1 + done, 200).size());
  if (done) {
    plan.seconds_per_epoch = (now_seconds() - begin) / static_cast<double>(done) * static_cast<double>(steps);
  } else {
    const double again = now_seconds();
    engine.step(0, 0);
    plan.seconds_per_epoch = now_seconds() - again;
  }
  if (options.profile) plan.profile = profile_text(engine.times(), backend.peak());
  if (!training.validation().empty()) {
    const double start = now_seconds();
    engine.measure(training.validation());
    plan.seconds_per_epoch += now_seconds() - start;
  }
  plan.bytes = engine.bytes();
  for (const Split& split : data.splits)
    for (const Column& column : split.columns)
      plan.bytes += column.values.bytes.size() + column.start.size() * sizeof(int64_t);
  return plan;
}

}  // namespace nn
