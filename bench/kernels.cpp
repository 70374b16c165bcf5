// SPDX-License-Identifier: MIT
// bench-kernels: each kind of op in the shapes of the networks, as a plan of its own, by Google Benchmark. Columns:
// GF/s and GB/s of the direct method, and the share of the machine's measured roof that the time is (1: at the roof).
//
//   bench-kernels --benchmark_filter=conv      NN_BENCH_THREADS=1 bench-kernels
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/peak.h"
#include "base/rng.h"
#include "graph/cost.h"

namespace {

using namespace nn;

/// One op between an input and a loss that lets its gradient be asked for.
struct Case {
  std::string name;
  Graph graph;
  int64_t batch;
};

Graph graph_of(OpParams what, Shape in, Shape out, std::vector<std::pair<std::string, Shape>> params) {
  Graph graph;
  graph.values = {{std::move(in)}, {out}};
  Op op{std::move(what), {0}, 1, {}, "op"};
  for (auto& [name, shape] : params) {
    Param param;
    param.layer = "op";
    param.trainable = !name.starts_with("running_");
    param.name = std::move(name);
    param.shape = std::move(shape);
    op.params.push_back(static_cast<ParamId>(graph.params.size()));
    graph.params.push_back(std::move(param));
  }
  graph.inputs = {{"input", 0}};
  graph.ops = {std::move(op)};
  graph.outputs = {1};
  graph.add_loss(MseLoss{});
  return graph;
}

Case dense(int64_t batch, int64_t in, int64_t out) {
  return {"matmul/" + std::to_string(in) + "x" + std::to_string(out),
          graph_of(MatMul{in, out}, {in}, {out}, {{"weight", {out, in}}, {"bias", {out}}}), batch};
}
/// Samples of several rows.
Case dense_rows(int64_t batch, int64_t rows, int64_t in, int64_t out) {
  return {fmt::format("matmul/{}_rows_of_{}x{}", rows, in, out),
          graph_of(MatMul{in, out}, {rows, in}, {rows, out}, {{"weight", {out, in}}, {"bias", {out}}}), batch};
}
Case layer_norm(int64_t batch, int64_t rows, int64_t width) {
  return {fmt::format("layer_norm/{}_rows_of_{}", rows, width),
          graph_of(LayerNorm{1e-12, 1}, {rows, width}, {rows, width}, {{"weight", {width}}, {"bias", {width}}}), batch};
}
Case softmax(int64_t batch, int64_t rows, int64_t width) {
  return {fmt::format("softmax/{}_rows_of_{}", rows, width), graph_of(Softmax{1}, {rows, width}, {rows, width}, {}),
          batch};
}
Case conv(int64_t batch, int64_t in, int64_t out, int64_t size, int64_t kernel, int64_t pad) {
  const int64_t wide = size + 2 * pad - kernel + 1;
  return {"conv/" + std::to_string(in) + "to" + std::to_string(out) + "_" + std::to_string(kernel) + "x" +
              std::to_string(kernel) + "_at_" + std::to_string(size),
          graph_of(Conv{in, out, kernel, kernel, 1, 1, pad, pad, pad, pad, 1}, {in, size, size}, {out, wide, wide},
                   {{"weight", {out, in, kernel, kernel}}, {"bias", {out}}}),
          batch};
}
Case pool(int64_t batch, int64_t channels, int64_t size) {
  return {"pool/" + std::to_string(channels) + "_at_" + std::to_string(size),
          graph_of(Pool{Pool::Kind::max, 2, 2, 2, 2, 0, 0, 0, 0, false}, {channels, size, size},
                   {channels, size / 2, size / 2}, {}),
          batch};
}
Case norm(int64_t batch, int64_t channels, int64_t size) {
  const Shape c{channels};
  return {"batch_norm/" + std::to_string(channels) + "_at_" + std::to_string(size),
          graph_of(BatchNorm{channels, 1e-5, 0.1, true}, {channels, size, size}, {channels, size, size},
                   {{"weight", c}, {"bias", c}, {"running_mean", c}, {"running_var", c}}),
          batch};
}
Case relu(int64_t batch, int64_t channels, int64_t size) {
  return {"relu/" + std::to_string(channels) + "_at_" + std::to_string(size),
          graph_of(Map{"relu"}, {channels, size, size}, {channels, size, size}, {}), batch};
}

std::vector<Case> cases() {
  return {dense(128, 784, 512),
          dense(128, 512, 128),
          dense(128, 128, 10),
          dense(128, 784, 128),
          dense(128, 128, 64),
          dense(128, 64, 10),
          dense(128, 768, 512),
          dense(128, 512, 5),
          dense(128, 256, 120),
          dense(128, 120, 84),
          dense(64, 1152, 256),
          dense(64, 256, 128),
          conv(64, 1, 32, 28, 3, 1),
          conv(64, 32, 64, 14, 3, 1),
          conv(64, 64, 128, 7, 3, 1),
          conv(128, 1, 6, 28, 5, 0),
          conv(128, 6, 16, 12, 5, 0),
          pool(64, 32, 28),
          pool(64, 64, 14),
          pool(64, 128, 6),
          pool(128, 6, 24),
          pool(128, 16, 8),
          norm(64, 32, 28),
          norm(64, 64, 14),
          norm(64, 128, 7),
          relu(64, 32, 28),
          relu(128, 6, 24),
          dense(1024, 384, 384),
          dense_rows(8, 128, 384, 384),
          dense(1024, 384, 1536),
          dense_rows(8, 128, 384, 1536),
          layer_norm(8, 128, 384),
          softmax(8, 128, 128)};
}

/// A compiled case with numbers in it.
class Run {
 public:
  Run(const Case& c, Backend& backend) : memory_(backend.allocate(c.graph, 2)) {
    Philox stream(0, c.name);
    for (size_t p = 0; p < c.graph.params.size(); ++p) {
      std::vector<double> values(static_cast<size_t>(c.graph.params[p].shape.count()), 1.0);
      if (c.graph.params[p].trainable)
        for (double& v : values) v = 0.1 * stream.normal();
      memory_->write(Part::weights, static_cast<ParamId>(p), values);
    }
    PlanOptions options;
    options.batch = c.batch;
    options.training = true;
    options.input_gradient = true;
    plan_ = backend.compile(c.graph, options, *memory_);
    const Plan::Inputs in = plan_->inputs();
    for (float& v : in.x) v = static_cast<float>(stream.normal());
    for (float& v : in.targets) v = static_cast<float>(stream.normal());
    plan_->forward(nullptr);
    plan_->backward();
  }
  Plan& plan() { return *plan_; }

