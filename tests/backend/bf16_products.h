// SPDX-License-Identifier: MIT
// Holds each dense layer of a plan of Precision::bf16 to the three products of its rounded operands, taken from the
// plan itself and multiplied in double, so that only the rounding of sums is between them.
#pragma once

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "backend/random_graph.h"

namespace nn::test {

/// The nearest bf16, ties to even; denormals are 0.
inline float to_bf16(float x) {
  const uint32_t bits = std::bit_cast<uint32_t>(x);
  if (std::isnan(x)) return std::bit_cast<float>(bits | 0x00400000u);
  if ((bits & 0x7F800000u) == 0) return std::bit_cast<float>(bits & 0x80000000u);
  const uint32_t low = bits & 0xFFFFu, down = bits - low, up = down + 0x10000u;
  const bool nearer_up = low > 0x8000u || (low == 0x8000u && (down & 0x10000u));
  return std::bit_cast<float>(nearer_up ? up : down);
}
inline std::vector<double> to_bf16(std::vector<double> v) {
  for (double& x : v) x = static_cast<double>(to_bf16(static_cast<float>(x)));
  return v;
}

inline float lower_of(uint32_t word) { return std::bit_cast<float>(word << 16); }
inline float upper_of(uint32_t word) { return std::bit_cast<float>(word & 0xFFFF0000u); }

/// One element of a Bf16Gemm, bit for bit. words(k, part, part) gives the word of a and that of b. Vectors take the
/// halves of a word in turn, a pair of parts after the other, and add the bias at the end; tiles begin with it and take
/// 16 words of each pair, whose halves they sum apart.
template <class TwoWords>
float product_of(int64_t k, float bias, bool tiles, int a_parts, int b_parts, TwoWords words) {
  using Pairs = std::vector<std::pair<int, int>>;
  const Pairs pairs = b_parts > 1   ? (tiles ? Pairs{{2, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 2}, {0, 0}}
                                             : Pairs{{2, 0}, {1, 1}, {0, 2}, {1, 0}, {0, 1}, {0, 0}})
                      : a_parts > 1 ? Pairs{{2, 0}, {1, 0}, {0, 0}}
                                    : Pairs{{0, 0}};
  float sum = tiles ? bias : 0;
  for (int64_t first = 0; first < (tiles ? k : 1); first += 16)
    for (const auto& [a_part, b_part] : pairs) {
      float low = 0, high = 0;
      for (int64_t q = first; q < (tiles ? std::min(first + 16, k) : k); ++q) {
        const auto [a, b] = words(q, a_part, b_part);
        float &upper = tiles ? high : sum, &lower = tiles ? low : sum;
        upper = std::fmaf(upper_of(a), upper_of(b), upper);
        lower = std::fmaf(lower_of(a), lower_of(b), lower);
      }
      if (tiles) sum += low + high;
    }
  return tiles ? sum : sum + bias;
}

/// A sum of products in double, and how far a sum in float of the same may be from it.
struct Sum {
  double value = 0, size = 0;
  int64_t terms = 0;
  void add(double a, double b) { value += a * b, size += std::fabs(a * b), ++terms; }
  double bound() const { return 1e-30 + static_cast<double>(terms + 4) * 0x1p-24 * size; }
};

class ProductCheck {
 public:
  ProductCheck(Backend& backend, const Example& e, PlanOptions options, uint64_t seed)
      : g_(e.graph), memory_(backend.allocate(g_, 0)) {
    fill_memory(*memory_, seed);
    options.batch = e.batch;
    options.rows = e.rows();
    options.precision = Precision::bf16;
    training_ = options.training;
    plan_ = backend.compile(g_, options, *memory_);
    fill_inputs(*plan_, g_, seed);
    plan_->forward(&words_);
    if (training_) plan_->backward();
    for (size_t i = 0; i < g_.ops.size(); ++i)
      if (const auto* op = std::get_if<MatMul>(&g_.ops[i].what)) check(i, op->in, op->out);
  }
  std::vector<std::string> failures;
  int checked = 0;  ///< products

 private:
  std::optional<std::vector<double>> kept(bool gradient, ValueId v) {
    try {
      return gradient ? plan_->gradient(v) : plan_->value(v);
    } catch (const std::logic_error&) {
      return std::nullopt;
    }
  }

