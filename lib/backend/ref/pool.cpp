// SPDX-License-Identifier: MIT
// Max and average pooling. Max: the first maximum in row order takes the gradient; a NaN wins over numbers (torch).
#include <algorithm>
#include <cmath>
#include <vector>

#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
struct Window {
  int64_t top, left, bottom, right;  // cells inside the input
};

class Windows {
 public:
  Windows(const Pool& op, const Setup& setup)
      : op(op),
        planes(setup.batch * setup.in()[0]),
        h(setup.in()[1]),
        w(setup.in()[2]),
        oh(setup.out()[1]),
        ow(setup.out()[2]) {}
  Window at(int64_t p, int64_t q) const {
    const int64_t top = p * op.stride_h - op.pad_top, left = q * op.stride_w - op.pad_left;
    return {std::max<int64_t>(top, 0), std::max<int64_t>(left, 0), std::min(top + op.kernel_h, h),
            std::min(left + op.kernel_w, w)};
  }
  /// What an average divides by. Cells beyond the padding (a last window that sticks out) never count.
  double divisor(int64_t p, int64_t q) const {
    const Window inside = at(p, q);
    if (!op.count_padding) return static_cast<double>((inside.bottom - inside.top) * (inside.right - inside.left));
    const int64_t top = p * op.stride_h - op.pad_top, left = q * op.stride_w - op.pad_left;
    const int64_t rows = std::min(top + op.kernel_h, h + op.pad_bottom) - top;
    const int64_t columns = std::min(left + op.kernel_w, w + op.pad_right) - left;
    return static_cast<double>(rows * columns);
  }
  Pool op;
  int64_t planes, h, w, oh, ow;
};

template <class T>
class MaxRunner final : public OpRunner<T> {
 public:
  MaxRunner(const Pool& op, const Setup& setup)
      : windows_(op, setup), from_(static_cast<size_t>(windows_.planes * windows_.oh * windows_.ow)) {}
  size_t bytes() const override { return from_.size() * sizeof(int64_t); }

  void forward(const OpData<T>& d) override {
    const Windows& s = windows_;
    size_t cell = 0;
    for (int64_t plane = 0; plane < s.planes; ++plane)
      for (int64_t p = 0; p < s.oh; ++p)
        for (int64_t q = 0; q < s.ow; ++q, ++cell) {
          from_[cell] = first_maximum(d.x[0] + plane * s.h * s.w, s.at(p, q)) + plane * s.h * s.w;
          d.y[cell] = d.x[0][from_[cell]];
        }
  }
  void backward(const OpData<T>& d) override {
    if (!d.dx[0]) return;
    for (size_t cell = 0; cell < from_.size(); ++cell) d.dx[0][from_[cell]] += d.dy[cell];
  }

 private:
  int64_t first_maximum(const T* x, const Window& inside) const {
    int64_t best = inside.top * windows_.w + inside.left;
    for (int64_t row = inside.top; row < inside.bottom; ++row)
      for (int64_t column = inside.left; column < inside.right; ++column) {
        const int64_t i = row * windows_.w + column;
        if (x[i] > x[best] || std::isnan(x[i])) best = i;
      }
    return best;
  }
  Windows windows_;
  std::vector<int64_t> from_;  // index in x of each maximum
};

template <class T>
class AverageRunner final : public OpRunner<T> {
 public:
  AverageRunner(const Pool& op, const Setup& setup) : windows_(op, setup) {}

  void forward(const OpData<T>& d) override {
    each_window([&](int64_t plane, int64_t cell, const Window& inside, double divisor) {
      double sum = 0;
      for (int64_t row = inside.top; row < inside.bottom; ++row)
        for (int64_t column = inside.left; column < inside.right; ++column)
          sum += static_cast<double>(d.x[0][plane + row * windows_.w + column]);
      d.y[cell] = static_cast<T>(sum / divisor);
    });
  }
  void backward(const OpData<T>& d) override {
    if (!d.dx[0]) return;
    each_window([&](int64_t plane, int64_t cell, const Window& inside, double divisor) {
      const T share = static_cast<T>(static_cast<double>(d.dy[cell]) / divisor);
      for (int64_t row = inside.top; row < inside.bottom; ++row)
        for (int64_t column = inside.left; column < inside.right; ++column)
          d.dx[0][plane + row * windows_.w + column] += share;
    });
  }

 private:
  template <class Visit>
  void each_window(Visit&& visit) const {
    const Windows& s = windows_;
    int64_t cell = 0;
    for (int64_t plane = 0; plane < s.planes; ++plane)
      for (int64_t p = 0; p < s.oh; ++p)
        for (int64_t q = 0; q < s.ow; ++q, ++cell) visit(plane * s.h * s.w, cell, s.at(p, q), s.divisor(p, q));
  }
  Windows windows_;
};
}  // namespace

template <class T>
Runner<T> make(const Pool& op, const Setup& setup) {
  if (op.kind == Pool::Kind::max) return std::make_unique<MaxRunner<T>>(op, setup);
  return std::make_unique<AverageRunner<T>>(op, setup);
}
NN_REF_INSTANTIATE(Pool);

}  // namespace nn::ref
