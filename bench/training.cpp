// SPDX-License-Identifier: MIT
// Training steps by the path of nn-train, timed as the scripts that run the frameworks time theirs.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include "options.h"
#include "train/engine/profile.h"
#include "train/engine/task.h"
#include "train/engine/training_engine.h"

namespace nn::bench {
namespace {

class Bench {
 public:
  Bench(const BenchOptions& options, int threads)
      : options_(options.training()),
        data_(data_of(options.chosen(), options.data, "train", options.samples)),
        backend_(make_backend(options.device, threads)),
        task_(training_task(options_, data_)),
        parts_(options_),
        engine_(task_, options_, parts_, data_, *backend_) {
    const int64_t n = data_.at("train").size();
    full_ =
        std::max<int64_t>(n / options_.batch, 1);  // steps of an epoch without the partial one, as the others time them
    at_ = full_;
  }

  /// Seconds of n steps; the loss of the last one is kept.
  double steps(int64_t n) {
    const double begin = now_seconds();
    for (int64_t done = 0; done < n;) {
      if (at_ == full_) {
        engine_.begin_epoch();
        at_ = 0;
      }
      done += take(std::min(n - done, full_ - at_));
    }
    return now_seconds() - begin;
  }
  /// Seconds of one whole epoch with its partial batch.
  double epoch() {
    const double begin = now_seconds();
    engine_.begin_epoch();
    for (at_ = 0; at_ < engine_.steps_per_epoch();) take(engine_.steps_per_epoch() - at_);
    at_ = full_;
    return now_seconds() - begin;
  }
  TrainingEngine& engine() { return engine_; }
  Backend& backend() { return *backend_; }
  double loss = NAN;

 private:
  /// The next steps, at most that many; returns how many.
  int64_t take(int64_t most) {
    const std::span<const StepResult> results = engine_.steps(0, at_, most);
    loss = results.back().loss;
    at_ += static_cast<int64_t>(results.size());
    return static_cast<int64_t>(results.size());
  }

  TrainOptions options_;
  Dataset data_;
  std::unique_ptr<Backend> backend_;
  Task task_;
  RunParts parts_;
  TrainingEngine engine_;
  int64_t full_, at_;
};

int64_t steps_for(const BenchOptions& o, Bench& bench) {
  if (o.seconds <= 0) return std::max<int64_t>(o.steps.value_or(o.chosen().steps), 1);
  bench.steps(1);
  int64_t n = 1;
  double taken = bench.steps(n);
  while (taken < o.seconds / 4 && n < (int64_t{1} << 20)) taken = bench.steps(n *= 2);
  return std::max<int64_t>(1, std::llround(static_cast<double>(n) * o.seconds / taken));
}

/// Standard output is written in the middle of the work here: the other side waits for each line.
void say(const std::string& line) {
  if (!(std::cout << line << std::endl)) throw Error("standard output is closed");
}

}  // namespace

Exit time_training(cli::Run& run, const BenchOptions& o) {
  if (o.repeat < 1) throw UsageError(fmt::format("--repeat: expected 1 or more, found {}", o.repeat));
  const int threads = run.common().threads;
  Bench bench(o, threads);
  bench.steps(1);
  const double start = seconds_since_start();
  const int64_t steps = steps_for(o, bench);
  if (o.seconds <= 0) bench.steps(steps);
  std::vector<double> ms;
  double epoch = NAN;
  if (o.profile) bench.engine().set_profile(true);
  const auto repeat = [&] { ms.push_back(bench.steps(steps) / static_cast<double>(steps) * 1e3); };
  if (o.interactive) {
    say("ready");
    for (std::string word; std::getline(std::cin, word) && word != "quit";) {
      if (word == "repeat") {
        repeat();
        say(fmt::format("repeat\t{}", ms.back()));
      } else if (word == "epoch") {
        epoch = bench.epoch();
        say(fmt::format("epoch\t{}", epoch));
      } else {
        throw UsageError("standard input: expected repeat, epoch or quit, found '" + printable(word) + "'");
      }
    }
  } else {
    for (int64_t i = 0; i < o.repeat; ++i) repeat();
    if (o.epoch && !o.profile) epoch = bench.epoch();
  }
  const double middle = median(ms), low = ms.empty() ? NAN : *std::min_element(ms.begin(), ms.end()),
               high = ms.empty() ? NAN : *std::max_element(ms.begin(), ms.end());
  say(fmt::format("{}\t{:.4f}\t{:.4f}\t{:.4f}\t{:.0f}\t{:.4f}\t{:.2f}\t{:.0f}\t{:.4f}", o.row_start(threads), low,
                  middle, high, static_cast<double>(o.batch_size()) / middle * 1e3, epoch, start, peak_rss_mb(),
                  bench.loss));
  if (o.profile) run.print(profile_text(bench.engine().times(), bench.backend().peak()));
  return Exit::done;
}

}  // namespace nn::bench
