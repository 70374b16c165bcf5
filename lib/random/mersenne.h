// SPDX-License-Identifier: MIT
// MT19937 (Matsumoto, Nishimura 1998), the generator of torch on the CPU, of numpy's legacy state and of Python's
// random. 624 words are made at a time, in loops that a compiler vectorises (rooms.cmake asks for it).
#pragma once

#include <array>

#include "base/rng.h"

namespace nn {

class Mersenne final : public Stream {
 public:
  static constexpr size_t size = 624;
  explicit Mersenne(uint32_t seed);  ///< init_genrand: torch.manual_seed (low 32 bits), numpy.random.seed
  explicit Mersenne(std::span<const uint32_t> key);  ///< init_by_array: Python's random.seed
  void words(std::span<uint32_t> out) override;
  uint32_t next();
  uint64_t next64() {  ///< the first word is the upper half, as torch's random64
    const uint64_t high = next();
    return high << 32 | next();
  }
  /// mask[i]: all ones where the lower 53 bits of the next next64() are below the limit, which is 2^53 at most.
  void below(uint64_t limit, std::span<uint32_t> mask);
  std::vector<uint64_t> state() const override;  ///< 624 words and the place
  void restore(std::span<const uint64_t> state) override;

 private:
  void start(uint32_t seed);
  void refill();

  std::array<uint32_t, size> state_;
  size_t at_ = size;
};

}  // namespace nn
