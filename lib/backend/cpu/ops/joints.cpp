// SPDX-License-Identifier: MIT
// Ops that join values, which all lie in one layout, and the one that takes them apart: add, mul, concat, slice.
#include <algorithm>

#include "backend/cpu/plan/pattern.h"

namespace nn::cpu {
namespace {

class AddStep final : public Step {
 public:
  using Step::Step;
  void forward(int, const Tile& t) override {
    const Slice s = d.y_slice(t);
    d.kernels.add(d.x[0] + s.begin, d.x[1] + s.begin, d.y + s.begin, s.size);
  }
  void backward(int, const Tile& t) override {
    const Slice s = d.y_slice(t);
    for (float* dx : d.dx)
      if (dx) std::memcpy(dx + s.begin, d.dy + s.begin, static_cast<size_t>(s.size) * sizeof(float));
  }
  std::string kernel() const override { return "add"; }
};

/// A tile of x0, y and their gradients lies as {groups, rows, width}. The factors lie as {groups, width}, the same for
/// each row; or, as scalars, as {groups, rows}, one a row.
class MulStep final : public Step {
 public:
  explicit MulStep(StepData data) : Step(std::move(data)) {
    const Mul::By by = d.as<Mul>().by;
    const bool lanes = d.y_lay == Layout::batch_innermost;
    const int64_t count = d.in().count();
    if (by == Mul::By::element) {
      width_ = lanes ? count * d.extent.width : count;
      return;
    }
    const int64_t channels = d.in()[0], area = count / std::max<int64_t>(channels, 1);
    const bool channel = by == Mul::By::channel, innermost = d.y_lay == Layout::nhwc;
    scalars_ = !lanes && channel != innermost;
    if (lanes) {  // a value of a factor is one a lane
      groups_ = channel ? channels : 1;
      rows_ = channel ? area : channels;
      width_ = channel ? d.extent.width : area * d.extent.width;
    } else {
      rows_ = innermost ? area : channels;
      width_ = innermost ? channels : area;
    }
  }
  void forward(int, const Tile& t) override {
    each(t, [&](int64_t rows, int64_t i, int64_t k) { times(d.x[0] + i, d.x[1] + k, rows, d.y + i); });
  }
  void backward(int, const Tile& t) override {
    each(t, [&](int64_t rows, int64_t i, int64_t k) {
      const float *x = d.x[0] + i, *dy = d.dy + i;
      if (d.dx[0]) times(dy, d.x[1] + k, rows, d.dx[0] + i);
      float* gradient = d.dx[1] ? d.dx[1] + k : nullptr;
      if (gradient && scalars_)
        for (int64_t r = 0; r < rows; ++r)
          gradient[r] = static_cast<float>(d.kernels.dot(x + r * width_, 0, dy + r * width_, width_));
      else if (gradient)
        d.kernels.products(x, dy, rows, width_, gradient, width_);
    });
  }
  std::string kernel() const override { return scalars_ ? "factor a row" : "factors of rows"; }

 private:
  /// y{rows, width} = x times the factors.
  void times(const float* x, const float* factors, int64_t rows, float* y) const {
    for (int64_t r = 0; r < rows; ++r)
      if (scalars_)
        d.kernels.affine(x + r * width_, factors[r], 0, y + r * width_, width_);
      else
        d.kernels.multiply(x + r * width_, factors, y + r * width_, width_);
  }
  /// visit(rows, first element of x0, first factor) for each group of the tile.
  template <class Visit>
  void each(const Tile& t, Visit&& visit) const {
    const Slice x = d.y_slice(t), factor = d.x_slice(t, 1);
    const int64_t groups = d.y_lay == Layout::batch_innermost ? groups_ : t.samples(), step = scalars_ ? rows_ : width_;
    for (int64_t g = 0; g < groups; ++g) visit(rows_, x.begin + g * rows_ * width_, factor.begin + g * step);
  }

  int64_t groups_ = 1, rows_ = 1, width_ = 1;
  bool scalars_ = false;
};

/// Floats that follow each other from that axis of a sample on: of a sample and row before it, of a cell, or of a tile
/// in lanes.
int64_t piece(const StepData& d, const Shape& shape, Layout lay, int64_t axis) {
  if (lay == Layout::nhwc) return shape[0];
  const int64_t behind = Shape(std::vector<int64_t>(shape.begin() + axis, shape.end())).count();
  return lay == Layout::batch_innermost ? behind * d.extent.width : behind;
}
void copy(const float* from, float* to, int64_t n) { std::memcpy(to, from, static_cast<size_t>(n) * sizeof(float)); }

class ConcatStep final : public Step {
 public:
  explicit ConcatStep(StepData data) : Step(std::move(data)) {
    const int64_t axis = d.as<Concat>().axis;
    for (size_t i = 0; i < d.x.size(); ++i) part_.push_back(piece(d, d.in(i), d.x_lay[i], axis));
    whole_ = piece(d, d.out(), d.y_lay, axis);
  }
  void forward(int, const Tile& t) override {
    each(t, [&](size_t i, int64_t from, int64_t to) { copy(d.x[i] + from, d.y + to, part_[i]); });
  }
  void backward(int, const Tile& t) override {
    each(t, [&](size_t i, int64_t from, int64_t to) {
      if (d.dx[i]) copy(d.dy + to, d.dx[i] + from, part_[i]);
    });
  }
  std::string kernel() const override { return "copy"; }

