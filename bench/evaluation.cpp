// SPDX-License-Identifier: MIT
// Evaluation of the test images: gathering, the network, the largest output of each sample. Weights are untrained.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/framework_rules.h"
#include "options.h"
#include "train/engine/batch_runner.h"
#include "train/engine/randomness.h"
#include "train/engine/task.h"

namespace nn::bench {

Exit time_evaluation(cli::Run& run, const BenchOptions& o) {
  if (o.repeat < 1) throw UsageError(fmt::format("--repeat: expected 1 or more, found {}", o.repeat));
  const int threads = run.common().threads;
  const TrainOptions options = o.training();
  const Dataset data = data_of(o.chosen(), o.data, "test", o.samples);
  const auto backend = make_backend(o.device, threads);
  const Network network(options.model, prepared_shape(data.prep, data.sample_shape()));
  const Graph graph = network.lower();
  const auto memory = backend->allocate(graph, 0);
  make_randomness(FrameworkRules{}.streams, 0, graph)->initialise(*memory);
  const Split& split = data.splits.at(0);
  Batches batches(split, data.prep, data.valid_min, data.valid_max, false);
  BatchRunner::Settings settings;
  settings.batch = o.batch_size();
  settings.tiles = o.tiles;
  BatchRunner sweep(graph, *memory, *backend, batches, split.size(), settings);
  std::vector<int64_t> rows(static_cast<size_t>(split.size()));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  const size_t width = static_cast<size_t>(graph.value(graph.output()).shape.count());
  std::vector<int32_t> classes(rows.size());

  const auto evaluate = [&] {
    const double begin = now_seconds();
    size_t at = 0;
    for (int64_t step = 0; step < sweep.steps(); ++step) {
      Plan& plan = sweep.load(rows, step);
      plan.forward(nullptr);
      const std::span<const float> outputs = plan.output();
      for (auto row = outputs.begin(); row != outputs.end(); row += static_cast<std::ptrdiff_t>(width))
        classes[at++] = static_cast<int32_t>(std::max_element(row, row + static_cast<std::ptrdiff_t>(width)) - row);
    }
    return now_seconds() - begin;
  };
  evaluate();
  const double first = seconds_since_start();
  std::vector<double> rates;
  for (int64_t i = 0; i < o.repeat; ++i) rates.push_back(static_cast<double>(rows.size()) / evaluate());
  run.print(fmt::format("{}\t{:.0f}\t{:.0f}\t{:.0f}\t{:.2f}\t{:.0f}\n", o.row_start(threads),
                        *std::min_element(rates.begin(), rates.end()), median(rates),
                        *std::max_element(rates.begin(), rates.end()), first, peak_rss_mb()));
  return Exit::done;
}

}  // namespace nn::bench
