// SPDX-License-Identifier: MIT
// The distributions that initialisers draw from; each value is rounded to float, as weights are.
#pragma once

#include <span>

#include "base/rng.h"

namespace nn {

void draw_uniform(Stream& stream, double low, double high, std::span<double> w);
void draw_normal(Stream& stream, double mean, double deviation, std::span<double> w);
/// Normal with that deviation before truncation, redrawn beyond two deviations.
void draw_truncated(Stream& stream, double mean, double deviation, std::span<double> w);
/// What deviation a normal truncated at two deviations keeps of 1.
inline constexpr double truncated_deviation = 0.87962566103423978;

}  // namespace nn
