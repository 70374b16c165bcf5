// SPDX-License-Identifier: MIT
// Models with random weights, and networks drawn at random.
#pragma once

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "model/model_file.h"

namespace nn_test {

/// A network with random weights, statistics of batch norm too.
inline nn::Model random_model(const std::string& layers, const nn::Shape& input, uint64_t seed = 1) {
  nn::Model m;
  m.layers = layers;
  m.input = m.raw_input = input;
  std::mt19937 random(static_cast<unsigned>(seed));
  std::normal_distribution<float> values(0.0F, 0.3F);
  for (const nn::Param& p : nn::Network(layers, input).lower().params) {
    nn::NamedTensor t{p.path(), p.shape, std::vector<float>(static_cast<size_t>(p.shape.count()))};
    for (float& v : t.values) v = p.name == "running_var" ? 0.5F + std::abs(values(random)) : values(random);
    m.weights.push_back(std::move(t));
  }
  return m;
}

/// Blocks that keep images images, drawn at random, and a head.
inline std::string random_layers(unsigned seed) {
  const std::vector<std::string> blocks{"conv:4,3,same bn relu",
                                        "conv:3,2,stride=2,groups=1",
                                        "res( conv:4,3,same bn )",
                                        "conv:4,1",
                                        "bn leaky_relu:0.2",
                                        "cat( conv:2,1 relu | conv:2,3,same )",
                                        "gate( globalavgpool dense:4 sigmoid )"};
  std::mt19937 random(seed);
  std::string text = "conv:4,3,same";
  for (int i = 0; i < 4; ++i) {
    const std::string& block = blocks[random() % blocks.size()];
    text += " " + block;
    if (!block.starts_with("res") && !block.starts_with("gate")) text += " conv:4,3,same,bias=false";
  }
  return text + " flatten dense:5 tanh bn dense:3";
}

}  // namespace nn_test
