// SPDX-License-Identifier: MIT
// The machine and the work, without a network being run.
#include "train/run/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "backend/cpu/kernels/bf16.h"
#include "backend/cpu/plan/floats.h"
#include "backend/peak.h"
#include "base/shape.h"
#include "data/batches.h"
#include "graph/cost.h"
#include "losses/loss.h"
#include "model/network.h"
#include "options.h"

namespace nn::bench {
namespace {

constexpr std::array<size_t, 4> triad_mb{1, 8, 64, 1024};

std::string work_line(const Net& net, const BenchOptions& o) {
  const Network network(layers_of(net, o.width), sample_shape(net));
  Graph graph = network.lower();
  append_loss(graph, *make_loss("cross_entropy"), 0);
  const int64_t batch = o.batch.value_or(net.batch);
  int64_t parameters = 0;
  for (const Param& p : graph.params) parameters += p.trainable ? p.shape.count() : 0;
  return fmt::format("{}\t{}\t{:.4g}\t{}\n", net.name, batch, direct_flops(graph, batch) / 1e6, parameters);
}

/// Billions of operations a second that the processor's kernels make with bf16 numbers in the first cache, by tiles
/// where it has them, which neighbours slow down otherwise than vectors. A millisecond; as many times the slowest
/// thread's as there are.
double bf16_products(Team& team) {
  constexpr int64_t rows = 32, words = 128, at_once = 10;
  constexpr double seconds = 0.001, operations = 4.0 * rows * rows * words * at_once;
  const cpu::Bf16Kernels& kernels = *cpu::choose_kernels().in_bf16;
  std::vector<double> rates(static_cast<size_t>(team.size()));
  team.run(team.size(), [&](int tile, int) {
    const cpu::Aligned<uint32_t> a(rows * words), b(words * rows);
    const cpu::Floats c(rows * rows);
    const cpu::Bf16Gemm g{.m = rows,
                          .n = rows,
                          .k = words,
                          .a = a.get(),
                          .a_row = words,
                          .b = b.get(),
                          .b_row = rows,
                          .c = c.get(),
                          .c_row = rows};
    const cpu::Bf16Products unit(kernels);
    const double begin = now_seconds();
    double then = begin, done = 0;
    do {
      for (int64_t i = 0; i < at_once; ++i) kernels.gemm(g);
      done += operations;
      then = now_seconds();
    } while (then < begin + seconds);
    rates[static_cast<size_t>(tile)] = done / (then - begin);
  });
  return team.size() * *std::min_element(rates.begin(), rates.end()) / 1e9;
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
    for (const size_t mb : triad_mb)
      text += fmt::format("triad {} MB {}\t{:.1f}\n", mb, threads, measure_triad(team, mb << 20, mb > 100 ? 0.5 : 0.1));
  }
  run.print(text);
  return Exit::done;
}

Exit describe_now(cli::Run& run, const BenchOptions&) {
  Team team(run.common().threads);
  const double products = bf16_products(team);
  run.print(fmt::format("{:.1f}\t{:.1f}\n", measure_multiply_adds(team, 0),
                        products));  // one run: the best of several would miss a loud moment
  return Exit::done;
}

}  // namespace nn::bench
