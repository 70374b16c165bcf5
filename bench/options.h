// SPDX-License-Identifier: MIT
// What nn-bench is asked for.
#pragma once

#include <optional>
#include <string>

#include "backend/backend.h"
#include "base/options.h"
#include "cli/tool.h"
#include "nets.h"
#include "train/run/trainer.h"

namespace nn::bench {

struct BenchOptions {
  std::string net, data = ".", precision = "f32", device = "cpu";
  std::optional<int64_t> batch, steps;
  int64_t repeat = 7;
  int tiles = 4;
  double width = 1, samples = 1, seconds = 0;
  bool interactive = false, epoch = true, evaluate = false, machine = false, now = false, work = false, profile = false,
       exact = false;

  void declare(OptionSet& set);
  const Net& chosen() const;  ///< UsageError without --net
  int64_t batch_size() const { return batch.value_or(chosen().batch); }
  /// Those of nn-train for this network. UsageError for a setting that this nn-train does not have.
  TrainOptions training() const;
  /// Text of the columns framework, version, mode, net, batch and threads.
  std::string row_start(int threads) const;
};

/// As the scripts that run the frameworks: since the kernel started this process.
double seconds_since_start();
double peak_rss_mb();
double now_seconds();
double median(std::vector<double> values);

/// Trains and answers as the protocol wants it (README.md).
Exit time_training(cli::Run& run, const BenchOptions& options);
/// Forward passes over the test split: samples a second.
Exit time_evaluation(cli::Run& run, const BenchOptions& options);
/// Processor, libraries, peaks of 1 to n threads, a line each.
Exit describe_machine(cli::Run& run, const BenchOptions& options);
/// What all threads can do at this moment, GF/s: float32 multiply-adds, products of bf16 numbers.
Exit describe_now(cli::Run& run, const BenchOptions& options);
/// Direct multiply-adds of one training step, and parameters, of the chosen net or of all.
Exit describe_work(cli::Run& run, const BenchOptions& options);

}  // namespace nn::bench
