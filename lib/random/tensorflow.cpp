// SPDX-License-Identifier: MIT
#include "random/tensorflow.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>

#include "base/rng.h"

namespace nn {
namespace {

/// Words of a Philox stream from a counter on; the counter has 128 bits, its lowest word first.
class Words {
 public:
  Words(std::array<uint32_t, 2> key, std::array<uint32_t, 2> high, uint64_t block)
      : key_(key), high_(high), block_(block) {}
  uint32_t next() {
    if (at_ == 4) {
      four_ = philox({static_cast<uint32_t>(block_), static_cast<uint32_t>(block_ >> 32), high_[0], high_[1]}, key_);
      ++block_;
      at_ = 0;
    }
    return four_[at_++];
  }

 private:
  std::array<uint32_t, 2> key_, high_;
  std::array<uint32_t, 4> four_{};
  uint64_t block_;
  size_t at_ = 4;
};

struct Pair {
  float first, second;
};

/// The float functions are the C library's, whose last bits TensorFlow's values have.
Pair box_muller(Words& words) {
  const uint32_t a = words.next(), b = words.next();
  const float u1 = std::max(tensorflow_unit(a), 1.0e-7F);
  const float angle = static_cast<float>(2 * std::numbers::pi * static_cast<double>(tensorflow_unit(b)));
  const float r = std::sqrt(-2.0F * std::log(u1));
  return {std::sin(angle) * r, std::cos(angle) * r};
}

}  // namespace

float tensorflow_unit(uint32_t word) { return std::bit_cast<float>(0x3F800000U | (word & 0x7FFFFFU)) - 1; }

TensorFlowDraws::TensorFlowDraws(KerasSeed seed) {
  constexpr int64_t largest = 2147483646;  // Keras reduces seeds below it before they become int32
  const auto reduced = [](int64_t s) { return static_cast<uint32_t>(((s % largest) + largest) % largest); };
  const auto m = philox({reduced(seed.seed), 0, reduced(seed.counter), 0}, {0x3EC8F720U, 0x02461E29U});
  key_[0] = m[0], key_[1] = m[1];
  high_[0] = m[2], high_[1] = m[3];
}

void TensorFlowDraws::uniform(double low, double high, std::span<double> w) {
  const float from = static_cast<float>(low), range = static_cast<float>(high) - from;
  Words words({key_[0], key_[1]}, {high_[0], high_[1]}, 0);
  for (double& x : w) {
    const float scaled = tensorflow_unit(words.next()) * range;  // two operations, each rounded
    x = scaled + from;
  }
}

void TensorFlowDraws::normal(double mean, double deviation, std::span<double> w) {
  const float m = static_cast<float>(mean), s = static_cast<float>(deviation);
  Words words({key_[0], key_[1]}, {high_[0], high_[1]}, 0);
  for (size_t i = 0; i < w.size(); i += 2) {
    const Pair pair = box_muller(words);
    const float first = pair.first * s, second = pair.second * s;
    w[i] = first + m;
    if (i + 1 < w.size()) w[i + 1] = second + m;
  }
}

void TensorFlowDraws::truncated(double deviation, std::span<double> w) {
  const float s = static_cast<float>(deviation);
  for (size_t group = 0; group * 4 < w.size(); ++group) {
    Words words({key_[0], key_[1]}, {high_[0], high_[1]}, group * 256);
    float four[4];
    for (size_t got = 0; got < 4;) {
      const Pair pair = box_muller(words);
      for (const float x : {pair.first, pair.second})
        if (std::fabs(x) < 2 && got < 4) four[got++] = x;
    }
    for (size_t i = 0; i < 4 && group * 4 + i < w.size(); ++i) w[group * 4 + i] = four[i] * s;
  }
}

void TensorFlowDraws::keep(double rate, std::span<uint32_t> mask) const {
  const float limit = static_cast<float>(rate);
  Words words({key_[0], key_[1]}, {high_[0], high_[1]}, 0);
  for (uint32_t& m : mask) m = tensorflow_unit(words.next()) >= limit ? 0xFFFFFFFFU : 0;
}

std::vector<int64_t> tensorflow_order(uint64_t seed, int64_t n, uint64_t operation) {
  constexpr uint64_t largest = 2147483647;
  const uint32_t s = static_cast<uint32_t>(seed % largest), op = static_cast<uint32_t>(operation % largest);
  // Two zero seeds would mean "unseeded", and are replaced.
  Words words({s, 0}, {s || op ? op : static_cast<uint32_t>(largest), 0}, 0);
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), int64_t{0});
  for (size_t i = 0; i + 1 < order.size(); ++i) std::swap(order[i], order[i + words.next() % (order.size() - i)]);
  return order;
}

}  // namespace nn
