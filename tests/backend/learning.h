// SPDX-License-Identifier: MIT
// A short training with Adam.
#pragma once

#include <cmath>

#include "backend/random_graph.h"

namespace nn::test {

struct Learning {
  int64_t batch;
  int steps;
  int last;  ///< steps whose loss counts
  double rate;
};

/// The mean loss of the last steps; fill(inputs, random) makes a batch.
template <class Fill>
double trained_loss(Backend& backend, const Graph& graph, Precision precision, uint64_t seed, const Learning& l,
                    Fill fill) {
  const auto memory = backend.allocate(graph, 2);
  fill_memory(*memory, seed);
  const auto plan = backend.compile(graph, {.batch = l.batch, .training = true, .precision = precision}, *memory);
  Random random(seed);
  double sum = 0;
  for (int step = 1; step <= l.steps; ++step) {
    fill(plan->inputs(), random);
    plan->forward(nullptr);
    const double c1 = 1 - std::pow(0.9, step), c2 = 1 - std::pow(0.999, step);
    const double adam[] = {0, 1, 0.1, 0.999, 0.001, l.rate / c1, 1 / std::sqrt(c2), 1e-8};
    plan->backward_and_update({"adam", adam});
    if (step > l.steps - l.last) sum += plan->loss();
  }
  return sum / l.last;
}

}  // namespace nn::test
