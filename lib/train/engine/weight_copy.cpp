// SPDX-License-Identifier: MIT
#include "train/engine/weight_copy.h"

#include <limits>

#include "base/text/number.h"

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

void WeightCopy::state(State& state) {
  state.growing("weights", values_);
  if (!state.restoring()) return;
  if (!values_.empty() && values_.size() != count_)
    state.refuse("weights", value_text(count_) + " values, or none", value_text(values_.size()));
  const auto most = static_cast<double>(std::numeric_limits<float>::max());  // a model file holds floats
  state.check_each("weights", values_, -most, most);
}

}  // namespace nn
