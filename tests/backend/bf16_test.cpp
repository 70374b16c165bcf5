// SPDX-License-Identifier: MIT
// Precision::bf16 of the cpu backend: its kernels, the same bits on each instruction set; dense layers against products
// of their rounded operands and against ref; any number of threads; what is float32 stays so; a training beside
// float32.
#include "backend/cpu/kernels/bf16.h"

#include <stdlib.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "backend/bf16_products.h"
#include "backend/block_examples.h"
#include "backend/cpu/conv/kinds.h"
#include "backend/cpu/plan/floats.h"
#include "backend/cpu/plan/layout.h"
#include "backend/dense_examples.h"
#include "backend/each_isa.h"
#include "backend/learning.h"
#include "catch.h"

using namespace nn;
using namespace nn::test;

namespace {

uint32_t half_of(float x) { return std::bit_cast<uint32_t>(to_bf16(x)) >> 16; }
uint32_t word_of(float lower, float upper) { return half_of(lower) | half_of(upper) << 16; }

/// Any floats: all exponents, ties, denormals, infinities, NaN.
std::vector<float> any_floats(Random& random, size_t n) {
  std::vector<float> v(n);
  for (float& x : v) {
    const auto bits = static_cast<uint32_t>(random());
    const int kind = static_cast<int>(pick(random, 0, 9));
    x = std::bit_cast<float>(kind == 0   ? (bits & 0xFFFF0000u) | 0x8000u
                             : kind == 1 ? bits & 0x807FFFFFu
                             : kind == 2 ? bits | 0x7F800000u
                                         : bits);
  }
  v[0] = std::numeric_limits<float>::infinity();
  return v;
}

std::vector<uint32_t> words(Random& random, int64_t n) {
  std::vector<uint32_t> v(static_cast<size_t>(n));
  for (uint32_t& w : v) w = word_of(static_cast<float>(real(random, -2, 2)), static_cast<float>(real(random, -2, 2)));
  return v;
}

void check_packs(const cpu::Kernels& kernels, Random& random) {
  const int64_t rows = pick(random, 1, 40), cols = pick(random, 1, 70), row = cols + pick(random, 0, 3);
  const int64_t wide = cpu::round_up(std::max(rows, cols), 16) + 3;
  const auto from = any_floats(random, static_cast<size_t>(rows * row));
  const auto at = [&](int64_t r, int64_t c) {
    return r < rows && c < cols ? from[static_cast<size_t>(r * row + c)] : 0.0f;
  };
  constexpr uint32_t untouched = 0x12345678;
  std::vector<uint32_t> plain(static_cast<size_t>(wide * wide), untouched), turned(plain), pairs(plain), columns(plain);
  const cpu::Bf16Packs& k = kernels.in_bf16->nearest;
  k.pack(from.data(), rows, cols, row, 1, {plain.data(), wide});
  k.pack_turned(from.data(), rows, cols, row, {turned.data(), wide});
  k.pack_rows(from.data(), rows, cols, row, {pairs.data(), wide});
  k.pack_columns(from.data(), rows, cols, row, {columns.data(), wide});
  int64_t wrong = 0;
  for (int64_t r = 0; r < cpu::round_up(rows, kernels.lanes); ++r)
    for (int64_t c = 0; c < cpu::round_up(cols, 2 * kernels.lanes); c += 2) {
      const uint32_t want = word_of(at(r, c), at(r, c + 1));
      if (r < rows) wrong += plain[static_cast<size_t>(r * wide + c / 2)] != (c < cols ? want : untouched);
      if (c < cols) wrong += turned[static_cast<size_t>(c / 2 * wide + r)] != want;
    }
  for (int64_t r = 0; r < cpu::round_up(rows, 2 * kernels.lanes); r += 2)
    for (int64_t c = 0; c < cpu::round_up(cols, kernels.lanes); ++c) {
      const uint32_t want = word_of(at(r, c), at(r + 1, c));
      if (r < rows) wrong += pairs[static_cast<size_t>(r / 2 * wide + c)] != want;
      if (c < cols) wrong += columns[static_cast<size_t>(c * wide + r / 2)] != want;
    }
  INFO(kernels.isa << ", " << rows << " x " << cols);
  CHECK(wrong == 0);
}

void check_gemm(const cpu::Kernels& kernels, Random& random) {
  const cpu::Bf16Kernels& bf16 = *kernels.in_bf16;
  const int64_t m = pick(random, 1, 70), n = pick(random, 1, 70), k = pick(random, 1, 30),
                sum = cpu::round_up(k, bf16.step);
  const bool panels = pick(random, 0, 1) == 1, bias = pick(random, 0, 1) == 1;
  const int64_t a_row = sum + pick(random, 0, 3), b_row = panels ? bf16.panel : cpu::round_up(n, cpu::bf16_side);
  const int64_t b_panel = panels ? sum * b_row + pick(random, 0, 5) : 0, c_row = n + pick(random, 0, 3);
  const int a_parts = pick(random, 0, 1) == 1 ? 3 : 1, b_parts = a_parts > 1 && pick(random, 0, 1) == 1 ? 3 : 1;
  const int64_t a_apart = cpu::round_up(m, cpu::bf16_side) * a_row,
                b_apart = panels ? cpu::ceil_of(n, b_row) * b_panel : sum * b_row;
  auto a = words(random, a_parts * a_apart), b = words(random, b_parts * b_apart);
  const auto a_at = [&](int64_t q, int64_t i, int part) -> uint32_t& {
    return a[static_cast<size_t>(part * a_apart + i * a_row + q)];
  };
  const auto b_at = [&](int64_t q, int64_t j, int part) -> uint32_t& {
    return b[static_cast<size_t>(part * b_apart +
                                 (panels ? j / b_row * b_panel + q * b_row + j % b_row : q * b_row + j))];
  };
  for (int64_t q = k; q < sum; ++q) {
    for (int part = 0; part < a_parts; ++part)
      for (int64_t i = 0; i < m; ++i) a_at(q, i, part) = 0;
    for (int part = 0; part < b_parts; ++part)
      for (int64_t j = 0; j < n; ++j) b_at(q, j, part) = 0;
  }
  std::vector<float> c(static_cast<size_t>(m * c_row), 7.0f), row_bias;
  for (int64_t i = 0; i < m; ++i) row_bias.push_back(static_cast<float>(real(random, -1, 1)));
  {
    const cpu::Bf16Products unit(bf16);
    bf16.gemm({.m = m,
               .n = n,
               .k = sum,
               .a = a.data(),
               .a_row = a_row,
               .b = b.data(),
               .b_row = b_row,
               .b_panel = b_panel,
               .c = c.data(),
               .c_row = c_row,
               .row_bias = bias ? row_bias.data() : nullptr,
               .a_parts = a_parts,
               .b_parts = b_parts,
               .a_apart = a_apart,
               .b_apart = b_apart});
  }
  int64_t wrong = 0;
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < c_row; ++j) {
      const float want =
          j >= n ? 7.0f
                 : product_of(k, bias ? row_bias[static_cast<size_t>(i)] : 0, bf16.tiles, a_parts, b_parts,
                              [&](int64_t q, int p, int r) { return std::pair(a_at(q, i, p), b_at(q, j, r)); });
      wrong += c[static_cast<size_t>(i * c_row + j)] != want;
    }
  INFO(kernels.isa << ", " << m << " x " << n << " x " << k << ", panels " << panels << ", bias " << bias << ", parts "
                   << a_parts << ", " << b_parts);
  CHECK(wrong == 0);
}

