// SPDX-License-Identifier: MIT
// How a joint phase (step.h) is cut if its first worker has something else to do before. Who does how much never shows
// in a result.
#pragma once

namespace nn::cpu {

/// Equal ends for all workers, by the time that both took in earlier steps.
class Balance {
 public:
  /// Of `units`, what is left to the first of `workers`: 1 at least, its equal part at most.
  int share(int units, int workers) const;
  /// Seconds of what came before, and of each unit of its share.
  void took(double other, double unit);

 private:
  double other_ = 0, unit_ = 0;
};

}  // namespace nn::cpu
