// SPDX-License-Identifier: MIT
// The streams of torch and Keras against what the frameworks drew: tests/golden/random/*.tsv, recorded by make.py there.
// Bits of whole tensors are compared, by their SHA-256.
#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include "base/sha256.h"
#include "catch.h"
#include "random/jax.h"
#include "random/keras_torch.h"
#include "random/python.h"
#include "random/tensorflow.h"
#include "random/torch.h"

using namespace nn;

namespace {

struct Line {
  uint64_t seed;
  std::string name, type, sha256;
  size_t count;
};

std::vector<Line> golden(const std::string& file) {
  std::ifstream in(std::string(NN_SOURCE "/tests/golden/random/") + file);
  std::vector<Line> lines;
  for (std::string text; std::getline(in, text);) {
    std::istringstream fields(text);
    Line line;
    std::string seed, count;
    std::getline(fields, seed, '\t');
    std::getline(fields, line.name, '\t');
    std::getline(fields, line.type, '\t');
    std::getline(fields, count, '\t');
    std::getline(fields, line.sha256, '\t');
    line.seed = std::stoull(seed);
    line.count = std::stoull(count);
    lines.push_back(line);
  }
  return lines;
}

template <class T>
std::string hash_of(const std::vector<T>& values) {
  return sha256_hex(std::as_bytes(std::span(values)));
}

std::string hash_as(const std::string& type, const std::vector<double>& values) {
  if (type == "float32") return hash_of(std::vector<float>(values.begin(), values.end()));
  if (type == "int64") return hash_of(std::vector<int64_t>(values.begin(), values.end()));
  return hash_of(std::vector<uint8_t>(values.begin(), values.end()));
}

using Values = std::vector<double>;

template <class Fill>
Values filled(size_t n, Fill fill) {
  Values w(n);
  fill(std::span<double>(w));
  return w;
}

void append(Values& all, const std::vector<int64_t>& more) { all.insert(all.end(), more.begin(), more.end()); }

template <class Keep>
Values ones_where_kept(size_t n, Keep keep) {
  std::vector<uint32_t> mask(n);
  keep(std::span<uint32_t>(mask));
  Values values;
  for (uint32_t m : mask) {
    REQUIRE((m == 0 || m == 0xFFFFFFFFU));
    values.push_back(m ? 1 : 0);
  }
  return values;
}

Values loader_orders(TorchGenerator& g, int64_t n, int epochs, int passes) {
  Values all;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    g.loader_pass();
    append(all, TorchGenerator(g.loader_seed()).permutation(n));
    for (int i = 0; i < passes; ++i) g.loader_pass();
  }
  return all;
}

Values torch_values(const std::string& name, TorchGenerator& g) {
  const auto uniform = [&](size_t n, double a, double b) { return filled(n, [&](auto w) { g.uniform(a, b, w); }); };
  const auto normal = [&](size_t n, double m, double s) { return filled(n, [&](auto w) { g.normal(m, s, w); }); };
  const auto cut = [&](size_t n, double s) { return filled(n, [&](auto w) { g.truncated_between(0, s, -2, 2, w); }); };
  const auto keep = [&](size_t n, double p) { return ones_where_kept(n, [&](auto m) { g.keep(p, m); }); };
  const auto several = [&](std::initializer_list<size_t> counts, auto draw) {
    Values all;
    for (size_t n : counts) {
      const Values one = draw(n);
      all.insert(all.end(), one.begin(), one.end());
    }
    return all;
  };
  const std::map<std::string, std::function<Values()>> cases{
      {"uniform 17", [&] { return uniform(17, 0, 1); }},
      {"uniform 1000 -0.3 0.7", [&] { return uniform(1000, -0.3, 0.7); }},
      {"normal 8", [&] { return normal(8, 0, 1); }},
      {"normal 15", [&] { return normal(15, 0, 1); }},
      {"normal 16", [&] { return normal(16, 0, 1); }},
      {"normal 17", [&] { return normal(17, 0, 1); }},
      {"normal 777 0.3 0.05", [&] { return normal(777, 0.3, 0.05); }},
      {"normal 100003", [&] { return normal(100003, 0, 1); }},
      {"normal 3 4 16 5", [&] { return several({3, 4, 16, 5}, [&](size_t n) { return normal(n, 0, 1); }); }},
      {"trunc_normal 2048 1 -2 2", [&] { return cut(2048, 1); }},
      {"trunc_normal 2048 0.02 -2 2", [&] { return cut(2048, 0.02); }},
      {"randperm 10", [&] { Values all; append(all, g.permutation(10)); return all; }},
      {"randperm 60000", [&] { Values all; append(all, g.permutation(60000)); return all; }},
      {"loader 10 3", [&] { return loader_orders(g, 10, 3, 0); }},
      {"loader 10 3 1", [&] { return loader_orders(g, 10, 3, 1); }},
      {"loader 60000 2", [&] { return loader_orders(g, 60000, 2, 0); }},
      {"keep 1000 0.25", [&] { return keep(1000, 0.25); }},
      {"keep 20 0.8 thrice", [&] { return several({20, 20, 20}, [&](size_t n) { return keep(n, 0.8); }); }},
  };
  INFO(name);
  REQUIRE(cases.count(name) == 1);
  return cases.at(name)();
}

struct Kernel {
  size_t count;
  double fan_in, fan_out;
};

