// SPDX-License-Identifier: MIT
// Python's random module, as far as Keras uses it: every random layer or initialiser that is made without a seed takes
// random.randint(1, 10**9). Sources: CPython Modules/_randommodule.c, Lib/random.py;
// keras/src/random/seed_generator.py.
#pragma once

#include <cstdint>

#include "random/mersenne.h"

namespace nn {

class PythonRandom {
 public:
  /// random.seed(seed), an integer from 0 up.
  explicit PythonRandom(uint64_t seed);
  /// What Keras calls make_default_seed.
  int64_t layer_seed();

 private:
  Mersenne words_;
};

}  // namespace nn