  void check(size_t i, int64_t in, int64_t out) {
    const Op& op = g_.ops[i];
    const auto x = to_bf16(plan_->value(op.inputs[0]));
    std::vector<double> w(static_cast<size_t>(in * out)), b(static_cast<size_t>(out));
    memory_->read(Part::weights, op.params[0], w);
    if (op.params.size() > 1) memory_->read(Part::weights, op.params[1], b);
    w = to_bf16(w);
    rows_ = static_cast<int64_t>(x.size()) / in;
    // What the step does behind the product: factor is what relu and dropout leave of a positive value.
    std::vector<double> factor(static_cast<size_t>(rows_ * out), 1);
    bool relu = false;
    size_t last = i;
    auto y = kept(false, op.output);
    if (!y) {
      y = kept(false, g_.ops[++last].output), relu = true;
      if (!y) y = kept(false, g_.ops[++last].output), drop(static_cast<int>(last), factor);
    }
    for (int64_t n = 0; n < rows_; ++n)
      for (int64_t o = 0; o < out; ++o) {
        Sum sum;
        for (int64_t k = 0; k < in; ++k) sum.add(x[at(n, in, k)], w[at(o, in, k)]);
        sum.add(b[static_cast<size_t>(o)], 1);
        const double f = factor[at(n, out, o)];
        hold("y", i, at(n, out, o), f * (relu ? std::max(sum.value, 0.0) : sum.value), (*y)[at(n, out, o)],
             f * sum.bound());
      }
    if (const auto dy = kept(true, g_.ops[last].output); training_ && dy)
      gradients(i, in, out, x, w, *y, *dy, relu, last > i + 1);
  }

  void gradients(size_t i, int64_t in, int64_t out, const std::vector<double>& x, const std::vector<double>& w,
                 const std::vector<double>& y, const std::vector<double>& dy, bool relu, bool dropped) {
    const Op& op = g_.ops[i];
    const float scale = dropped ? std::get<Dropout>(g_.ops[i + 2].what).scale<float>() : 1;
    std::vector<double> exact(dy.size());
    for (size_t k = 0; k < dy.size(); ++k)
      exact[k] = relu && !(y[k] > 0) ? 0 : static_cast<double>(static_cast<float>(dy[k]) * scale);
    const auto dz = to_bf16(exact);
    int readers = 0;
    for (const Op& other : g_.ops)
      for (const ValueId v : other.inputs) readers += v == op.inputs[0];
    if (const auto dx = kept(true, op.inputs[0]); dx && readers == 1)
      for (int64_t n = 0; n < rows_; ++n)
        for (int64_t k = 0; k < in; ++k) {
          Sum sum;
          for (int64_t o = 0; o < out; ++o) sum.add(dz[at(n, out, o)], w[at(o, in, k)]);
          hold("dx", i, at(n, in, k), sum.value, (*dx)[at(n, in, k)], sum.bound());
        }
    if (!g_.params[static_cast<size_t>(op.params[0])].trainable) return;
    std::vector<double> dw(w.size()), db(static_cast<size_t>(out));
    memory_->read(Part::gradients, op.params[0], dw);
    if (op.params.size() > 1) memory_->read(Part::gradients, op.params[1], db);
    for (int64_t o = 0; o < out; ++o) {
      for (int64_t k = 0; k < in; ++k) {
        Sum sum;
        for (int64_t n = 0; n < rows_; ++n) sum.add(dz[at(n, out, o)], x[at(n, in, k)]);
        hold("dw", i, at(o, in, k), sum.value, dw[at(o, in, k)], sum.bound());
      }
      Sum sum;
      for (int64_t n = 0; n < rows_; ++n) sum.add(exact[at(n, out, o)], 1);
      if (op.params.size() > 1)
        hold("db", i, static_cast<size_t>(o), sum.value, db[static_cast<size_t>(o)], sum.bound());
    }
  }

  void drop(int place, std::vector<double>& factor) {
    const Dropout& dropout = std::get<Dropout>(g_.ops[static_cast<size_t>(place)].what);
    std::vector<uint32_t> words(factor.size());
    words_.words(place, words);
    const auto threshold = dropout.rate < 1 ? static_cast<uint32_t>(dropout.rate * 4294967296.0) : 0xFFFFFFFFu;
    for (size_t k = 0; k < words.size(); ++k)
      factor[k] = words[k] >= threshold ? static_cast<double>(dropout.scale<float>()) : 0;
  }

  static size_t at(int64_t row, int64_t width, int64_t column) { return static_cast<size_t>(row * width + column); }

  void hold(const char* what, size_t op, size_t place, double want, double got, double bound) {
    ++checked;
    if (!(std::fabs(want - got) <= bound) && failures.size() < 5)
      failures.push_back(
          fmt::format("{} of op {}[{}]: {} expected, {} found, bound {}", what, op, place, want, got, bound));
  }

  int64_t rows_ = 0;  // of the batch, for the layer at hand
  const Graph& g_;
  std::unique_ptr<Memory> memory_;
  std::unique_ptr<Plan> plan_;
  HashWords words_;
  bool training_ = false;
};

}  // namespace nn::test
