// SPDX-License-Identifier: MIT
#include "layers/draw.h"

#include <algorithm>
#include <cmath>

namespace nn {

void draw_uniform(Stream& stream, double low, double high, std::span<double> w) {
  for (double& x : w) x = static_cast<float>(low + (high - low) * stream.uniform());
}

void draw_normal(Stream& stream, double mean, double deviation, std::span<double> w) {
  for (double& x : w) x = static_cast<float>(mean + deviation * stream.normal());
}

void draw_truncated(Stream& stream, double mean, double deviation, std::span<double> w) {
  for (double& x : w) {
    double z;
    do z = stream.normal();
    while (std::fabs(z) > 2);
    x = static_cast<float>(mean + deviation * z);
  }
}

}  // namespace nn