/// A kernel in Keras' own axis order; "dense 784 128 glorot_uniform", "conv 5 5 6 16 he_normal".
Values keras_kernel(const std::string& name, Draws& draws) {
  std::istringstream words(name);
  std::string kind, initializer;
  double a = 1, b = 1, in, out;
  words >> kind;
  if (kind == "conv") words >> a >> b;
  words >> in >> out >> initializer;
  const Kernel k{static_cast<size_t>(a * b * in * out), a * b * in, a * b * out};
  return filled(k.count, [&](std::span<double> w) {
    const double glorot = std::sqrt(3 * (1 / ((k.fan_in + k.fan_out) / 2))), he = std::sqrt(3 * (2 / k.fan_in));
    if (initializer == "glorot_uniform") return draws.uniform(-glorot, glorot, w);
    if (initializer == "he_uniform") return draws.uniform(-he, he, w);
    if (initializer == "random_normal") return draws.normal(0, 0.05, w);
    REQUIRE(initializer == "he_normal");
    draws.truncated(std::sqrt(2 / k.fan_in) / truncated_deviation, w);
  });
}

/// The masks of the calls a, a, b, a, b of two Dropout layers on 256 values.
template <class Framework>
Values dropout_calls(PythonRandom& python, double rate) {
  const int64_t a = python.layer_seed(), b = python.layer_seed();
  Values all;
  for (const KerasSeed seed : {KerasSeed{a, 0}, KerasSeed{a, 1}, KerasSeed{b, 0}, KerasSeed{a, 2}, KerasSeed{b, 1}}) {
    const Values mask = ones_where_kept(256, [&](auto m) { Framework(seed).keep(rate, m); });
    all.insert(all.end(), mask.begin(), mask.end());
  }
  return all;
}

template <class Framework>
void check_keras(const std::string& file, bool normals_are_bits) {
  const std::vector<Line> lines = golden(file);
  REQUIRE(lines.size() > 20);
  for (const Line& line : lines) {
    INFO(file << " seed " << line.seed << ": " << line.name);
    PythonRandom python(line.seed);
    Values values;
    if (line.name.starts_with("dropout ")) {
      values = dropout_calls<Framework>(python, std::stod(line.name.substr(8)));
    } else if (line.name.starts_with("order ")) {
      append(values, tensorflow_order(line.seed, 1000));
      append(values, tensorflow_order(line.seed, 1000));
    } else {
      if (!normals_are_bits && line.name.ends_with("normal")) continue;  // within 2e-7, compared elsewhere
      Framework draws({python.layer_seed(), 0});
      values = keras_kernel(line.name, draws);
    }
    CHECK(values.size() == line.count);
    CHECK(hash_as(line.type, values) == line.sha256);
  }
}

}  // namespace

TEST_CASE("torch's stream gives torch's bits") {
  const std::vector<Line> lines = golden("torch.tsv");
  REQUIRE(lines.size() > 50);
  for (const Line& line : lines) {
    INFO("seed " << line.seed << ": " << line.name);
    TorchGenerator g(line.seed);
    const Values values = torch_values(line.name, g);
    CHECK(values.size() == line.count);
    CHECK(hash_as(line.type, values) == line.sha256);
  }
}

TEST_CASE("Keras on TensorFlow: kernels, masks and order, bit for bit") { check_keras<TensorFlowDraws>("keras-tensorflow.tsv", true); }

TEST_CASE("Keras on JAX: uniform kernels and masks, bit for bit") { check_keras<JaxDraws>("keras-jax.tsv", false); }

TEST_CASE("Keras on torch: kernels, bit for bit") {
  for (const Line& line : golden("keras-torch.tsv")) {
    if (line.name.starts_with("dropout ")) continue;  // torch's own dropout, in the one stream
    INFO("seed " << line.seed << ": " << line.name);
    PythonRandom python(line.seed);
    KerasTorchDraws draws({python.layer_seed(), 0});
    CHECK(hash_as(line.type, keras_kernel(line.name, draws)) == line.sha256);
  }
}

TEST_CASE("A torch generator goes on from its saved state, a kept sine included") {
  TorchGenerator one(7);
  Values three(3), rest(40), again(40);
  one.normal(0, 1, three);  // an odd number: one sine is kept
  State saved;
  one.state(saved);
  one.normal(0, 1, std::span(rest).first(5));
  one.uniform(0, 1, std::span(rest).subspan(5));
  TorchGenerator other(8);
  State restored(saved.fields());
  other.state(restored);
  other.normal(0, 1, std::span(again).first(5));
  other.uniform(0, 1, std::span(again).subspan(5));
  CHECK(rest == again);
}

TEST_CASE("Threefry's published vectors") {
  // Random123 1.09, tests/kat_vectors: threefry2x32 20.
  CHECK(threefry({0, 0}, {0, 0}) == std::array<uint32_t, 2>{0x6b200159U, 0x99ba4efeU});
  CHECK(threefry({0xffffffffU, 0xffffffffU}, {0xffffffffU, 0xffffffffU}) == std::array<uint32_t, 2>{0x1cb996fcU, 0xbb002be7U});
  CHECK(threefry({0x13198a2eU, 0x03707344U}, {0x243f6a88U, 0x85a308d3U}) == std::array<uint32_t, 2>{0xc4923a9cU, 0x483df7a0U});
}

TEST_CASE("numpy's legacy permutations") {
  // np.random.seed(s); np.random.permutation(10): numpy 2.4.
  const auto first = [](uint32_t seed) { Mersenne words(seed); return numpy_permutation(words, 10); };
  CHECK(first(0) == std::vector<int64_t>{2, 8, 4, 9, 1, 6, 7, 3, 0, 5});
  CHECK(first(42) == std::vector<int64_t>{8, 1, 5, 0, 7, 2, 9, 4, 3, 6});
}
