// SPDX-License-Identifier: MIT
// The table of kernel choices: whole, read as it was written, and an answer for every convolution.
#include "backend/cpu/choices.h"

#include <set>
#include <string>
#include <tuple>

#include "backend/cpu/pattern.h"
#include "backend/examples.h"
#include "catch.h"

using namespace nn;
using namespace nn::cpu;
using test::pick;

namespace {

std::string letters(const std::vector<ConvKernel>& kernels) {
  std::string s;
  for (const ConvKernel k : kernels) s += name_of(k)[0];
  return s;
}

ConvCase case_of_row(const ConvChoices& row, const ConvChannels& c, Method method) {
  return {row.behind, method, double(row.kernel), double(row.stride), double(row.plane), double(c.in), double(c.out)};
}

}  // namespace

TEST_CASE("the table of choices is whole: a ranking of known kernels in every column, no case twice", "[choices]") {
  std::set<std::tuple<std::string, int, int, int, int, int, int>> seen;
  for (const ConvChoices& row : conv_choices()) {
    INFO(row.isa << ' ' << row.library << ", kernel " << row.kernel << ", plane " << row.plane);
    REQUIRE(std::string_view(row.rankings).size() == 5 * std::size(measured_channels) - 1);
    CHECK(seen.emplace(row.isa, row.library, int(row.behind), int(row.method), row.kernel, row.stride, row.plane).second);
    for (size_t k = 0; k < std::size(measured_channels); ++k) {
      const std::string_view ranking = row.ranking(k);
      const std::string_view kernels = ranking.substr(0, ranking.find('.'));
      CHECK(ranking.substr(kernels.size()).find_first_not_of('.') == std::string_view::npos);
      CHECK(kernels.find_first_not_of(row.library > 0 ? "bloc" : "blc") == std::string_view::npos);
      CHECK(std::set<char>(kernels.begin(), kernels.end()).size() == kernels.size());
    }
  }
}

TEST_CASE("a measured case is chosen as it was measured", "[choices]") {
  for (const ConvChoices& row : conv_choices())
    for (size_t k = 0; k < std::size(measured_channels); ++k)
      for (const Method method : {Method::fast, Method::exact}) {
        if (row.ranking(k)[0] == '.' || (row.method != Method::both && row.method != method)) continue;
        const auto found = letters(choose(case_of_row(row, measured_channels[k], method), row.isa, row.library));
        const std::string_view ranking = row.ranking(k);
        INFO(row.isa << ' ' << row.library << ", kernel " << row.kernel << ", plane " << row.plane << ", column " << k);
        CHECK(found.starts_with(ranking.substr(0, ranking.find('.'))));
      }
}

TEST_CASE("every convolution gets a ranking of all kernels that are there, always the same", "[choices]") {
  test::Random random(1);
  for (int i = 0; i < 2000; ++i) {
    const ConvCase c{Behind(pick(random, 0, 2)), Method(pick(random, 0, 1)), double(pick(random, 1, 15)), double(pick(random, 1, 5)),
                     double(pick(random, 1, 300)), double(pick(random, 1, 2000)), double(pick(random, 1, 2000))};
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
      const ConvCase c{Behind::pool, Method::fast, 3, 1, plane, channels, channels};
      CHECK(choose(c, "avx512_amx", 2) == choose(c, "avx512", 2));
    }
}

TEST_CASE("each kernel of convolutions has its pattern", "[choices]") {
  for (const ConvKernel kernel : conv_kernels) CHECK(std::string("conv_") + name_of(kernel) == pattern_of(kernel).name);
}
