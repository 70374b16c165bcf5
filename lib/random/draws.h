// SPDX-License-Identifier: MIT
// The distributions that initialisers draw from, each by one framework's algorithm and from its stream, so that the
// same seed gives the same bits. Values are float32, held in double.
#pragma once

#include <span>

#include "base/error.h"

namespace nn {

class Draws {
 public:
  virtual ~Draws() = default;
  /// The framework keeps the outputs of a kernel on its last axis, and values are drawn in that order: Keras.
  virtual bool outputs_last() const { return false; }
  /// In [low, high).
  virtual void uniform(double low, double high, std::span<double> w) = 0;
  virtual void normal(double mean, double deviation, std::span<double> w) = 0;
  /// Normal of that deviation before truncation, within two deviations of 0.
  virtual void truncated(double deviation, std::span<double> w) = 0;
  /// torch's trunc_normal_: normal of mean and deviation, within [low, high], given as values. UsageError where the
  /// framework has none, as Keras.
  virtual void truncated_between(double, double, double, double, std::span<double>) {
    throw UsageError("trunc_normal is torch's; Keras has truncated normals within two deviations");
  }
};

/// What deviation a normal truncated at two deviations keeps of 1.
inline constexpr double truncated_deviation = 0.87962566103423978;

}  // namespace nn