 private:
  /// visit(input, its first element, that of the output)
  template <class Visit>
  void each(const Tile& t, Visit&& visit) const {
    const Slice out = d.y_slice(t);
    const int64_t pieces = whole_ > 0 ? out.size / whole_ : 0;
    int64_t before = 0;
    for (size_t i = 0; i < part_.size(); before += part_[i++]) {
      const int64_t first = d.x_slice(t, i).begin;
      for (int64_t p = 0; p < pieces; ++p) visit(i, first + p * part_[i], out.begin + p * whole_ + before);
    }
  }

  std::vector<int64_t> part_;
  int64_t whole_ = 0;
};

class SliceStep final : public Step {
 public:
  explicit SliceStep(StepData data) : Step(std::move(data)) {
    const auto& op = d.as<nn::Slice>();
    whole_ = piece(d, d.in(), d.y_lay, op.axis);
    part_ = piece(d, d.out(), d.y_lay, op.axis);
    before_ = part_ / (op.end - op.begin) * op.begin;
  }
  void forward(int, const Tile& t) override {
    each(t, [&](int64_t from, int64_t to) { copy(d.x[0] + from + before_, d.y + to, part_); });
  }
  void backward(int, const Tile& t) override {
    if (!d.dx[0]) return;
    const int64_t behind = whole_ - before_ - part_;
    each(t, [&](int64_t from, int64_t to) {
      float* dx = d.dx[0] + from;
      std::fill_n(dx, before_, 0.f);
      copy(d.dy + to, dx + before_, part_);
      std::fill_n(dx + before_ + part_, behind, 0.f);
    });
  }
  std::string kernel() const override { return "copy"; }

 private:
  /// visit(first element of the input, of the output)
  template <class Visit>
  void each(const Tile& t, Visit&& visit) const {
    const Slice in = d.x_slice(t, 0), out = d.y_slice(t);
    const int64_t pieces = part_ > 0 ? out.size / part_ : 0;
    for (int64_t p = 0; p < pieces; ++p) visit(in.begin + p * whole_, out.begin + p * part_);
  }

  int64_t whole_ = 0, before_ = 0, part_ = 0;
};

/// Behind the first axis of the sample: those values lie in rows or in lanes.
template <class Kind>
size_t match_inner(const Chain& c) {
  const Kind* op = c.as<Kind>(0);
  return op && op->axis > 0 ? 1 : 0;
}

}  // namespace

extern const Pattern add_pattern, mul_pattern, concat_inner_pattern, concat_pattern, slice_inner_pattern, slice_pattern;
const Pattern add_pattern{
    "add",       &match_one<Add>,
    all_layouts, all_layouts,
    true,        [](StepData d) -> StepPointer { return std::make_unique<AddStep>(std::move(d)); },
    nullptr,     nullptr,
    Samples::any};
const Pattern mul_pattern{
    "mul",       &match_one<Mul>,
    all_layouts, all_layouts,
    true,        [](StepData d) -> StepPointer { return std::make_unique<MulStep>(std::move(d)); },
    nullptr,     nullptr,
    Samples::any};
const Pattern concat_inner_pattern{"concat_inner",
                                   &match_inner<Concat>,
                                   Layout::nchw | Layout::batch_innermost,
                                   Layout::nchw | Layout::batch_innermost,
                                   true,
                                   [](StepData d) -> StepPointer { return std::make_unique<ConcatStep>(std::move(d)); },
                                   nullptr,
                                   nullptr,
                                   Samples::any};
const Pattern concat_pattern{
    "concat",    &match_one<Concat>,
    all_layouts, all_layouts,
    true,        [](StepData d) -> StepPointer { return std::make_unique<ConcatStep>(std::move(d)); },
    nullptr,     nullptr,
    Samples::any};
const Pattern slice_inner_pattern{"slice_inner",
                                  &match_inner<nn::Slice>,
                                  Layout::nchw | Layout::batch_innermost,
                                  Layout::nchw | Layout::batch_innermost,
                                  true,
                                  [](StepData d) -> StepPointer { return std::make_unique<SliceStep>(std::move(d)); },
                                  nullptr,
                                  nullptr,
                                  Samples::any};
const Pattern slice_pattern{
    "slice",     &match_one<nn::Slice>,
    all_layouts, all_layouts,
    true,        [](StepData d) -> StepPointer { return std::make_unique<SliceStep>(std::move(d)); },
    nullptr,     nullptr,
    Samples::any};

}  // namespace nn::cpu
