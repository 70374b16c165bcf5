// SPDX-License-Identifier: MIT
// bench-choices: the rows of lib/backend/cpu/conv/choices.def for the instruction set in use (NN_ISA) and the library
// of this build, to standard output. Each case is a convolution with what may be joined to it, between two small
// convolutions that give and take whatever layout it likes best; forward and backward by every kernel that can do it,
// in turns, the shortest of several.
//
//   bench-choices [PART/PARTS]      # 2/5: every fifth row from the second on
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/cpu/plan/pattern.h"
#include "base/rng.h"

namespace {

using namespace nn;
using namespace nn::cpu;

constexpr int64_t batch = 64;
constexpr double most_flops = 6e9;  ///< of a case, forward and backward; larger ones are left to their neighbours
constexpr double hopeless = 2;      ///< times slower than the best at first sight: not tried again
constexpr int fewest_rounds = 5, most_rounds = 25;
constexpr double enough = 0.05;    ///< seconds in all rounds of a case
constexpr double handicap = 1.03;  ///< of what is not our own: noise shall not decide

/// A row of the table, without channels.
struct Row {
  Epilogue behind;
  Method method;
  int kernel, stride, plane;
};

/// Convolutions of one cell or with strides are products of pixels (kinds.h), which needs no table.
std::vector<Row> rows() {
  std::vector<Row> list;
  const auto add = [&](Method method, int kernel, const std::vector<int>& planes) {
    for (const Epilogue behind : {Epilogue::relu, Epilogue::pool, Epilogue::norm})
      for (const int plane : planes) list.push_back({behind, method, kernel, 1, plane});
  };
  add(Method::fast, 3, {7, 14, 28, 56});
  add(Method::fast, 5, {12, 28});
  add(Method::exact, 3, {14, 28});
  add(Method::exact, 5, {12, 28});
  for (const Epilogue behind : {Epilogue::relu, Epilogue::pool}) list.push_back({behind, Method::both, 7, 1, 28});
  return list;
}

/// Ops one after the other.
class Net {
 public:
  explicit Net(Shape in) { graph.add_input("input", {std::move(in)}); }
  Shape shape() const { return graph.values.back().shape; }
  void conv(const char* layer, int64_t out, int64_t kernel, int64_t stride) {
    const Shape in = shape();
    const int64_t pad = kernel / 2, size = (in[1] + 2 * pad - kernel) / stride + 1;
    add(layer, Conv{in[0], out, kernel, kernel, stride, stride, pad, pad, pad, pad, 1}, {out, size, size},
        {{out, in[0], kernel, kernel}, {out}});
  }
  void add(const char* layer, OpParams what, Shape out, const std::vector<Shape>& params, size_t trained = 2) {
    Op op{std::move(what),
          {static_cast<ValueId>(graph.values.size()) - 1},
          static_cast<ValueId>(graph.values.size()),
          {},
          layer};
    for (const Shape& s : params) {
      Param param;
      param.layer = layer;
      param.name = "p" + std::to_string(graph.params.size());
      param.shape = s;
      param.trainable = op.params.size() < trained;
      op.params.push_back(static_cast<ParamId>(graph.params.size()));
      graph.params.push_back(std::move(param));
    }
    graph.ops.push_back(std::move(op));
    graph.values.push_back({std::move(out)});
  }
  Graph graph;
};

Graph graph_of(const Row& row, const ConvChannels& channels, size_t& tested) {
  const bool first = channels.in <= 3;
  Net net({first ? channels.in : 1, row.plane, row.plane});
  if (!first) net.conv("before", channels.in, 3, 1);
  tested = net.graph.ops.size();
  net.conv("op", channels.out, row.kernel, row.stride);
  const Shape c{channels.out};
  if (row.behind == Epilogue::norm) net.add("op", BatchNorm{channels.out, 1e-5, 0.1, true}, net.shape(), {c, c, c, c});
  net.add("op", Map{"relu"}, net.shape(), {});
  if (row.behind != Epilogue::relu) {
    const Shape s = net.shape();
    net.add("op", Pool{Pool::Kind::max, 2, 2, 2, 2, 0, 0, 0, 0, false}, {s[0], s[1] / 2, s[2] / 2}, {});
  }
  net.conv("after", 1, 3, 1);
  net.graph.outputs = {static_cast<ValueId>(net.graph.values.size()) - 1};
  net.graph.add_loss(MseLoss{});
  return net.graph;
}

/// One kernel's plan of a case.
class Run {
 public:
  Run(ConvKernel kernel, const Graph& graph, const PlanOptions& options)
      : kernel(kernel),
        backend_(make_backend({.threads = usable_cpus()}, {.conv_kernel = name_of(kernel)})),
        memory_(backend_->allocate(graph, 0)),
        plan_(backend_->compile(graph, options, *memory_)) {
    Philox stream(0, "choices");
    for (size_t p = 0; p < graph.params.size(); ++p) {
      std::vector<double> values(static_cast<size_t>(graph.params[p].shape.count()), 1.0);
      if (graph.params[p].trainable)
        for (double& v : values) v = 0.1 * stream.normal();
      memory_->write(Part::weights, static_cast<ParamId>(p), values);
    }
    for (float& v : plan_->inputs().x) v = static_cast<float>(stream.normal());
  }
  /// The shortest of each step, both ways, make up the time of all: a disturbance rarely hits one twice. Returns what
  /// this round took.
  double time() {
    plan_->set_profile(true);
    plan_->forward(nullptr);
    plan_->backward();
    const std::vector<StepTime> times = plan_->times();
    shortest_.resize(times.size(), 1e9);
    double sum = 0;
    seconds = 0;
    for (size_t i = 0; i < times.size(); ++i) {
      if (!times[i].name.starts_with("op")) continue;
      shortest_[i] = std::min(shortest_[i], times[i].seconds);
      seconds += shortest_[i];
      sum += times[i].seconds;
    }
    return sum;
  }
  const ConvKernel kernel;
  double seconds = 1e9;

