// SPDX-License-Identifier: MIT
// Factor and shift along one axis of a sample, where the elements of one index lie together; else ref's loops do it.
// The sums for the gradients are kept row by row and added in their order, whatever the tiles.
#include "backend/cpu/ops/row_sums.h"
#include "backend/cpu/plan/pattern.h"

namespace nn::cpu {
namespace {

int64_t elements_behind(const Shape& shape, int64_t axis) {
  int64_t n = 1;
  for (auto i = static_cast<size_t>(axis) + 1; i < shape.rank(); ++i) n *= shape[i];
  return n;
}

class ScaleStep final : public Step {
 public:
  explicit ScaleStep(StepData data)
      : Step(std::move(data)),
        extent_(d.in()[static_cast<size_t>(d.as<Scale>().axis)]),
        row_(elements_behind(d.in(), d.as<Scale>().axis)),
        rows_(d.in().count() / row_),
        sum_(d.array<double>(d.training ? d.batch * rows_ : 0)),
        dot_(d.array<double>(sum_.size())) {}
  void forward(int, const Tile& t) override {
    const float *weight = d.weight(0), *bias = d.weight(1);
    for (int64_t r = t.begin * rows_; r < t.end * rows_; ++r)
      d.kernels.affine(d.x[0] + r * row_, weight[r % extent_], bias ? bias[r % extent_] : 0, d.y + r * row_, row_);
  }
  void backward(int, const Tile& t) override {
    for (int64_t r = t.begin * rows_; r < t.end * rows_; ++r) {
      const float* dy = d.dy + r * row_;
      if (d.gradient(0)) dot_[r] = d.kernels.dot(d.x[0] + r * row_, 0, dy, row_);
      if (d.gradient(1)) sum_[r] = d.kernels.sum(dy, row_);
      if (d.dx[0]) d.kernels.affine(dy, d.weight(0)[r % extent_], 0, d.dx[0] + r * row_, row_);
    }
  }
  void finish(const Tile& t, const Updater& updater) override {
    set_gradients_of_rows(d, t, extent_, dot_, sum_);
    tell(t, updater);
  }
  size_t bytes() const override { return 2 * sum_.bytes(); }
  std::string kernel() const override { return "affine"; }

 private:
  int64_t extent_, row_, rows_;  // along the axis, of an index together, and of these in a sample
  Aligned<double> sum_, dot_;    // of dy and of x dy, of each row of the batch
};

constexpr int64_t least_row = 8;  // shorter ones take longer one by one than in ref's loops

}  // namespace

extern const Pattern scale_pattern;
const Pattern scale_pattern{"scale",
                            [](const Chain& c) -> size_t {
                              const Scale* op = c.as<Scale>(0);
                              return op && elements_behind(c.in(), op->axis) >= least_row ? 1 : 0;
                            },
                            only(Layout::nchw),
                            only(Layout::nchw),
                            false,
                            [](StepData d) -> StepPointer { return std::make_unique<ScaleStep>(std::move(d)); }};

}  // namespace nn::cpu
