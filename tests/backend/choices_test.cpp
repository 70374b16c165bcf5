// SPDX-License-Identifier: MIT
// The table of kernel choices: whole, read as it was written, and an answer for every convolution.
#include "backend/cpu/conv/choices.h"

#include <algorithm>
#include <set>
#include <string>
#include <tuple>

#include "backend/cpu/plan/pattern.h"
#include "backend/each_isa.h"
#include "backend/examples.h"
#include "catch.h"
#include "graph/graph_builder.h"

using namespace nn;
using namespace nn::cpu;
using test::on_each_isa;
using test::pick;

namespace {

std::string letters(const std::vector<ConvKernel>& kernels) {
  std::string s;
  for (const ConvKernel k : kernels) s += name_of(k)[0];
  return s;
}

/// The convolution that a row of the table was measured with, and what stands behind it.
Graph measured_graph(const ConvChoices& row, const ConvChannels& c) {
  test::GraphBuilder b;
  ValueId x = b.conv(b.input({c.in, row.plane, row.plane}), c.out, row.kernel, row.stride, row.kernel / 2);
  if (row.behind == Epilogue::norm) x = b.batch_norm(x);
  x = b.map(x, "relu");
  if (row.behind != Epilogue::relu) x = b.pool(x, Pool::Kind::max, 2, 2);
  return b.mse(b.matmul(b.flatten(x), 3));
}

}  // namespace

TEST_CASE("the table of choices is whole: a ranking of known kernels in every column, no case twice", "[choices]") {
  std::set<std::tuple<std::string, int, int, int, int, int, int>> seen;
  for (const ConvChoices& row : conv_choices()) {
    INFO(row.isa << ' ' << row.library << ", kernel " << row.kernel << ", plane " << row.plane);
    REQUIRE(std::string_view(row.rankings).size() == 5 * std::size(measured_channels) - 1);
    CHECK(
        seen.emplace(row.isa, row.library, int(row.behind), int(row.method), row.kernel, row.stride, row.plane).second);
    for (size_t k = 0; k < std::size(measured_channels); ++k) {
      const std::string_view ranking = row.ranking(k);
      const std::string_view kernels = ranking.substr(0, ranking.find('.'));
      CHECK(ranking.substr(kernels.size()).find_first_not_of('.') == std::string_view::npos);
      CHECK(kernels.find_first_not_of(row.library > 0 ? "bloc" : "blc") == std::string_view::npos);
      CHECK(std::set<char>(kernels.begin(), kernels.end()).size() == kernels.size());
    }
  }
}

TEST_CASE("a plan does a measured convolution by the kernel that was fastest", "[choices]") {
  size_t plans = 0;
  bool measured = false;
  on_each_isa([&](const Kernels& k) {
    const auto backend = make_backend("cpu", 1);
    // A library that was not measured, or none, is taken for the newest that was.
    const auto is_of = [&](const ConvChoices& row) { return std::string_view(k.isa).starts_with(row.isa); };
    const int major = library_major(k);
    int library = -1;
    for (const ConvChoices& row : conv_choices())
      if (is_of(row) && library != major) library = row.library == major ? major : std::max(library, row.library);
    measured = measured || library >= 0;
    for (const ConvChoices& row : conv_choices()) {
      if (!is_of(row) || row.library != library || row.plane > 14) continue;
      for (size_t column = 0; column < std::size(measured_channels); column += 2) {
        std::string ranking(row.ranking(column));
        if (major == 0) std::erase(ranking, 'o');
        const char fastest = ranking[0];
        if (fastest == '.') continue;
        const Graph graph = measured_graph(row, measured_channels[column]);
        const auto plan_by = [&](const char* kernel) {
          const auto backend = nn::test::cpu_by(1, {.conv_kernel = kernel});
          const auto memory = backend->allocate(graph, 0);
          return backend->compile(graph, {.batch = 64, .training = true, .exact = row.method == Method::exact}, *memory)
              ->describe();
        };
        const auto found = plan_by("");
        for (const ConvKernel kernel : conv_kernels) {
          INFO(k.isa << ", kernel " << row.kernel << ", plane " << row.plane << ", column " << column << ": "
                     << found.at(0) << " for " << fastest);
          if (name_of(kernel)[0] == fastest) CHECK(found == plan_by(name_of(kernel)));
        }
        ++plans;
      }
    }
  });
  CHECK((plans > 0) == measured);  // of portable nothing was
}

