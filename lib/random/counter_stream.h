// SPDX-License-Identifier: MIT
// Random numbers that depend on a key and on their place alone: a device can draw them for itself, in any order.
// Sources: tensorflow.h and jax.h, which draw the same numbers in sequence.
#pragma once

#include <array>
#include <cstdint>

namespace nn {

struct CounterStream {
  /// philox: 4x32 with 10 rounds, as TensorFlow uses it. threefry: 2x32 with 20 rounds, as JAX uses it.
  enum class Kind { philox, threefry };
  Kind kind = Kind::philox;
  std::array<uint32_t, 2> key{};
  std::array<uint32_t, 2> high{};  ///< philox: the upper half of the counter
};

/// Whether dropout with that rate keeps the element that is drawn at that place, counted from 0.
bool keeps(const CounterStream& stream, double rate, uint64_t place);

}  // namespace nn