/// Networks of dense layers, among them some without relu, with two readers, behind a convolution.
std::vector<Example> bf16_examples(uint64_t seed) {
  std::vector<Example> list = dense_examples(seed);
  for (Example& e : examples(seed))
    if (!e.large && !e.graph.is_ragged())
      for (const Op& op : e.graph.ops)
        if (std::holds_alternative<MatMul>(op.what)) {
          list.push_back(std::move(e));
          break;
        }
  return list;
}

}  // namespace

TEST_CASE("bf16 kernels round to nearest even and sum in order, the same bits on every instruction set", "[bf16]") {
  const cpu::FlushDenormals flush;
  for (const cpu::Kernels* k : kernels_to_test()) {
    Random random(3);
    for (int i = 0; i < 60; ++i) check_packs(*k, random);
    for (int i = 0; i < 120; ++i) check_gemm(*k, random);
  }
}

TEST_CASE("dense layers in bf16 give the products of their rounded operands", "[bf16]") {
  on_each_isa([](const cpu::Kernels& k) {
    const auto backend = make_backend("cpu", 2);
    CHECK(backend->bf16_hardware() == (k.in_bf16->native ? k.isa : ""));
    for (const uint64_t seed : {1, 2})
      for (const Example& e : bf16_examples(seed))
        for (const int tiles : {1, 3, 4})
          for (const bool fuse : {true, false})
            for (const bool training : {true, false}) {
              if (!fuse && (seed != 1 || tiles != 4)) continue;
              const ProductCheck check(
                  *backend, e, {.training = training, .tiles = tiles, .input_gradient = training, .fuse = fuse}, seed);
              INFO(k.isa << ", seed " << seed << ", " << e.name << ", tiles " << tiles << ", fuse " << fuse
                         << ", training " << training);
              CHECK(check.checked > 0);
              for (const std::string& f : check.failures) FAIL_CHECK(f);
            }
  });
}

