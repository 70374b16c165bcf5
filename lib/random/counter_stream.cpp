// SPDX-License-Identifier: MIT
#include "random/counter_stream.h"

#include <bit>

#include "base/rng.h"
#include "random/jax.h"

namespace nn {

bool keeps(const CounterStream& s, double rate, uint64_t place) {
  if (s.kind == CounterStream::Kind::philox) {
    const uint64_t block = place / 4;
    const auto four =
        philox({static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32), s.high[0], s.high[1]}, s.key);
    const float unit = std::bit_cast<float>(0x3F800000U | (four[place % 4] & 0x7FFFFFU)) - 1;
    return unit >= static_cast<float>(rate);
  }
  const auto [a, b] = threefry(s.key, {static_cast<uint32_t>(place >> 32), static_cast<uint32_t>(place)});
  const float unit = std::bit_cast<float>(0x3F800000U | (a ^ b) >> 9) - 1;
  return unit < static_cast<float>(1 - rate);
}

}  // namespace nn
