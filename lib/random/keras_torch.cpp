// SPDX-License-Identifier: MIT
#include "random/keras_torch.h"

#include <cmath>

namespace nn {

void KerasTorchDraws::uniform(double low, double high, std::span<double> w) {
  // torch.rand, then product and sum as operations of their own.
  TorchGenerator(seed_).uniform(0, 1, w);
  const float from = static_cast<float>(low), range = static_cast<float>(high - low);
  for (double& x : w) {
    const float scaled = static_cast<float>(x) * range;
    x = scaled + from;
  }
}

void KerasTorchDraws::normal(double mean, double deviation, std::span<double> w) {
  TorchGenerator(seed_).normal(mean, deviation, w);
}

void KerasTorchDraws::truncated(double deviation, std::span<double> w) {
  // Four normals for each value, of which the first within two deviations is taken.
  std::vector<double> candidates(4 * w.size());
  TorchGenerator(seed_).normal(0, 1, candidates);
  const float s = static_cast<float>(deviation);
  for (size_t i = 0; i < w.size(); ++i) {
    const double* four = candidates.data() + 4 * i;
    const double* chosen = four;
    for (const double* c = four + 4; c-- > four;)
      if (std::fabs(*c) < 2) chosen = c;
    w[i] = static_cast<float>(*chosen) * s;
  }
}

void KerasTorchDraws::keep(double rate, std::span<uint32_t> mask) const {
  // torch.bernoulli of a float32 tensor: a float32 uniform number below its element.
  std::vector<double> u(mask.size());
  TorchGenerator(seed_).uniform(0, 1, u);
  const double share = static_cast<double>(static_cast<float>(1 - rate));
  for (size_t i = 0; i < u.size(); ++i) mask[i] = u[i] < share ? ~uint32_t{0} : 0;
}

}  // namespace nn
