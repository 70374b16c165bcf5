// SPDX-License-Identifier: MIT
// The machine and the work, without a network being run.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "backend/cost.h"
#include "backend/peak.h"
#include "base/shape.h"
#include "data/batches.h"
#include "losses/loss.h"
#include "model/network.h"
#include "options.h"
#include "train/machine.h"

namespace nn::bench {
namespace {

constexpr std::array<size_t, 4> triad_mb{1, 8, 64, 1024};

Shape input_of(const Net& net) { return std::string(net.dataset) == "random" ? Shape{768} : Shape{1, 28, 28}; }

std::string work_line(const Net& net, const BenchOptions& o) {
  const Network network(layers_of(net, o.width), input_of(net));
  Graph graph = network.lower();
  append_loss(graph, *make_loss("cross_entropy"), 0);
  const int64_t batch = o.batch.value_or(net.batch);
  int64_t parameters = 0;
  for (const Param& p : graph.params) parameters += p.trainable ? p.shape.count() : 0;
  return fmt::format("{}\t{}\t{:.4g}\t{}\n", net.name, batch, direct_flops(graph, batch) / 1e6, parameters);
}

}  // namespace

Exit describe_work(cli::Run& run, const BenchOptions& o) {
  std::string text = "net\tbatch\tmillion_operations\tparameters\n";
  for (const Net* net : nets())
    if (o.net.empty() || o.net == net->name) text += work_line(*net, o);
  run.print(text);
  return Exit::done;
}

Exit describe_machine(cli::Run& run, const BenchOptions& o) {
  const int most = run.common().threads;
  std::string text;
  for (const auto& [name, value] : machine_of(*make_backend(o.device, 1))) text += fmt::format("{}\t{}\n", name, value);
  text += fmt::format("threads\t{}\n", most);
  text += fmt::format("multiply-adds\t{}\n", multiply_add_isa());
  for (int threads = 1; threads <= most; threads = threads < most ? std::min(threads * 2, most) : most + 1) {
    Team team(threads);
    text += fmt::format("gflops {}\t{:.1f}\n", threads, measure_multiply_adds(team, 0.2));
    for (const size_t mb : triad_mb) text += fmt::format("triad {} MB {}\t{:.1f}\n", mb, threads, measure_triad(team, mb << 20, mb > 100 ? 0.5 : 0.1));
  }
  run.print(text);
  return Exit::done;
}

}  // namespace nn::bench
