// SPDX-License-Identifier: MIT
// keras.utils.set_random_seed(seed), the layers made in order, fit(shuffle=True) on arrays, with Keras 3.15 on three
// backends. Source: framework files named in random/.
#pragma once

#include "train/engine/randomness.h"

namespace nn {

/// Null for streams that are not Keras'.
std::unique_ptr<Randomness> make_keras_randomness(const std::string& streams, uint64_t seed, const Graph& graph,
                                                  bool reshuffle);

}  // namespace nn
