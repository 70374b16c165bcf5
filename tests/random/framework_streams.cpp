// SPDX-License-Identifier: MIT
// The streams of torch and Keras against what the frameworks drew: tests/golden/random/*.tsv, recorded by make.py
// there. Bits of whole tensors are compared, by their SHA-256.
#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include "base/sha256.h"
#include "catch.h"
#include "paths.h"
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
  std::ifstream in(nn_test::source_folder() + "/tests/golden/random/" + file);
  std::vector<Line> lines;
  for (std::string text; std::getline(in, text);) {
    if (text.starts_with("#")) continue;
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
  if (type == "int32") return hash_of(std::vector<int32_t>(values.begin(), values.end()));
  if (type == "uint32") return hash_of(std::vector<uint32_t>(values.begin(), values.end()));
  return hash_of(std::vector<uint8_t>(values.begin(), values.end()));
}

using Values = std::vector<double>;

template <class Fill>
Values filled(size_t n, Fill fill) {
  Values w(n);
  fill(std::span<double>(w));
  return w;
}

/// Of the dropout masks that are drawn one after the other.
const size_t mask_sizes[] = {1, 7, 513, 1000};

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

Values torch_dropout(double rate, TorchGenerator& g) {
  Values all;
  for (const size_t n : mask_sizes) {
    const Values mask = ones_where_kept(n, [&](auto m) { g.keep(1 - rate, m); });
    all.insert(all.end(), mask.begin(), mask.end());
  }
  return all;
}

Values torch_values(const std::string& name, TorchGenerator& g) {
  if (name.starts_with("dropout ")) return torch_dropout(std::stod(name.substr(8)), g);
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
      {"normal 3 4 16 5",
       [&] {
         return several({3, 4, 16, 5}, [&](size_t n) { return normal(n, 0, 1); });
       }},
      {"trunc_normal 2048 1 -2 2", [&] { return cut(2048, 1); }},
      {"trunc_normal 2048 0.02 -2 2", [&] { return cut(2048, 0.02); }},
      {"randperm 1 2 17",
       [&] {
         Values all;
         for (const int64_t n : {1, 2, 17}) append(all, g.permutation(n));
         return all;
       }},
      {"randperm 10",
       [&] {
         Values all;
         append(all, g.permutation(10));
         return all;
       }},
      {"randperm 60000",
       [&] {
         Values all;
         append(all, g.permutation(60000));
         return all;
       }},
      {"loader 10 3", [&] { return loader_orders(g, 10, 3, 0); }},
      {"loader 10 3 1", [&] { return loader_orders(g, 10, 3, 1); }},
      {"loader 60000 2", [&] { return loader_orders(g, 60000, 2, 0); }},
      {"keep 1000 0.25", [&] { return keep(1000, 0.25); }},
      {"keep 20 0.8 thrice",
       [&] {
         return several({20, 20, 20}, [&](size_t n) { return keep(n, 0.8); });
       }},
  };
  INFO(name);
  REQUIRE(cases.count(name) == 1);
  return cases.at(name)();
}

