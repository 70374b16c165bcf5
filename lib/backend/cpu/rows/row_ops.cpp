// SPDX-License-Identifier: MIT
// Of rows of ragged samples: layer normalisation of each, their mean, first or largest values, their length.
#include <algorithm>
#include <cmath>

#include "backend/cpu/kernels/rows.h"
#include "backend/cpu/plan/pattern.h"

namespace nn::cpu {
namespace {

class NormOfRows final : public Step {
 public:
  explicit NormOfRows(StepData data)
      : Step(std::move(data)), width_(d.in().count()), mean_(d.floats(d.batch)), scale_(d.floats(d.batch)) {}
  void forward(int, const Tile& t) override {
    d.kernels.in_rows->norm(d.x[0] + t.begin * width_, t.samples(), width_, d.as<LayerNorm>().epsilon, d.weight(0),
                            d.weight(1), d.y + t.begin * width_, mean_.get() + t.begin, scale_.get() + t.begin);
  }
  void backward(int, const Tile& t) override {
    if (d.dx[0])
      d.kernels.in_rows->norm_backward(d.x[0] + t.begin * width_, d.dy + t.begin * width_, t.samples(), width_,
                                       d.weight(0), mean_.get() + t.begin, scale_.get() + t.begin,
                                       d.dx[0] + t.begin * width_);
  }
  void finish(const Tile& t, const Updater& updater) override {
    const Range part = part_of(width_, t.index, t.count);
    float *weight = d.gradient(0), *bias = d.gradient(1);
    const int64_t n = part.end - part.begin;
    if ((weight || bias) && n > 0)
      d.kernels.in_rows->norm_sums(d.x[0] + part.begin, d.dy + part.begin, d.in_flight->count(), width_, mean_.get(),
                                   scale_.get(), weight ? weight + part.begin : t.scratch,
                                   bias ? bias + part.begin : t.scratch + width_, n);
    tell(t, updater);
  }
  int64_t scratch() const override { return 2 * width_; }
  size_t bytes() const override { return 2 * mean_.bytes(); }
  std::string kernel() const override { return "rows"; }

 private:
  int64_t width_;
  Floats mean_, scale_;  // of each row
};

class PoolOfRows final : public Step {
 public:
  explicit PoolOfRows(StepData data)
      : Step(std::move(data)),
        kind_(d.as<SegmentPool>().kind),
        width_(d.in().count()),
        from_(d.array<int32_t>(kind_ == SegmentPool::Kind::max ? d.plan_batch * width_ : 0)) {}

  void forward(int, const Tile& t) override {
    each(t, [&](int64_t s, const float* x, int64_t rows, float* y) {
      if (rows == 0)
        std::fill_n(y, width_, 0.0F);
      else if (kind_ == SegmentPool::Kind::first)
        std::copy_n(x, width_, y);
      else if (kind_ == SegmentPool::Kind::max)
        largest(x, rows, y, from_.get() + s * width_);
      else
        d.kernels.sum_rows(x, rows, width_, y, width_), d.kernels.scale(y, 1 / static_cast<float>(rows), width_);
    });
  }

  void backward(int, const Tile& t) override {
    if (!d.dx[0]) return;
    for (int64_t s = t.whole.begin; s < t.whole.end; ++s) {
      const int64_t first = d.in_flight->starts()[s], rows = d.in_flight->starts()[s + 1] - first;
      float* dx = d.dx[0] + first * width_;
      const float* dy = d.dy + s * width_;
      if (kind_ == SegmentPool::Kind::mean) {
        for (int64_t r = 0; r < rows; ++r)
          d.kernels.affine(dy, 1 / static_cast<float>(rows), 0, dx + r * width_, width_);
        continue;
      }
      std::fill_n(dx, rows * width_, 0.0F);
      if (rows > 0)
        for (int64_t i = 0; i < width_; ++i)
          dx[(kind_ == SegmentPool::Kind::max ? from_[s * width_ + i] : 0) * width_ + i] = dy[i];
    }
  }
  size_t bytes() const override { return from_.bytes(); }
  std::string kernel() const override { return "rows"; }

 private:
  /// visit(sample, its rows, how many, its output)
  template <class Visit>
  void each(const Tile& t, Visit&& visit) const {
    const int64_t* start = d.in_flight->starts();
    for (int64_t s = t.whole.begin; s < t.whole.end; ++s)
      visit(s, d.x[0] + start[s] * width_, start[s + 1] - start[s], d.y + s * width_);
  }
  void largest(const float* x, int64_t rows, float* y, int32_t* from) const {
    std::copy_n(x, width_, y);
    std::fill_n(from, width_, 0);
    for (int64_t r = 1; r < rows; ++r)
      for (int64_t i = 0; i < width_; ++i)
        if (x[r * width_ + i] > y[i]) y[i] = x[r * width_ + i], from[i] = static_cast<int32_t>(r);
  }

  SegmentPool::Kind kind_;
  int64_t width_;
  Aligned<int32_t> from_;  // of max: the row of each value in its sample
};

class L2NormStep final : public Step {
 public:
  explicit L2NormStep(StepData data)
      : Step(std::move(data)),
        width_(d.in().count()),
        epsilon_(d.as<L2Norm>().epsilon),
        length_(d.array<double>(d.batch)) {}
  void forward(int, const Tile& t) override {
    for (int64_t n = t.begin; n < t.end; ++n) {
      const float* x = d.x[0] + n * width_;
      length_[n] = std::sqrt(d.kernels.sum_squares(x, 0, width_));
      d.kernels.affine(x, static_cast<float>(1 / std::max(length_[n], epsilon_)), 0, d.y + n * width_, width_);
    }
  }
  void backward(int, const Tile& t) override {
    if (!d.dx[0]) return;
    for (int64_t n = t.begin; n < t.end; ++n) {
      const float *x = d.x[0] + n * width_, *dy = d.dy + n * width_;
      const double divisor = std::max(length_[n], epsilon_);
      const double along = length_[n] > epsilon_ ? d.kernels.dot(x, 0, dy, width_) / (divisor * divisor * divisor) : 0;
      d.kernels.affine2(dy, static_cast<float>(1 / divisor), x, static_cast<float>(-along), 0, d.dx[0] + n * width_,
                        width_);
    }
  }
  size_t bytes() const override { return length_.bytes(); }
  std::string kernel() const override { return "rows"; }

 private:
  int64_t width_;
  double epsilon_;
  Aligned<double> length_;
};

size_t match_norm(const Chain& c) {
  const LayerNorm* op = c.as<LayerNorm>(0);
  return op && op->axis == 0 && op->last < 0 ? 1 : 0;
}

}  // namespace

extern const Pattern norm_of_rows_pattern, pool_of_rows_pattern, l2norm_pattern;
const Pattern norm_of_rows_pattern{
    .name = "norm_of_rows",
    .match = &match_norm,
    .make = [](StepData d) -> StepPointer { return std::make_unique<NormOfRows>(std::move(d)); },
    .samples = Samples::ragged};
const Pattern pool_of_rows_pattern{
    .name = "pool_of_rows",
    .match = &match_one<SegmentPool>,
    .make = [](StepData d) -> StepPointer { return std::make_unique<PoolOfRows>(std::move(d)); },
    .samples = Samples::ragged};
const Pattern l2norm_pattern{
    .name = "l2norm",
    .match = &match_one<L2Norm>,
    .make = [](StepData d) -> StepPointer { return std::make_unique<L2NormStep>(std::move(d)); },
    .samples = Samples::any};

}  // namespace nn::cpu
