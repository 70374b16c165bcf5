// SPDX-License-Identifier: MIT
// What a framework computed, as a .npz has it, beside what a model of ours computes.
#pragma once

#include <algorithm>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backend/backend.h"
#include "catch.h"
#include "data/zip.h"
#include "formats/datasets/numpy/npy.h"
#include "model/model_file.h"
#include "model/network.h"

namespace nn_test {

struct Array {
  std::vector<int64_t> dims;
  std::vector<double> values;
};

/// x and y of the file.
inline std::pair<Array, Array> golden(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  Array x, y;
  for (nn::ZipMember& member : nn::read_zip(std::as_bytes(std::span(text)))) {
    const nn::NpyArray array = nn::parse_npy(std::move(member.bytes));
    Array& to = member.name == "x.npy" ? x : y;
    to.dims = array.shape().dims();
    for (size_t i = 0; i < array.count(); ++i) to.values.push_back(array.number(i));
  }
  REQUIRE(x.dims.size() >= 2);
  return {x, y};
}

/// Outputs of the layers, before what the loss does, by ref.
inline std::vector<double> outputs(const nn::Model& model, const std::vector<double>& x, int64_t n) {
  const nn::Graph graph = nn::Network(model.layers, model.input).lower();
  const auto backend = nn::make_backend("ref", 1);
  const auto memory = backend->allocate(graph, 0);
  nn::put_weights(model.weights, *memory);
  const auto plan = backend->compile(graph, {.batch = n}, *memory);
  std::ranges::transform(x, plan->inputs().x.begin(), [](double v) { return static_cast<float>(v); });
  plan->forward(nullptr);
  return plan->value(graph.output());
}

/// Images of Keras as they lie here.
inline std::vector<double> channels_first(const Array& x, const nn::Shape& input) {
  if (x.dims.size() != 4 || x.dims[1] == input[0]) return x.values;
  std::vector<double> turned;
  const int64_t h = input[1], w = input[2], c = input[0];
  for (int64_t n = 0; n < x.dims[0]; ++n)
    for (int64_t k = 0; k < c; ++k)
      for (int64_t at = 0; at < h * w; ++at) turned.push_back(x.values[static_cast<size_t>((n * h * w + at) * c + k)]);
  return turned;
}

}  // namespace nn_test
