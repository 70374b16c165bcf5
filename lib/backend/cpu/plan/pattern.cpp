// SPDX-License-Identifier: MIT
#include "backend/cpu/plan/pattern.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "backend/cpu/conv/kinds.h"
#include "backend/cpu/kernels/bf16.h"

namespace nn::cpu {

#define PLUGIN_TYPE Pattern
#define PLUGIN_TABLE patterns
#define PLUGIN_OBJECT(name) name##_pattern
#define PLUGIN_LIST "backend/cpu/plan/patterns.def"
#include "base/plugin_table.inc"

Chain::Chain(const Graph& g, const std::vector<const Op*>& only_readers, size_t first, const PlanOptions& o,
             const KernelChoices& c, const Kernels& k)
    : graph(g), options(o), choices(c), kernels(k) {
  ops_.push_back(&g.ops.at(first));
  while (o.fuse && ops_.size() < longest) {
    const Op* next = only_readers[static_cast<size_t>(ops_.back()->output)];
    if (!next || next != ops_.back() + 1) return;
    if (next->inputs.size() != 1 && !std::holds_alternative<Add>(next->what)) return;
    ops_.push_back(next);
  }
}

bool by_bf16_words(const KernelChoices& choices, const Kernels& kernels) {
  return kernels.in_bf16->convolutions && choices.bf16_words.value_or(kernels.in_bf16->tiles);
}

ConvCase case_of(const Chain& chain) {
  const Conv& c = *chain.as<Conv>(0);
  const auto side = [](int64_t h, int64_t w) { return std::sqrt(static_cast<double>(h * w)); };
  Epilogue behind = Epilogue::relu;
  if (chain.as<BatchNorm>(1))
    behind = Epilogue::norm;
  else if (chain.as<Pool>(1) || (chain.as<Map>(1) && chain.as<Pool>(2)))
    behind = Epilogue::pool;
  return {behind,
          chain.options.exact ? Method::exact : Method::fast,
          side(c.kernel_h, c.kernel_w),
          static_cast<double>(std::max(c.stride_h, c.stride_w)),
          side(chain.in()[1], chain.in()[2]),
          static_cast<double>(c.in_channels / c.groups),
          static_cast<double>(c.out_channels / c.groups)};
}

std::vector<ValueId> inputs_of(const Graph& graph, size_t first, size_t count) {
  std::vector<ValueId> inputs = graph.ops[first].inputs;
  for (size_t i = first + 1; i < first + count; ++i)
    for (const ValueId v : graph.ops[i].inputs)
      if (v != graph.ops[i - 1].output) inputs.push_back(v);
  return inputs;
}

const Pattern& pattern_of(ConvKernel kernel) {
  for (const Pattern* p : patterns())
    if (p->name == std::string("conv_") + name_of(kernel)) return *p;
  throw std::logic_error(std::string("no pattern for convolutions of kind ") + name_of(kernel));
}

std::vector<const Pattern*> candidates(const Chain& chain) {
  std::vector<const Pattern*> list;
  if (!chain.as<Conv>(0)) {
    for (const Pattern* p : patterns()) list.push_back(p);
    return list;
  }
  if (chain.options.precision == Precision::bf16 && in_bf16(*chain.as<Conv>(0)))
    return {&pattern_of(ConvKernel::block)};
  const Conv& conv = *chain.as<Conv>(0);
  if (is_depthwise(conv) || is_product(conv)) list.push_back(&pattern_of(ConvKernel::block));
  for (const ConvKernel kernel : choose(case_of(chain), chain.kernels.isa, library_major(chain.kernels)))
    list.push_back(&pattern_of(kernel));
  for (const ConvKernel kernel : conv_kernels)
    if (chain.choices.conv_kernel == name_of(kernel)) list.insert(list.begin(), &pattern_of(kernel));
  return list;
}

bool Chain::is_map(size_t k, std::string_view function) const {
  const Map* map = as<Map>(k);
  return map && map->function == function;
}

}  // namespace nn::cpu
