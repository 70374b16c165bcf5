// SPDX-License-Identifier: MIT
#include "backend/cpu/conv/choices.h"

#include <algorithm>
#include <cmath>

namespace nn::cpu {
namespace {

constexpr Epilogue relu = Epilogue::relu, pool = Epilogue::pool, norm = Epilogue::norm;
constexpr Method fast = Method::fast, exact = Method::exact, both = Method::both;
constexpr ConvChoices table[] = {
#include "backend/cpu/conv/choices.def"
};

/// Of a kind whose measurements say little about another kind: more than any difference of sizes.
constexpr double other_kind = 100;

double ratio(double a, double b) { return std::fabs(std::log2(std::max(a, 1.0) / std::max(b, 1.0))); }

/// In doublings. Sizes of kernels count four times: they decide which methods there are.
double distance(const ConvCase& c, const ConvChoices& row) {
  double d = 4 * ratio(c.kernel, row.kernel) + ratio(c.plane, row.plane);
  if (row.method != Method::both && row.method != c.method) d += other_kind;
  if (row.behind != c.behind) d += other_kind / 2;
  return d;
}

/// Instruction sets that differ in bf16 alone share their convolutions.
std::string_view family(std::string_view isa) { return isa.starts_with("avx512") ? std::string_view("avx512") : isa; }

/// The library of the rows to read: the one in use, else the newest, whose rows rank our own kernels as well; -1: none.
int measured_library(std::string_view isa, int library) {
  int found = -1;
  for (const ConvChoices& row : table) {
    if (row.isa != isa) continue;
    if (row.library == library) return library;
    found = std::max(found, row.library);
  }
  return found;
}

/// Where nothing was measured, as of strides: few channels with the samples side by side, but blocks where they join a
/// batch norm or have a whole vector of channels.
std::string_view rule(const ConvCase& c, std::string_view isa) {
  if (c.stride > 1) return isa == "avx2" ? "lcob" : "locb";  // of few outputs, as they were measured
  const double fewest = std::min(c.in, c.out), most = std::max(c.in, c.out);
  if (fewest >= 16) return "boc";
  return most >= 16 || c.behind == Epilogue::norm ? "bloc" : "lboc";
}

}  // namespace

const char* name_of(ConvKernel kernel) {
  constexpr const char* names[] = {"block", "lanes", "onednn", "columns"};
  return names[static_cast<size_t>(kernel)];
}

std::span<const ConvChoices> conv_choices() { return table; }

std::vector<ConvKernel> choose(const ConvCase& c, std::string_view isa, int library) {
  isa = family(isa);
  const int measured = measured_library(isa, library);
  std::string_view best = rule(c, isa);
  double least = INFINITY;
  for (const ConvChoices& row : table) {
    if (row.isa != isa || row.library != measured || (row.stride > 1) != (c.stride > 1)) continue;
    const double near = distance(c, row);
    for (size_t k = 0; k < std::size(measured_channels); ++k) {
      const double d = near + ratio(c.in, measured_channels[k].in) + ratio(c.out, measured_channels[k].out);
      if (d < least && row.ranking(k)[0] != '.') least = d, best = row.ranking(k);
    }
  }
  std::vector<ConvKernel> ranked;
  for (const char letter : best)
    for (const ConvKernel kernel : conv_kernels)
      if (name_of(kernel)[0] == letter && (kernel != ConvKernel::onednn || library > 0)) ranked.push_back(kernel);
  for (const ConvKernel kernel : conv_kernels)  // what was not measured in this case
    if (kernel != ConvKernel::onednn && std::find(ranked.begin(), ranked.end(), kernel) == ranked.end())
      ranked.push_back(kernel);
  return ranked;
}

}  // namespace nn::cpu
