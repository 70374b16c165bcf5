// SPDX-License-Identifier: MIT
// Random streams. A Stream is 32-bit words in a fixed order; its place can be saved and restored by name.
// The default one is Philox 4x32-10 (Salmon et al., SC 2011), keyed by seed and by the name of its use, so that one use
// never shifts another. Streams of the frameworks (Mersenne Twister, PCG) implement the same interface.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nn {

class Stream {
 public:
  virtual ~Stream() = default;
  virtual void words(std::span<uint32_t> out) = 0;      ///< the next out.size() words
  virtual std::vector<uint64_t> state() const = 0;      ///< for checkpoints
  virtual void restore(std::span<const uint64_t>) = 0;  ///< what state() gave

  uint32_t word();
  double uniform();                             ///< [0,1), 53 bits, two words
  double normal();                              ///< mean 0, deviation 1 (Box-Muller, no state kept)
  uint64_t below(uint64_t n);                   ///< 0..n-1 without bias; n > 0
  std::vector<int64_t> permutation(int64_t n);  ///< Fisher-Yates
};

/// One block of Philox 4x32-10: a pure function of counter and key.
std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

class Philox final : public Stream {
 public:
  /// use: "shuffle", "init", "dropout", "augment", "split", ...
  Philox(uint64_t seed, std::string_view use);
  void words(std::span<uint32_t> out) override;
  std::vector<uint64_t> state() const override { return {index_}; }
  void restore(std::span<const uint64_t> state) override;  ///< Error unless it is one word
  /// Random access: words index..index+out.size()-1, from any thread.
  void at(uint64_t index, std::span<uint32_t> out) const;

 private:
  uint64_t key_;
  uint64_t index_ = 0;
};

}  // namespace nn