namespace {

/// True where float32's rounding might send a number to another bf16 than ref's double: so close to the middle of two,
/// and large enough to matter.
bool near_a_tie(const std::vector<double>& values) {
  double size = 0;
  for (const double v : values) size = std::max(size, std::fabs(v));
  for (const double v : values) {
    if (std::fabs(v) < 5e-3 * size) continue;
    const double low = std::bit_cast<uint32_t>(static_cast<float>(v)) & 0xFFFFu;
    if (std::ldexp(std::fabs(low - 0x8000), std::ilogb(v) - 23) < 4e-7 * size) return true;
  }
  return false;
}

bool is_convolution_in_bf16(const Op& op) {
  const Conv* conv = std::get_if<Conv>(&op.what);
  return conv && cpu::in_bf16(*conv);
}

/// A step of training: output, loss, gradients. Empty when ref finds this data near a tie or a kink.
std::vector<Named> one_step(Backend& backend, const Example& e, uint64_t seed, bool look) {
  const Graph& g = e.graph;
  const auto memory = backend.allocate(g, 0);
  fill_memory(*memory, seed);
  const auto plan = backend.compile(
      g, {.batch = e.batch, .rows = e.rows(), .training = true, .input_gradient = true, .precision = Precision::bf16},
      *memory);
  fill_inputs(*plan, g, seed);
  HashWords words;
  plan->forward(&words);
  plan->backward();
  if (look) {
    if (distance_from_kinks(*plan, g) < 1e-5) return {};
    for (const Op& op : g.ops)
      if ((std::holds_alternative<MatMul>(op.what) || is_convolution_in_bf16(op)) &&
          (near_a_tie(plan->gradient(op.output)) ||
           (op.inputs[0] != g.input() && near_a_tie(plan->value(op.inputs[0])))))
        return {};
  }
  std::vector<Named> all{{"loss", {plan->loss()}},
                         {"output", {plan->output().begin(), plan->output().end()}},
                         {"gradient of the input", plan->gradient(g.input()), true}};
  for (size_t i = 0; i < g.params.size(); ++i) {
    if (!g.params[i].trainable) continue;
    std::vector<double> v(static_cast<size_t>(g.params[i].shape.count()));
    memory->read(Part::gradients, static_cast<ParamId>(i), v);
    all.push_back({"gradient of " + g.params[i].path(), std::move(v), true});
  }
  return all;
}

Example small_network(Random& random) {
  GraphBuilder b;
  ValueId x = b.input({pick(random, 3, 40)});
  x = b.dropout(b.map(b.matmul(x, pick(random, 3, 24), pick(random, 0, 1) == 1), "relu"), 0.25);
  x = b.map(b.matmul(x, pick(random, 3, 24)), pick(random, 0, 1) == 1 ? "tanh" : "relu");
  return {"small network", b.softmax_loss(b.matmul(x, pick(random, 2, 9))), pick(random, 1, 20), false};
}

/// A block behind another, small enough for data without ties.
Example small_blocks(Random& random, int i) {
  GraphBuilder b;
  const BlockParts parts{pick(random, 0, 1) == 1, (i & 1) != 0, (i & 2) != 0, (i & 4) != 0};
  ValueId x = b.conv(b.input({2, pick(random, 4, 5), pick(random, 4, 6)}), pick(random, 16, 20), 1, 1, 0);
  x = add_block(b, x, pick(random, 16, 20), parts, pick(random, 0, 2) > 0);
  return {fmt::format("block: norm {}, relu {}, pool {}", parts.norm, parts.relu, parts.pool), b.mse(x),
          pick(random, 1, 3), false};
}

/// Batches of two spirals, which no linear network tells apart; the loss of the last of them.
double loss_on_spirals(Backend& backend, Precision precision, uint64_t seed) {
  GraphBuilder b;
  ValueId x = b.map(b.matmul(b.input({2}), 64), "relu");
  x = b.map(b.matmul(x, 33), "relu");
  const Graph graph = b.softmax_loss(b.matmul(x, 2));
  return trained_loss(backend, graph, precision, seed, {.batch = 100, .steps = 600, .last = 50, .rate = 0.005},
                      [](const Plan::Inputs& in, Random& random) {
                        for (size_t n = 0; n < 100; ++n) {
                          const double turn = real(random, 0.3, 3.5), side = n % 2 ? 1 : -1;
                          in.x[2 * n] = static_cast<float>(side * turn / 3 * std::cos(2 * turn));
                          in.x[2 * n + 1] = static_cast<float>(side * turn / 3 * std::sin(2 * turn));
                          in.labels[n] = static_cast<int32_t>(n % 2);
                        }
                      });
}

}  // namespace