TEST_CASE("sizes between the measured ones are chosen as a neighbour, other methods by rows of their own",
          "[choices]") {
  // By hand from the measurements of the first lines of choices.def: ten samples of what a benchmark saw.
  const auto best = [](Epilogue behind, Method method, double kernel, double stride, double plane, double in,
                       double out) {
    return letters(choose({behind, method, kernel, stride, plane, in, out}, "avx512", 2)).substr(0, 1);
  };
  CHECK(best(Epilogue::relu, Method::fast, 3, 1, 28, 1, 8) == "l");    // few channels: samples side by side
  CHECK(best(Epilogue::relu, Method::fast, 3, 1, 30, 1, 9) == "l");    // near it
  CHECK(best(Epilogue::relu, Method::fast, 3, 1, 28, 32, 32) == "b");  // whole vectors of channels: blocks
  CHECK(best(Epilogue::relu, Method::fast, 3, 1, 26, 36, 36) == "b");
  CHECK(best(Epilogue::norm, Method::fast, 5, 1, 12, 3, 16) == "o");  // 5x5 behind which a batch norm follows
  CHECK(best(Epilogue::relu, Method::fast, 5, 1, 12, 3, 16) == "l");  // and without it
  CHECK(best(Epilogue::relu, Method::fast, 5, 1, 28, 3, 64) == "o");
  CHECK(best(Epilogue::relu, Method::fast, 5, 1, 56, 3, 64) ==
        "o");  // the size of the kernel counts for more than the plane's
  CHECK(best(Epilogue::relu, Method::exact, 3, 1, 14, 16, 16) == "o");  // exact, where fast has blocks
  CHECK(best(Epilogue::relu, Method::fast, 3, 1, 14, 16, 16) == "b");
}

TEST_CASE("every convolution gets a ranking of all kernels that are there, always the same", "[choices]") {
  test::Random random(1);
  for (int i = 0; i < 2000; ++i) {
    const ConvCase c{Epilogue(pick(random, 0, 2)), Method(pick(random, 0, 1)),   double(pick(random, 1, 15)),
                     double(pick(random, 1, 5)),   double(pick(random, 1, 300)), double(pick(random, 1, 2000)),
                     double(pick(random, 1, 2000))};
    for (const char* isa : {"portable", "avx2", "avx512", "avx512_bf16", "avx512_amx", "sve"})
      for (const int library : {0, 2, 3, 9}) {
        const std::string found = letters(choose(c, isa, library));
        INFO(isa << ' ' << library << ": " << found);
        const std::set<char> kernels(found.begin(), found.end());
        CHECK(kernels.size() == found.size());
        CHECK((library > 0 || kernels.count('o') == 0));
        for (const char own : {'b', 'l', 'c'}) CHECK(kernels.count(own) == 1);
        CHECK(letters(choose(c, isa, library)) == found);
      }
  }
}

TEST_CASE("instruction sets that differ in bf16 alone choose alike", "[choices]") {
  for (const double channels : {1, 8, 32, 128})
    for (const double plane : {7, 28}) {
      const ConvCase c{Epilogue::pool, Method::fast, 3, 1, plane, channels, channels};
      CHECK(choose(c, "avx512_amx", 2) == choose(c, "avx512", 2));
    }
}

TEST_CASE("each kernel of convolutions has its pattern", "[choices]") {
  for (const ConvKernel kernel : conv_kernels) CHECK(std::string("conv_") + name_of(kernel) == pattern_of(kernel).name);
}