/// Raw words as torch's random_() cuts them; int64 ones are more than a double holds.
std::string torch_words(const Line& line) {
  Mersenne words(static_cast<uint32_t>(line.seed));
  std::vector<int32_t> single(line.type == "int32" ? line.count : 0);
  std::vector<int64_t> both(line.type == "int64" ? line.count : 0);
  for (int32_t& w : single) w = static_cast<int32_t>(words.next() & 0x7FFFFFFFU);
  for (int64_t& w : both) w = static_cast<int64_t>(words.next64() & ~(uint64_t{1} << 63));
  return line.type == "int32" ? hash_of(single) : hash_of(both);
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

/// A layer each, all seeds drawn first.
template <class Framework>
Values dropout_sizes(PythonRandom& python, double rate) {
  std::vector<int64_t> seeds;
  for (size_t i = 0; i < std::size(mask_sizes); ++i) seeds.push_back(python.layer_seed());
  Values all;
  for (size_t i = 0; i < seeds.size(); ++i) {
    const Values mask = ones_where_kept(mask_sizes[i], [&](auto m) { Framework({seeds[i], 0}).keep(rate, m); });
    all.insert(all.end(), mask.begin(), mask.end());
  }
  return all;
}

/// keras.random.uniform with one SeedGenerator, which counts its uses.
template <class Framework>
Values counted_uniform(uint64_t seed) {
  Values all;
  int64_t uses = 0;
  for (const size_t n : {5, 1001, 1000}) {
    const Values one = filled(n, [&](auto w) {
      Framework({static_cast<int64_t>(seed & 0x7FFFFFFFU), uses++}).uniform(0, 1, w);
    });
    all.insert(all.end(), one.begin(), one.end());
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
    } else if (line.name.starts_with("sizes dropout ")) {
      values = dropout_sizes<Framework>(python, std::stod(line.name.substr(14)));
    } else if (line.name == "uniform counted") {
      values = counted_uniform<Framework>(line.seed);
    } else if (line.name.starts_with("order ")) {
      for (int epoch = 0; epoch < 2; ++epoch)
        append(values, tensorflow_order(line.seed, static_cast<int64_t>(line.count) / 2));
    } else {
      if (!normals_are_bits && line.name.ends_with("normal"))
        continue;  // within 2e-7: tests/layers/golden_initializers.cpp
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
    if (line.name.starts_with("int")) {
      CHECK(torch_words(line) == line.sha256);
      continue;
    }
    TorchGenerator g(line.seed);
    const Values values = torch_values(line.name, g);
    CHECK(values.size() == line.count);
    CHECK(hash_as(line.type, values) == line.sha256);
  }
}

TEST_CASE("Keras on TensorFlow: kernels, masks and order, bit for bit") {
  check_keras<TensorFlowDraws>("keras-tensorflow.tsv", true);
}

TEST_CASE("Keras on JAX: uniform kernels and masks, bit for bit") { check_keras<JaxDraws>("keras-jax.tsv", false); }

TEST_CASE("Keras on torch: kernels, bit for bit") {
  for (const Line& line : golden("keras-torch.tsv")) {
    if (line.name.find("dropout ") != std::string::npos)
      continue;  // torch's own, in the one stream: tests/train/golden_streams_test.cpp
    INFO("seed " << line.seed << ": " << line.name);
    if (line.name == "uniform counted") {
      CHECK(hash_as(line.type, counted_uniform<KerasTorchDraws>(line.seed)) == line.sha256);
      continue;
    }
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
  CHECK(threefry({0xffffffffU, 0xffffffffU}, {0xffffffffU, 0xffffffffU}) ==
        std::array<uint32_t, 2>{0x1cb996fcU, 0xbb002be7U});
  CHECK(threefry({0x13198a2eU, 0x03707344U}, {0x243f6a88U, 0x85a308d3U}) ==
        std::array<uint32_t, 2>{0xc4923a9cU, 0x483df7a0U});
}

TEST_CASE("Python's seeds for layers, numpy's legacy words and permutations") {
  const std::vector<Line> lines = golden("python.tsv");
  REQUIRE(lines.size() == 30);
  for (const Line& line : lines) {
    INFO("seed " << line.seed << ": " << line.name);
    Values values;
    PythonRandom python(line.seed);
    Mersenne words(static_cast<uint32_t>(line.seed));
    if (line.name.starts_with("layer seeds"))
      for (size_t i = 0; i < line.count; ++i) values.push_back(static_cast<double>(python.layer_seed()));
    else if (line.name.starts_with("words"))
      for (size_t i = 0; i < line.count; ++i) values.push_back(words.next());
    else
      for (int i = 0; i < 2; ++i) append(values, numpy_permutation(words, static_cast<int64_t>(line.count) / 2));
    CHECK(values.size() == line.count);
    CHECK(hash_as(line.type, values) == line.sha256);
  }
}

TEST_CASE("what lies below a limit is told from the pairs of words themselves") {
  constexpr uint64_t end = uint64_t{1} << 53;
  for (const size_t before : {0, 1, 311, 623}) {
    Mersenne plain(5), fast(5);
    for (size_t i = 0; i < before; ++i) {
      plain.next();
      fast.next();
    }
    std::vector<uint64_t> numbers(1500);
    for (uint64_t& r : numbers) r = plain.next64() & (end - 1);
    // Also limits of which one number is the neighbour: only its second word tells.
    std::vector<uint64_t> limits{0, end / 3, end};
    for (const size_t i : {0, 100, 311, 312, 1499}) limits.insert(limits.end(), {numbers[i], numbers[i] + 1});
    for (const uint64_t limit : limits) {
      Mersenne words = fast;
      std::vector<uint32_t> mask(numbers.size());
      words.below(limit, std::span(mask).first(700));
      words.below(limit, std::span(mask).subspan(700));
      INFO(before << " words before, limit " << limit);
      for (size_t i = 0; i < mask.size(); ++i) REQUIRE(mask[i] == (numbers[i] < limit ? 0xFFFFFFFFU : 0));
      CHECK(words.next() == Mersenne(plain).next());
    }
  }
}
