// SPDX-License-Identifier: MIT
// Attention of whole samples: keys are turned once a head, then for some queries at a time scores, softmax and the sum
// of the values, all in a worker's caches. Backward makes the shares again. Gradients of the biases are summed by
// sample, then over the samples in their order.
#include <algorithm>
#include <cmath>

#include "backend/cpu/kernels/rows.h"
#include "backend/cpu/plan/pattern.h"
#include "backend/relative.h"

namespace nn::cpu {
namespace {

constexpr int64_t blocks_together = 2;  // of queries

class AttentionStep final : public Step {
 public:
  explicit AttentionStep(StepData data)
      : Step(std::move(data)),
        heads_(d.as<Attention>().heads),
        buckets_(d.as<Attention>().buckets),
        width_(d.in().count() / 3),
        each_(width_ / heads_),
        row_(3 * width_),
        most_(d.most_rows()),
        padded_(round_up(most_, d.kernels.panel)),
        together_(blocks_together * d.kernels.block),
        factor_(static_cast<float>(1 / std::sqrt(static_cast<double>(each_)))),
        bias_(d.floats(buckets_ > 0 ? heads_ * bias_row() : 0)),
        sums_(d.array<double>(buckets_ > 0 && d.training && d.gradient(0) ? d.plan_batch * buckets_ * heads_ : 0)) {}

  /// The biases by distance, from what they are now.
  void begin_run() override {
    for (int64_t h = 0; buckets_ > 0 && h < heads_; ++h)
      for (int64_t i = 0; i < 2 * most_ - 1; ++i)
        bias_[h * bias_row() + i] = d.weight(0)[relative_bucket(i - most_ + 1, buckets_) * heads_ + h];
  }

  /// In evaluation arrays are free again from here on (BufferPlan::passing).
  bool waits(Pass pass, int phase) const override {
    return Step::waits(pass, phase) || (pass == Pass::forward && !d.training);
  }
  void forward(int, const Tile& t) override {
    const Parts parts(*this, t.scratch);
    each_head(t, [&](const Head& head) {
      d.kernels.transpose(head.k, head.rows, each_, row_, parts.keys, padded_);
      each_queries(head, [&](int64_t i, int64_t n) {
        shares(head, i, n, parts);
        product({.m = n,
                 .n = each_,
                 .k = head.rows,
                 .a = parts.shares,
                 .a_row = padded_,
                 .a_col = 1,
                 .b = head.v,
                 .b_row = row_,
                 .c = head.y + i * width_,
                 .c_row = width_},
                parts);
      });
    });
  }

  void backward(int, const Tile& t) override {
    if (!d.dx[0] && sums_.size() == 0) return;
    const Parts parts(*this, t.scratch);
    if (sums_.size() > 0)
      std::fill(sums_.get() + t.whole.begin * buckets_ * heads_, sums_.get() + t.whole.end * buckets_ * heads_, 0.0);
    each_head(t, [&](const Head& head) {
      d.kernels.transpose(head.k, head.rows, each_, row_, parts.keys, padded_);
      d.kernels.transpose(head.v, head.rows, each_, row_, parts.values, padded_);
      std::fill_n(parts.diagonals, 2 * most_, 0.0F);
      each_queries(head, [&](int64_t i, int64_t n) { gradient_of_queries(head, i, n, parts); });
      if (sums_.size() > 0) sum_biases(head, parts);
    });
  }

  void finish(const Tile& t, const Updater& updater) override {
    if (float* gradient = buckets_ > 0 ? d.gradient(0) : nullptr) {
      const int64_t n = buckets_ * heads_;
      const Range part = part_of(n, t.index, t.count);
      const bool more = d.shared(0, true);
      for (int64_t i = part.begin; i < part.end; ++i) {
        double sum = more ? static_cast<double>(gradient[i]) : 0;
        for (int64_t s = 0; s < d.plan_batch; ++s) sum += sums_[s * n + i];
        gradient[i] = static_cast<float>(sum);
      }
    }
    tell(t, updater);
  }

  int64_t scratch() const override {
    return 2 * each_ * padded_ + 2 * together_ * padded_ + 2 * most_ + 16 + padded_ * d.kernels.panel;
  }
  size_t bytes() const override { return bias_.bytes() + sums_.bytes(); }
  std::string kernel() const override { return buckets_ > 0 ? "heads, with biases" : "heads"; }

 private:
  /// One head of one sample; of q, k and v a row is 3 width_ floats, of y width_.
  struct Head {
    int64_t sample, head, rows;
    const float *q, *k, *v;
    float *y, *dq, *dk, *dv;
    const float* dy;
  };
  /// A worker's scratch memory.
  struct Parts {
    float *keys, *values, *shares, *slopes, *diagonals, *panel;
    Parts(const AttentionStep& s, float* scratch)
        : keys(scratch),
          values(keys + s.each_ * s.padded_),
          shares(values + s.each_ * s.padded_),
          slopes(shares + s.together_ * s.padded_),
          diagonals(slopes + s.together_ * s.padded_),
          panel(diagonals + round_up(2 * s.most_, 16)) {}
  };

