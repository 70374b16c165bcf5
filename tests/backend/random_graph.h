// SPDX-License-Identifier: MIT
// What a training run of an example graph gives on a backend, so that two backends can be compared: values, losses, all
// gradients, running statistics, weights after updates. Inputs are chosen so that no relu or maximum is near its kink,
// where rounding alone would send a gradient another way.
//
//   for (const Example& e : examples(seed)) {
//     const auto data = data_seeds(e, seed);
//     for (const std::string& d : differences(outcome(*ref, e, data), outcome(*cpu, e, data), 3e-5)) FAIL_CHECK(d);
//   }
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/examples.h"

namespace nn::test {

/// Words that depend on op, step and place only.
class HashWords final : public RandomSource {
 public:
  uint64_t step = 0;
  void words(int op, std::span<uint32_t> out) override {
    Random random(step * 1000 + static_cast<uint64_t>(op) + 1);
    for (uint32_t& w : out) w = static_cast<uint32_t>(random() >> 32);
  }
};

/// Weights of a size that keeps activations near 1, statistics that differ from 0 and 1, all exact in float.
inline void fill_memory(Memory& memory, uint64_t seed) {
  Random random(seed + 77);
  const Graph& g = memory.graph();
  for (size_t i = 0; i < g.params.size(); ++i) {
    const Param& p = g.params[i];
    const bool matrix = p.shape.rank() >= 2 && p.name == "weight";
    const double bound = matrix ? 1.5 / std::sqrt(static_cast<double>(p.shape.without_first().count())) : 0.5;
    const double centre = p.name == "running_var" || (p.name == "weight" && !matrix) ? 1.0 : 0.0;
    std::vector<double> v(static_cast<size_t>(p.shape.count()));
    for (double& x : v) x = centre + real(random, -bound, bound);
    memory.write(Part::weights, static_cast<ParamId>(i), v);
  }
}

/// Ragged samples: of any number of rows, one of them of none, one of as many as it may have.
inline void fill_rows(const Plan::Inputs& in, const Graph& graph, Random& random) {
  const int64_t most = graph.value(graph.input()).most;
  for (size_t i = 0; i + 1 < in.start.size(); ++i) {
    const int64_t any = pick(random, 1, most), rows = i == 1 ? most : i == 2 ? 0 : any;
    in.start[i + 1] = in.start[i] + rows;
  }
  int64_t vocabulary = 1;
  for (const Op& op : graph.ops)
    if (const Embed* embed = std::get_if<Embed>(&op.what)) vocabulary = embed->vocabulary;
  for (int32_t& id : in.ids) id = static_cast<int32_t>(pick(random, 0, vocabulary - 1));
}

inline void fill_inputs(Plan& plan, const Graph& graph, uint64_t seed) {
  Random random(seed + 5);
  const Plan::Inputs in = plan.inputs();
  fill_rows(in, graph, random);
  for (float& x : in.x) x = static_cast<float>(real(random, -1.5, 1.5));
  for (float& x : in.targets) x = static_cast<float>(real(random, 0, 1));
  const int64_t classes = graph.value(graph.output()).shape.count();
  for (int32_t& y : in.labels) y = static_cast<int32_t>(pick(random, 0, classes - 1));
}

/// The smallest gap between the largest two cells of a window. Equal zeros are what relu leaves: its gradient is 0.
inline double distance_of_maxima(const std::vector<double>& x, const std::vector<double>& y, const Pool& p,
                                 const Shape& in, const Shape& out) {
  double nearest = std::numeric_limits<double>::infinity();
  const int64_t h = in[1], w = in[2], oh = out[1], ow = out[2];
  for (int64_t cell = 0; cell < static_cast<int64_t>(y.size()); ++cell) {
    const int64_t plane = cell / (oh * ow), top = cell / ow % oh * p.stride_h - p.pad_top,
                  left = cell % ow * p.stride_w - p.pad_left;
    double first = -std::numeric_limits<double>::infinity(), second = first;
    for (int64_t i = 0; i < p.kernel_h; ++i)
      for (int64_t j = 0; j < p.kernel_w; ++j) {
        const int64_t r = top + i * p.dilation_h, c = left + j * p.dilation_w;
        if (r < 0 || r >= h || c < 0 || c >= w) continue;
        const double v = x[static_cast<size_t>((plane * h + r) * w + c)];
        second = std::max(second, std::min(first, v));
        first = std::max(first, v);
      }
    if (first != 0 || second != 0) nearest = std::min(nearest, first - second);
  }
  return nearest;
}

/// The same of the rows of ragged samples, column by column.
inline double distance_of_maxima(const std::vector<double>& x, std::span<const int64_t> start, size_t width) {
  double nearest = std::numeric_limits<double>::infinity();
  for (size_t s = 0; s + 1 < start.size(); ++s)
    for (size_t i = 0; i < width; ++i) {
      double first = -std::numeric_limits<double>::infinity(), second = first;
      for (auto r = static_cast<size_t>(start[s]); r < static_cast<size_t>(start[s + 1]); ++r) {
        const double v = x[r * width + i];
        second = std::max(second, std::min(first, v));
        first = std::max(first, v);
      }
      if (second > -std::numeric_limits<double>::infinity()) nearest = std::min(nearest, first - second);
    }
  return nearest;
}

/// The derivative jumps within 2e-5 of x: it moves further than that of a smooth function could.
inline bool has_kink_near(const Map& map, double x) {
  const auto c = formula::constants_of<double>(map.function, map.constants);
  return formula::visit_map(map.function, [&]<template <class, class> class F>() {
    using Formula = F<double, formula::Math<double>>;
    const auto slope = [&](double at) { return Formula::df(at, Formula::f(at, c.data()), c.data()); };
    return std::fabs(slope(x + 2e-5) - slope(x - 2e-5)) > 1e-3;
  });
}

/// The smallest distance of a value from a kink of the op that reads it, after forward of a ref plan; 0 within 2e-5 of
/// one of a map.
inline double distance_from_kinks(Plan& plan, const Graph& graph) {
  double nearest = std::numeric_limits<double>::infinity();
  for (const Op& op : graph.ops) {
    if (const Map* map = std::get_if<Map>(&op.what)) {
      for (const double v : plan.value(op.inputs[0]))
        if (has_kink_near(*map, v)) nearest = 0;
    } else if (std::holds_alternative<PRelu>(op.what)) {
      for (const double v : plan.value(op.inputs[0])) nearest = std::min(nearest, std::fabs(v));
    } else if (const SegmentPool* rows = std::get_if<SegmentPool>(&op.what);
               rows && rows->kind == SegmentPool::Kind::max) {
      const auto width = static_cast<size_t>(graph.value(op.output).shape.count());
      nearest = std::min(nearest, distance_of_maxima(plan.value(op.inputs[0]), plan.inputs().start, width));
    } else if (const Pool* pool = std::get_if<Pool>(&op.what); pool && pool->kind == Pool::Kind::max) {
      nearest = std::min(nearest, distance_of_maxima(plan.value(op.inputs[0]), plan.value(op.output), *pool,
                                                     graph.values[static_cast<size_t>(op.inputs[0])].shape,
                                                     graph.values[static_cast<size_t>(op.output)].shape));
    }
  }
  return nearest;
}

/// Of sgd_momentum: weight decay, keep, momentum, inner, outer (formula/updates.h).
constexpr double update_constants[] = {0.01, 1.0, 0.9, 1.0, 0.05};

/// What outcome() starts from and learns: seeds of the weights and of each step's data.
struct Seeds {
  uint64_t weights;
  std::vector<uint64_t> data;
};

/// Data for which no value of a run is within 1e-5 of a kink: tried on ref, with the updates of outcome(). A backend in
/// float computes these values to 1e-6, so every relu and every maximum chooses as in ref. Without this a network of
/// 20,000 values often has one that rounding alone sends the other way (nearest of seed 1's small network: 2e-8), and
/// then a sample's share of a gradient is elsewhere on each backend, rightly on both.
inline Seeds data_seeds(const Example& e, uint64_t seed) {
  auto backend = make_backend("ref", 1);
  auto memory = backend->allocate(e.graph, 1);
  fill_memory(*memory, seed);
  auto plan = backend->compile(e.graph, {.batch = e.batch, .rows = e.rows(), .training = true}, *memory);
  HashWords words;
  Seeds seeds{seed, {}};
  for (words.step = 0; words.step < 3; ++words.step) {
    uint64_t candidate = seed + words.step;
    for (int tries = 0;; ++tries, candidate += 1000) {
      if (tries == 200) throw Error(e.name + ": no data away from the kinks of its functions in 200 tries");
      fill_inputs(*plan, e.graph, candidate);
      plan->forward(&words);
      if (distance_from_kinks(*plan, e.graph) > 1e-5) break;
    }
    seeds.data.push_back(candidate);
    plan->backward();
    memory->add_penalties();
    memory->update("sgd_momentum", update_constants);
  }
  return seeds;
}

/// Named numbers of one run, in the same order on every backend.
struct Named {
  std::string name;
  std::vector<double> values;
  bool gradient = false;
};

/// Three training steps with sgd_momentum and penalties, then one evaluation, by a plan of these options.
inline std::vector<Named> outcome(Backend& backend, const Example& e, const Seeds& seeds, PlanOptions options = {}) {
  const Graph& g = e.graph;
  auto memory = backend.allocate(g, 1);
  fill_memory(*memory, seeds.weights);
  options.batch = e.batch;
  options.rows = e.rows();
  options.training = options.input_gradient = true;
  auto plan = backend.compile(g, options, *memory);
  std::vector<Named> all;
  HashWords words;
  const auto parameters = [&](Part part, const std::string& when) {
    for (size_t i = 0; i < g.params.size(); ++i) {
      if (part == Part::gradients && !g.params[i].trainable) continue;
      std::vector<double> v(static_cast<size_t>(g.params[i].shape.count()));
      memory->read(part, static_cast<ParamId>(i), v);
      all.push_back({when + " of " + g.params[i].path(), std::move(v), part == Part::gradients});
    }
  };
  const auto losses = [&](Plan& p, const std::string& when) {
    all.push_back({when + " loss", {p.loss()}});
    all.push_back({when + " sample loss", {p.sample_loss().begin(), p.sample_loss().end()}});
    all.push_back({when + " output", {p.output().begin(), p.output().end()}});
  };
  for (words.step = 0; words.step < 3; ++words.step) {
    const std::string when = fmt::format("step {}:", words.step);
    fill_inputs(*plan, g, seeds.data[words.step]);
    plan->forward(&words);
    losses(*plan, when);
    plan->backward();
    if (words.step == 0 && g.value(g.input()).type == ElementType::float32)
      all.push_back({when + " gradient of the input", plan->gradient(g.input()), true});
    parameters(Part::gradients, when + " gradient");
    all.push_back({when + " penalty", {memory->add_penalties()}});
    all.push_back({when + " gradient norm", {memory->gradient_norm()}});
    memory->update("sgd_momentum", update_constants);
    parameters(Part::weights, when + " value");
  }
  options.training = options.input_gradient = false;
  auto evaluation = backend.compile(g, options, *memory);
  fill_inputs(*evaluation, g, seeds.weights + 9);
  evaluation->forward(nullptr);
  losses(*evaluation, "evaluation:");
  return all;
}

/// One line for each named list whose largest difference is above tolerance times its size. The size of a gradient is
/// at least a tenth of the largest gradient, since one that cancels (a bias before batch norm) is rounding only.
inline std::vector<std::string> differences(const std::vector<Named>& expected, const std::vector<Named>& found,
                                            double tolerance) {
  if (expected.size() != found.size()) return {"different lists"};
  const auto size_of = [](const Named& n) {
    double size = 0;
    for (double v : n.values) size = std::max(size, std::fabs(v));
    return size;
  };
  double largest_gradient = 0;
  for (const Named& n : expected)
    if (n.gradient) largest_gradient = std::max(largest_gradient, size_of(n));
  std::vector<std::string> lines;
  for (size_t i = 0; i < expected.size(); ++i) {
    const Named &want = expected[i], &got = found[i];
    if (want.name != got.name || want.values.size() != got.values.size()) {
      lines.push_back(want.name + ": another list");
      continue;
    }
    const double size = std::max(size_of(want), want.gradient ? largest_gradient / 10 : 1e-2);
    double worst = 0;
    size_t place = 0;
    for (size_t k = 0; k < want.values.size(); ++k) {
      const double d = std::fabs(want.values[k] - got.values[k]);
      if (!(d <= worst)) worst = d, place = k;
    }
    if (!(worst <= tolerance * size))
      lines.push_back(fmt::format("{}[{}]: {} expected, {} found, size {}", want.name, place, want.values[place],
                                  got.values[place], size));
  }
  return lines;
}

/// Root of the mean square of the difference over that of the expected values.
inline double error(const std::vector<double>& expected, const std::vector<double>& found) {
  double difference = 0, size = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    difference += (found[i] - expected[i]) * (found[i] - expected[i]);
    size += expected[i] * expected[i];
  }
  return std::sqrt(difference / size);
}

}  // namespace nn::test