TEST_CASE("bf16 of cpu is bf16 of ref", "[bf16]") {
  const auto ref = make_backend("ref", 1);
  CHECK(ref->bf16_hardware().empty());
  Random random(11);
  for (int i = 0; i < 28; ++i) {
    const Example e = i < 12 ? small_network(random) : small_blocks(random, i);
    uint64_t seed = 1;
    std::vector<Named> expected;
    while (expected.empty() && seed < 2000) expected = one_step(*ref, e, seed++, true);
    REQUIRE(!expected.empty());
    on_each_isa([&](const cpu::Kernels& k) {
      for (const std::string& d : differences(expected, one_step(*make_backend("cpu", 2), e, seed - 1, false), 1e-5)) {
        INFO(k.isa << ", network " << i << ", " << e.name);
        FAIL_CHECK(d);
      }
    });
  }
}

namespace {

/// Output and gradients of layers that read pixels; empty when ref finds the gradient that is rounded first near a tie.
std::vector<Named> step_on_pixels(Backend& backend, const Graph& g, float factor, float shift, uint64_t seed,
                                  bool look) {
  const auto memory = backend.allocate(g, 0);
  fill_memory(*memory, seed);
  std::vector<float> values;
  for (int i = 0; i < 256 * static_cast<int>(g.values[0].shape[0]); ++i)
    values.push_back(static_cast<float>(i % 256) * factor + shift);
  Random random(seed);
  std::vector<uint8_t> bytes(7 * static_cast<size_t>(g.values[0].shape.count()));
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(pick(random, 0, 255));
  const Source source{.x = std::as_bytes(std::span(bytes)), .byte_values = values};
  const auto plan =
      backend.compile(g, {.batch = 7, .training = true, .precision = Precision::bf16, .source = &source}, *memory);
  const Plan::Inputs in = plan->inputs();
  std::iota(in.index.begin(), in.index.end(), int64_t{0});
  for (float& t : in.targets) t = static_cast<float>(real(random, 0, 1));
  plan->forward(nullptr);
  plan->backward();
  std::vector<double> dy = look ? plan->gradient(g.ops.back().inputs[0]) : std::vector<double>{};
  for (double& v : dy) v *= shift == 0 ? static_cast<double>(factor) : 1;
  if (near_a_tie(dy)) return {};
  std::vector<Named> all{{"output", {plan->output().begin(), plan->output().end()}}};
  all.push_back({"gradient", std::vector<double>(static_cast<size_t>(g.params[0].shape.count())), true});
  memory->read(Part::gradients, 0, all[1].values);
  return all;
}

}  // namespace

