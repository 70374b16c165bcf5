// SPDX-License-Identifier: MIT
#include "train/weight_copy.h"

namespace nn {
namespace {

size_t count_of(const Memory& memory) {
  size_t n = 0;
  for (const Param& p : memory.graph().params) n += static_cast<size_t>(p.shape.count());
  return n;
}

}  // namespace

void WeightCopy::take(const Memory& memory) {
  values_.resize(count_of(memory));
  size_t at = 0;
  for (size_t p = 0; p < memory.graph().params.size(); ++p) {
    const size_t n = static_cast<size_t>(memory.graph().params[p].shape.count());
    memory.read(Part::weights, static_cast<ParamId>(p), std::span(values_).subspan(at, n));
    at += n;
  }
}

void WeightCopy::put(Memory& memory) const {
  size_t at = 0;
  for (size_t p = 0; p < memory.graph().params.size(); ++p) {
    const size_t n = static_cast<size_t>(memory.graph().params[p].shape.count());
    memory.write(Part::weights, static_cast<ParamId>(p), std::span(values_).subspan(at, n));
    at += n;
  }
}

void WeightCopy::state(State& state) { state.field("weights", values_); }

}  // namespace nn