 private:
  std::unique_ptr<Memory> memory_;
  std::unique_ptr<Plan> plan_;
};

/// GF/s, GB/s and the share of the roof, which is the slower of arithmetic and traffic at their peaks.
void report(benchmark::State& state, const Cost& cost, const Peak& peak) {
  const double n = static_cast<double>(state.iterations());
  state.counters["GF/s"] = benchmark::Counter(cost.flops * n / 1e9, benchmark::Counter::kIsRate);
  state.counters["GB/s"] = benchmark::Counter(cost.bytes * n / 1e9, benchmark::Counter::kIsRate);
  const double roof = std::max(cost.flops / (peak.gflops * 1e9), cost.bytes / (peak.gbytes * 1e9));
  state.counters["of roof"] = benchmark::Counter(roof * n, benchmark::Counter::kIsRate);
}

/// The op's own steps of a profiled plan, without those of the loss; 0 when the plan tells none.
double seconds_of(const std::vector<StepTime>& times, const char* pass) {
  double sum = 0;
  for (const StepTime& t : times)
    if (t.pass == pass && t.name.starts_with("op")) sum += t.seconds;
  return sum;
}

/// costs_of leaves out the gradient of the input of a first layer, which is asked for here.
Cost backward_cost(const Case& c) {
  Graph graph = c.graph;
  Op before{Add{}, {0, 0}, static_cast<ValueId>(graph.values.size()), {}, "before"};
  Param param;
  param.shape = {1};
  graph.params.push_back(param);
  before.params = {static_cast<ParamId>(graph.params.size() - 1)};  // something trained in front
  graph.values.push_back(graph.values[0]);
  graph.ops[0].inputs = {before.output};
  graph.ops.insert(graph.ops.begin(), before);
  return costs_of(graph, c.batch, true)[1].backward;
}

void time_case(benchmark::State& state, const Case& c, Backend& backend, const Peak& peak, bool forward) {
  Run run(c, backend);
  Plan& plan = run.plan();
  plan.set_profile(true);
  plan.forward(nullptr);
  plan.backward();
  const bool told = seconds_of(plan.times(), forward ? "forward" : "backward") > 0;
  if (!told) plan.set_profile(false);
  for (auto _ : state) {
    if (told) plan.set_profile(true);  // from zero
    const auto begin = std::chrono::steady_clock::now();
    forward ? plan.forward(nullptr) : plan.backward();
    state.SetIterationTime(told ? seconds_of(plan.times(), forward ? "forward" : "backward")
                                : std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  report(state, forward ? costs_of(c.graph, c.batch, true)[0].forward : backward_cost(c), peak);
  std::string kernel;
  for (const StepTime& t : plan.times())
    if (t.name.starts_with("op")) kernel = t.kernel;
  state.SetLabel(told ? kernel : "with the loss");
}

/// Adam over so many weights.
void time_update(benchmark::State& state, Backend& backend, const Peak& peak, int64_t weights) {
  const Graph graph = graph_of(MatMul{weights, 1}, {weights}, {1}, {{"weight", {1, weights}}});
  const auto memory = backend.allocate(graph, 2);
  const std::vector<double> values(static_cast<size_t>(weights), 0.01);
  for (const Part part : {Part::weights, Part::gradients}) memory->write(part, 0, values);
  const std::array<double, 8> constants{0, 1, 0.1, 0.999, 0.001, 1e-3, 1, 1e-8};
  for (auto _ : state) {
    const auto begin = std::chrono::steady_clock::now();
    memory->update("adam", constants);
    state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  report(state, update_cost(graph, 2, 12), peak);
}

}  // namespace

int main(int argc, char** argv) {
  const char* wanted = std::getenv("NN_BENCH_THREADS");
  const auto backend = make_backend("cpu", wanted ? std::atoi(wanted) : 0);
  const Peak peak = backend->peak();
  const std::vector<Case> all = cases();
  for (const Case& c : all)
    for (const bool forward : {true, false})
      benchmark::RegisterBenchmark(
          (c.name + "_b" + std::to_string(c.batch) + (forward ? "/forward" : "/backward")).c_str(),
          [&, forward](benchmark::State& state) { time_case(state, c, *backend, peak, forward); })
          ->UseManualTime()
          ->Unit(benchmark::kMicrosecond);
  for (const int64_t weights : {44426, 109386, 422474})
    benchmark::RegisterBenchmark(("adam/" + std::to_string(weights)).c_str(),
                                 [&, weights](benchmark::State& state) { time_update(state, *backend, peak, weights); })
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond);
  benchmark::AddCustomContext(
      "peak", std::to_string(peak.gflops) + " GF/s (" + peak.isa + "), " + std::to_string(peak.gbytes) + " GB/s over " +
                  std::to_string(peak.bytes >> 20) + " MiB, " + std::to_string(backend->team().size()) + " threads");
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
