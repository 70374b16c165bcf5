// SPDX-License-Identifier: MIT
#include "random/counter_stream.h"

#include "base/rng.h"
#include "random/jax.h"
#include "random/tensorflow.h"

namespace nn {

bool keeps(const CounterStream& s, double rate, uint64_t place) {
  if (s.kind == CounterStream::Kind::threefry) return jax_unit(s.key, place) < static_cast<float>(1 - rate);
  const uint64_t block = place / 4;
  const auto four =
      philox({static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32), s.high[0], s.high[1]}, s.key);
  return tensorflow_unit(four[place % 4]) >= static_cast<float>(rate);
}

}  // namespace nn
