// SPDX-License-Identifier: MIT
// Initialisers against what torch and Keras on three backends filled from the same seed: tests/golden/init/*.tsv,
// recorded by make.py there. Bits of whole tensors by their SHA-256; where the reference gives no bits, the values.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "base/sha256.h"
#include "base/text/split.h"
#include "catch.h"
#include "layers/initializer.h"
#include "paths.h"
#include "random/jax.h"
#include "random/keras_torch.h"
#include "random/python.h"
#include "random/tensorflow.h"
#include "random/torch.h"

using namespace nn;

namespace {

struct Line {
  uint64_t seed = 0;
  std::string text, shape, filled;
  Param param;  ///< in our axis order; values are in the framework's
};

std::vector<Line> golden(const std::string& file, bool outputs_last) {
  std::ifstream in(nn_test::source_folder() + "/tests/golden/init/" + file);
  std::vector<Line> lines;
  for (std::string row; std::getline(in, row);) {
    if (row.starts_with("#")) continue;
    std::vector<std::string> fields;
    for (const std::string_view field : split_at(row, '\t')) fields.emplace_back(field);
    REQUIRE(fields.size() == 5);
    Line line;
    line.seed = std::stoull(fields[0]);
    line.text = fields[1];
    line.shape = fields[2];
    line.filled = fields[4];
    std::vector<int64_t> axes;
    for (const std::string_view axis : split_at(fields[2], 'x')) axes.push_back(std::stoll(std::string(axis)));
    if (outputs_last) std::swap(axes.front(), axes.back());  // the number of outputs to the front; the rest counts only
    line.param.shape = Shape(std::vector<int64_t>(axes));
    line.param.fan_in = std::stoll(fields[3]);
    line.param.fan_out = std::stoll(fields[3].substr(fields[3].find(',') + 1));
    lines.push_back(line);
  }
  REQUIRE(lines.size() > 80);
  return lines;
}

std::vector<double> filled(const Line& line, const std::string& text, const Param& param, Draws& draws) {
  INFO(line.text);
  std::vector<double> w(static_cast<size_t>(param.shape.count()));
  make_initializer(text)->fill(param, draws, w);
  return w;
}

std::string hash_of(const std::vector<double>& values) {
  const std::vector<float> w(values.begin(), values.end());
  return sha256_hex(std::as_bytes(std::span(w)));
}

/// Orthogonal: LAPACK factorises in float32, we in double: 4e-7 of the largest entry seen. Normals of JAX: XLA
/// approximates erfinv by a polynomial, we do not: 2e-7 seen.
void check_values(const Line& line, const std::vector<double>& w) {
  std::istringstream in(line.filled);
  std::vector<double> expected;
  for (double v; in >> v;) expected.push_back(v);
  REQUIRE(expected.size() == w.size());
  double scale = 0, most = 0;
  for (size_t i = 0; i < w.size(); ++i) {
    scale = std::max(scale, std::fabs(expected[i]));
    most = std::max(most, std::fabs(w[i] - expected[i]));
  }
  CHECK(most <= 1e-6 * scale);
}

void check(const Line& line, const std::vector<double>& w) {
  if (line.filled.find(' ') != std::string::npos)
    check_values(line, w);
  else
    CHECK(hash_of(w) == line.filled);
}

/// Linear, Conv2d: the weight, then the bias, of which fan out holds the size.
std::vector<double> module_values(const Line& line, TorchGenerator& g) {
  Param weight = line.param, bias = line.param;
  bias.shape = Shape{line.param.fan_out};
  weight.shape = Shape{line.param.shape.count() - line.param.fan_out};
  std::vector<double> both = filled(line, "kaiming_uniform,a=2.23606797749979", weight, g);
  const std::vector<double> b = filled(line, "fan_in_uniform", bias, g);
  both.insert(both.end(), b.begin(), b.end());
  return both;
}

template <class Framework>
void check_keras(const std::string& file) {
  for (const Line& line : golden(file, true)) {
    INFO(file << " seed " << line.seed << ": " << line.text << " of " << line.shape);
    Framework draws({PythonRandom(line.seed).layer_seed(), 0});
    check(line, filled(line, line.text, line.param, draws));
  }
}

}  // namespace

TEST_CASE("initialisers fill as torch's", "[layers]") {
  for (const Line& line : golden("torch.tsv", false)) {
    INFO("seed " << line.seed << ": " << line.text << " of " << line.shape);
    TorchGenerator g(line.seed);
    check(line, line.text == "module" ? module_values(line, g) : filled(line, line.text, line.param, g));
  }
}

TEST_CASE("initialisers fill as Keras' on TensorFlow", "[layers]") {
  check_keras<TensorFlowDraws>("keras-tensorflow.tsv");
}

TEST_CASE("initialisers fill as Keras' on JAX", "[layers]") { check_keras<JaxDraws>("keras-jax.tsv"); }

TEST_CASE("initialisers fill as Keras' on torch", "[layers]") { check_keras<KerasTorchDraws>("keras-torch.tsv"); }
