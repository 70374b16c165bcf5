// SPDX-License-Identifier: MIT
// Pooling that no step before it could take along: of planes in lanes by vectors of samples; of pixels by vectors of
// channels; of planes in rows, averages cell by cell here, maxima in pool.cpp.
#include <algorithm>

#include "backend/cpu/kernels/block_kernels.h"
#include "backend/cpu/kernels/lanes.h"
#include "backend/cpu/plan/pattern.h"

namespace nn::cpu {

StepPointer make_max_pool(StepData data);

namespace {

Window window_of(const Pool& op, const Shape& in, const Shape& out) {
  return {in[1], in[2], out[1], out[2], op.kernel_h, op.kernel_w, op.stride_h, op.stride_w, op.pad_top, op.pad_left};
}

/// What each cell of an output is divided by, as a factor (graph.h).
Floats shares_of(const Pool& op, const Window& s) {
  Floats shares(s.oh * s.ow);
  const auto cells = [](int64_t begin, int64_t kernel, int64_t size, int64_t before, int64_t behind) {
    return std::min(begin + kernel, size + behind) - std::max(begin, -before);
  };
  for (int64_t y = 0; y < s.oh; ++y)
    for (int64_t x = 0; x < s.ow; ++x) {
      const int64_t top = y * s.stride_h - s.pad_top, left = x * s.stride_w - s.pad_left;
      const bool padding = op.count_padding;
      const int64_t rows =
          cells(top, s.kernel_h, s.h, padding ? op.pad_top : 0, padding ? op.pad_bottom - op.beyond_h : 0);
      const int64_t cols =
          cells(left, s.kernel_w, s.w, padding ? op.pad_left : 0, padding ? op.pad_right - op.beyond_w : 0);
      shares[y * s.ow + x] = static_cast<float>(1.0 / static_cast<double>(rows * cols));
    }
  return shares;
}

class PoolLanesStep final : public Step {
 public:
  explicit PoolLanesStep(StepData data)
      : Step(std::move(data)),
        max_(d.as<Pool>().kind == Pool::Kind::max),
        k_(*d.kernels.in_lanes),
        s_(window_of(d.as<Pool>(), d.in(), d.out())),
        channels_(d.in()[0]) {
    if (!max_)
      shares_ = shares_of(d.as<Pool>(), s_);
    else if (d.training)
      state_ = d.array<uint8_t>(d.tiles * d.out().count() * d.extent.width);
  }
  void forward(int, const Tile& t) override {
    if (d.y_lay == Layout::nchw) return average_rows(t);
    for (int64_t v = 0; v < t.samples(); v += k_.lanes) {
      const Planes x = in_lanes(d.x[0], s_.h, s_.w, t, v), y = in_lanes(d.y, s_.oh, s_.ow, t, v);
      if (max_)
        k_.max_pool(s_, channels_, x, y, d.training ? state(t, v) : nullptr);
      else
        k_.average_pool(s_, channels_, x, shares_.get(), y);
    }
  }
  void backward(int, const Tile& t) override {
    if (!d.dx[0]) return;
    if (d.y_lay == Layout::nchw) return average_rows_backward(t);
    for (int64_t v = 0; v < t.samples(); v += k_.lanes) {
      const Planes dx = in_lanes(d.dx[0], s_.h, s_.w, t, v), dy = in_lanes(d.dy, s_.oh, s_.ow, t, v);
      if (max_)
        k_.max_pool_backward(s_, channels_, dy, state(t, v), dx);
      else
        k_.average_pool_backward(s_, channels_, dy, shares_.get(), dx);
    }
  }
  size_t bytes() const override { return shares_.bytes() + state_.bytes(); }
  std::string kernel() const override {
    return std::string(max_ ? "max" : "average") + (d.y_lay == Layout::batch_innermost ? " in lanes" : "");
  }

 private:
  Planes in_lanes(const float* array, int64_t h, int64_t w, const Tile& t, int64_t v) const {
    const int64_t width = d.extent.width;
    return {const_cast<float*>(array) + t.index * channels_ * h * w * width + v, h * w * width, w * width, width};
  }
  uint8_t* state(const Tile& t, int64_t v) const {
    return state_.get() + (t.index * d.extent.width + v) * d.out().count();
  }