 private:
  std::vector<double> shortest_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Memory> memory_;
  std::unique_ptr<Plan> plan_;
};

double flops(const Row& row, const ConvChannels& c) {
  const double side = (row.plane + row.stride - 1) / row.stride;
  return 6.0 * batch * side * side * row.kernel * row.kernel * c.in * c.out;
}

std::string ranking(const Row& row, const ConvChannels& channels) {
  if (flops(row, channels) > most_flops) return "....";
  size_t tested = 0;
  const Graph graph = graph_of(row, channels, tested);
  PlanOptions options;
  options.batch = batch;
  options.training = true;
  options.exact = row.method == Method::exact;
  std::vector<std::unique_ptr<Run>> runs;
  double best = 1e9;
  for (const ConvKernel kernel : conv_kernels) {
    const KernelChoices choices{.conv_kernel = name_of(kernel)};
    if (pattern_of(kernel).match(Chain(graph, graph.only_readers(), tested, options, choices, choose_kernels())) == 0)
      continue;
    runs.push_back(std::make_unique<Run>(kernel, graph, options));
    for (int warm = 0; warm < 2; ++warm) runs.back()->time();
    best = std::min(best, runs.back()->seconds);
  }
  double spent = 0;
  for (int round = 0; round < fewest_rounds || (round < most_rounds && spent < enough); ++round)
    for (const auto& run : runs)
      if (run->seconds < hopeless * best) spent += run->time();
  for (const auto& run : runs)
    if (run->kernel == ConvKernel::onednn || run->kernel == ConvKernel::columns) run->seconds *= handicap;
  std::sort(runs.begin(), runs.end(), [](const auto& a, const auto& b) { return a->seconds < b->seconds; });
  std::string letters;
  std::fprintf(stderr, "%d>%d %dx%d/%d at %d:", channels.in, channels.out, row.kernel, row.kernel, row.stride,
               row.plane);
  for (const auto& run : runs) {
    letters += name_of(run->kernel)[0];
    std::fprintf(stderr, " %s %.0f", name_of(run->kernel), 1e6 * run->seconds);
  }
  std::fputc('\n', stderr);
  letters.resize(4, '.');
  return letters;
}

}  // namespace

int main(int argc, char** argv) {
  size_t part = 1, parts = 1;
  if (argc > 2 || (argc == 2 && (std::sscanf(argv[1], "%zu/%zu", &part, &parts) != 2 || part < 1 || part > parts))) {
    std::fprintf(stderr, "usage: bench-choices [PART/PARTS]\n");
    return 2;
  }
  try {
    const auto backend = make_backend("cpu", 0);
    const std::string isa = backend->isa().starts_with("avx512") ? "avx512" : backend->isa();
    const int library = library_major(choose_kernels());
    const std::string version = library > 0 ? backend->libraries().at(0) : "no oneDNN";
    if (part == 1)
      std::printf("// %s %d: %s, %s, %d threads, batch %d\n", isa.c_str(), library, backend->processor().c_str(),
                  version.c_str(), backend->team().size(), static_cast<int>(batch));
    const std::vector<Row> all = rows();
    for (size_t i = part - 1; i < all.size(); i += parts) {
      const Row& row = all[i];
      constexpr const char *behinds[] = {"relu", "pool", "norm"}, *methods[] = {"fast", "exact", "both"};
      std::string line;
      for (const ConvChannels& c : measured_channels) line += (line.empty() ? "" : " ") + ranking(row, c);
      std::printf("{\"%s\", %d, %s, %s, %d, %d, %d, \"%s\"},\n", isa.c_str(), library,
                  behinds[static_cast<int>(row.behind)], methods[static_cast<int>(row.method)], row.kernel, row.stride,
                  row.plane, line.c_str());
      std::fflush(stdout);
    }
  } catch (const Error& e) {
    std::fprintf(stderr, "bench-choices: %s\n", e.what());
    return 1;
  }
  return 0;
}