TEST_CASE("pixels that are a multiple of their bytes are exact in bf16, on ref and on cpu", "[bf16]") {
  const auto ref = make_backend("ref", 1);
  for (const Shape& image : {Shape{1, 9, 7}, Shape{3, 5, 5}, Shape{2, 8, 8}})
    for (const auto& [factor, shift] : {std::pair(1 / 255.0f, 0.0f), {0.37f, 0.0f}, {1 / 255.0f, -0.5f}}) {
      GraphBuilder b;
      const Graph g = b.mse(b.matmul(b.flatten(b.input(image)), 21));
      uint64_t seed = 1;
      std::vector<Named> expected;
      while (expected.empty() && seed < 2000) expected = step_on_pixels(*ref, g, factor, shift, seed++, true);
      REQUIRE(!expected.empty());
      on_each_isa([&](const cpu::Kernels& k) {
        const auto found = step_on_pixels(*make_backend("cpu", 2), g, factor, shift, seed - 1, false);
        for (const std::string& d : differences(expected, found, 1e-5)) {
          INFO(k.isa << ", image " << image.text() << ", factor " << factor << ", shift " << shift);
          FAIL_CHECK(d);
        }
      });
    }
}

TEST_CASE("bf16 gives the same bits for any number of threads", "[bf16]") {
  std::vector<Example> list{dense_examples(9).at(4)};
  for (const Example& e : block_examples(2)) list.push_back(e);
  const auto values = [](const std::vector<Named>& list) {
    std::vector<std::vector<double>> v;
    for (const Named& n : list) v.push_back(n.values);
    return v;
  };
  on_each_isa([&](const cpu::Kernels& k) {
    for (const Example& e : list) {
      const auto expected = values(one_step(*make_backend("cpu", 1), e, 9, false));
      for (const int threads : {2, 3, 4}) {
        INFO(k.isa << ", " << e.name << ", " << threads << " threads");
        const bool same = values(one_step(*make_backend("cpu", threads), e, 9, false)) == expected;
        CHECK(same);
      }
    }
  });
}

TEST_CASE("bf16 is for dense layers of samples and some convolutions: all else is float32", "[bf16]") {
  const auto backend = make_backend("cpu", 2);
  for (const Example& e : examples(1)) {
    const auto memory = backend->allocate(e.graph, 0);
    const auto lines = [&](Precision precision) {
      return backend
          ->compile(e.graph, {.batch = e.batch, .rows = e.rows(), .training = true, .precision = precision}, *memory)
          ->describe();
    };
    const auto plain = lines(Precision::float32), bf16 = lines(Precision::bf16);
    INFO(e.name);
    int64_t left = 0;
    for (const Op& op : e.graph.ops) {
      const Conv* conv = std::get_if<Conv>(&op.what);
      const bool of_rows = e.graph.value(op.output).ragged;
      left += (std::holds_alternative<MatMul>(op.what) && !of_rows) || (conv && cpu::in_bf16(*conv));
    }
    for (const std::string& line : plain) CHECK(line.find("bf16") == std::string::npos);
    for (const std::string& line : bf16) {
      if (line.find("bf16") != std::string::npos)
        --left;
      else
        CHECK(std::find(plain.begin(), plain.end(), line) != plain.end());
    }
    CHECK(left == 0);
  }
}

TEST_CASE("a network learns in bf16 as in float32", "[bf16]") {
  const auto backend = make_backend("cpu", 2);
  for (const uint64_t seed : {1, 2, 3}) {
    const double plain = loss_on_spirals(*backend, Precision::float32, seed),
                 bf16 = loss_on_spirals(*backend, Precision::bf16, seed);
    INFO("seed " << seed << ": loss " << plain << " in float32, " << bf16 << " in bf16");
    CHECK(plain < 0.01);
    CHECK(std::fabs(bf16 - plain) < 2e-4);
  }
}