  /// work(cell of the output in the whole array, cell of the input, share).
  template <class Work>
  void each_cell(const Tile& t, Work work) const {
    for (int64_t p = t.begin * channels_; p < t.end * channels_; ++p)
      for (int64_t y = 0; y < s_.oh; ++y)
        for (int64_t x = 0; x < s_.ow; ++x) {
          const int64_t top = y * s_.stride_h - s_.pad_top, left = x * s_.stride_w - s_.pad_left, cell = y * s_.ow + x;
          for (int64_t r = std::max<int64_t>(top, 0); r < std::min(top + s_.kernel_h, s_.h); ++r)
            for (int64_t c = std::max<int64_t>(left, 0); c < std::min(left + s_.kernel_w, s_.w); ++c)
              work(p * s_.oh * s_.ow + cell, (p * s_.h + r) * s_.w + c, shares_[cell]);
        }
  }
  void average_rows(const Tile& t) const {
    const Slice s = d.y_slice(t);
    std::fill_n(d.y + s.begin, s.size, 0.0f);
    each_cell(t, [&](int64_t out, int64_t in, float share) { d.y[out] += share * d.x[0][in]; });
  }
  void average_rows_backward(const Tile& t) const {
    const Slice s = d.x_slice(t);
    std::fill_n(d.dx[0] + s.begin, s.size, 0.0f);
    each_cell(t, [&](int64_t out, int64_t in, float share) { d.dx[0][in] += share * d.dy[out]; });
  }

  bool max_;
  const LanesKernels& k_;
  Window s_;
  int64_t channels_;
  Floats shares_;           // of an average, {oh, ow}
  Aligned<uint8_t> state_;  // of a maximum: its place in the window, {tile, vector, out, lanes}
};

class PoolPixelsStep final : public Step {
 public:
  explicit PoolPixelsStep(StepData data)
      : Step(std::move(data)),
        max_(d.as<Pool>().kind == Pool::Kind::max),
        k_(*d.kernels.in_blocks),
        s_(window_of(d.as<Pool>(), d.in(), d.out())),
        channels_(d.in()[0]),
        width_(round_up(channels_, k_.lanes)) {
    if (!max_)
      shares_ = shares_of(d.as<Pool>(), s_);
    else if (d.training)
      index_ = d.array<uint8_t>(d.batch * cells() * width_);
  }
  void forward(int, const Tile& t) override {
    for (int64_t n = t.begin; n < t.end; ++n) {
      const float* x = d.x[0] + n * d.in().count();
      float* y = d.y + n * d.out().count();
      if (max_)
        k_.max_pool(s_, channels_, width_, x, y, d.training ? index_.get() + n * cells() * width_ : nullptr);
      else
        k_.average_pool(s_, channels_, x, shares_.get(), y);
    }
  }
  void backward(int, const Tile& t) override {
    if (!d.dx[0]) return;
    for (int64_t n = t.begin; n < t.end; ++n) {
      const float* dy = d.dy + n * d.out().count();
      float* dx = d.dx[0] + n * d.in().count();
      std::fill_n(dx, d.in().count(), 0.f);
      if (max_)
        k_.max_pool_backward(s_, channels_, width_, dy, index_.get() + n * cells() * width_, dx);
      else
        k_.average_pool_backward(s_, channels_, dy, shares_.get(), dx);
    }
  }
  size_t bytes() const override { return shares_.bytes() + index_.bytes(); }
  std::string kernel() const override { return std::string(max_ ? "max" : "average") + " of pixels"; }

 private:
  int64_t cells() const { return s_.oh * s_.ow; }

  bool max_;
  const BlockKernels& k_;
  Window s_;
  int64_t channels_, width_;
  Floats shares_;           // of an average, {oh, ow}
  Aligned<uint8_t> index_;  // of a maximum: its place in the window, {sample, oh, ow, width}
};

constexpr int64_t most_places = 256;  // a byte

size_t match(const Chain& c) {
  const Pool* p = c.as<Pool>(0);
  return p && p->plain() && (p->kind == Pool::Kind::average || p->kernel_h * p->kernel_w <= most_places) ? 1 : 0;
}

}  // namespace

extern const Pattern pool_lanes_pattern;
const Pattern pool_lanes_pattern{"pool_lanes", &match, all_layouts, all_layouts, true, [](StepData d) -> StepPointer {
                                   if (d.x_lay[0] == Layout::nhwc)
                                     return std::make_unique<PoolPixelsStep>(std::move(d));
                                   if (d.as<Pool>().kind == Pool::Kind::max && d.y_lay == Layout::nchw)
                                     return make_max_pool(std::move(d));
                                   return std::make_unique<PoolLanesStep>(std::move(d));
                                 }};

}  // namespace nn::cpu