  template <class Visit>
  void each_head(const Tile& t, Visit&& visit) const {
    const int64_t* start = d.in_flight->starts();
    for (int64_t s = t.whole.begin; s < t.whole.end; ++s) {
      const int64_t first = start[s], rows = start[s + 1] - first;
      for (int64_t h = 0; rows > 0 && h < heads_; ++h) {
        const float* q = d.x[0] + first * row_ + h * each_;
        float *dq = d.dx[0] ? d.dx[0] + first * row_ + h * each_ : nullptr, *dk = dq ? dq + width_ : nullptr;
        const int64_t at = first * width_ + h * each_;
        visit(Head{s, h, rows, q, q + width_, q + 2 * width_, d.y + at, dq, dk, dk ? dk + width_ : nullptr,
                   d.dy ? d.dy + at : nullptr});
      }
    }
  }
  /// visit(first, how many) of the queries of a head.
  template <class Visit>
  void each_queries(const Head& head, Visit&& visit) const {
    for (int64_t i = 0; i < head.rows; i += together_) visit(i, std::min(together_, head.rows - i));
  }
  /// Where b is rows of a value, of which a last narrow panel is packed.
  void product(Gemm g, const Parts& parts) const {
    g.scratch = parts.panel;
    d.kernels.gemm(g);
  }

  void shares(const Head& head, int64_t i, int64_t n, const Parts& parts) const {
    d.kernels.gemm({.m = n,
                    .n = head.rows,
                    .k = each_,
                    .a = head.q + i * row_,
                    .a_row = row_,
                    .a_col = 1,
                    .b = parts.keys,
                    .b_row = padded_,
                    .c = parts.shares,
                    .c_row = padded_,
                    .b_padded = true});
    const float* bias = buckets_ > 0 ? bias_.get() + head.head * bias_row() + most_ - 1 - i : nullptr;
    d.kernels.in_rows->softmax(parts.shares, n, head.rows, padded_, factor_, bias);
  }

  void gradient_of_queries(const Head& head, int64_t i, int64_t n, const Parts& parts) const {
    shares(head, i, n, parts);
    d.kernels.gemm({.m = n,
                    .n = head.rows,
                    .k = each_,
                    .a = head.dy + i * width_,
                    .a_row = width_,
                    .a_col = 1,
                    .b = parts.values,
                    .b_row = padded_,
                    .c = parts.slopes,
                    .c_row = padded_,
                    .b_padded = true});
    d.kernels.in_rows->softmax_backward(parts.shares, parts.slopes, n, head.rows, padded_);
    for (int64_t r = 0; sums_.size() > 0 && r < n; ++r) {
      float* diagonal = parts.diagonals + most_ - 1 - (i + r);
      d.kernels.add(diagonal, parts.slopes + r * padded_, diagonal, head.rows);
    }
    if (!head.dq) return;
    // to{rows, each} += of{n, rows}' from{n, each}: the first queries begin the sum.
    const auto over_queries = [&](const float* of, const float* from, int64_t from_row, float* to) {
      product({.m = head.rows,
               .n = each_,
               .k = n,
               .a = of,
               .a_row = 1,
               .a_col = padded_,
               .b = from,
               .b_row = from_row,
               .c = to,
               .c_row = row_,
               .add = i > 0},
              parts);
    };
    for (int64_t r = 0; r < n; ++r) d.kernels.scale(parts.slopes + r * padded_, factor_, head.rows);
    product({.m = n,
             .n = each_,
             .k = head.rows,
             .a = parts.slopes,
             .a_row = padded_,
             .a_col = 1,
             .b = head.k,
             .b_row = row_,
             .c = head.dq + i * row_,
             .c_row = row_},
            parts);
    over_queries(parts.slopes, head.q + i * row_, row_, head.dk);
    over_queries(parts.shares, head.dy + i * width_, width_, head.dv);
  }

  void sum_biases(const Head& head, const Parts& parts) const {
    double* sums = sums_.get() + head.sample * buckets_ * heads_ + head.head;
    for (int64_t i = most_ - head.rows; i < most_ + head.rows - 1; ++i)
      sums[relative_bucket(i - most_ + 1, buckets_) * heads_] += static_cast<double>(parts.diagonals[i]);
  }
  int64_t bias_row() const { return round_up(2 * most_, 16); }

  int64_t heads_, buckets_, width_, each_, row_;  // columns of all heads, of one; of q, k and v
  int64_t most_, padded_, together_;              // rows of a sample, of a panel's multiple; queries at once
  float factor_;
  Floats bias_;           // {heads, bias_row()} by the distance of key and query, from -(most - 1) on
  Aligned<double> sums_;  // {samples, buckets, heads}
};

}  // namespace

extern const Pattern attention_pattern;
const Pattern attention_pattern{
    .name = "attention",
    .match = &match_one<Attention>,
    .make = [](StepData d) -> StepPointer { return std::make_unique<AttentionStep>(std::move(d)); },
    .samples = Samples::ragged};

}  // namespace nn::cpu
