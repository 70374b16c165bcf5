// SPDX-License-Identifier: MIT
// Max and average pooling. Max: the first maximum in row order takes the gradient; a NaN wins over numbers (torch).
// With share_ties all equal maxima do.
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
      : op(op), channels(setup.in()[0]), h(setup.in()[1]), w(setup.in()[2]), oh(setup.out()[1]), ow(setup.out()[2]) {}
  Window at(int64_t p, int64_t q) const {
    const int64_t top = p * op.stride_h - op.pad_top, left = q * op.stride_w - op.pad_left;
    return {inside(top, op.dilation_h), inside(left, op.dilation_w),
            std::min(top + (op.kernel_h - 1) * op.dilation_h + 1, h),
            std::min(left + (op.kernel_w - 1) * op.dilation_w + 1, w)};
  }
  /// visit(cell of a plane) for each cell of a window, in row order.
  template <class Visit>
  void each_cell(const Window& window, Visit&& visit) const {
    for (int64_t row = window.top; row < window.bottom; row += op.dilation_h)
      for (int64_t column = window.left; column < window.right; column += op.dilation_w) visit(row * w + column);
  }
  /// visit(plane, cell of the output, window) for each cell of the planes of these samples.
  template <class Visit>
  void each_window(int64_t begin, int64_t end, Visit&& visit) const {
    for (int64_t plane = begin * channels; plane < end * channels; ++plane)
      for (int64_t p = 0; p < oh; ++p)
        for (int64_t q = 0; q < ow; ++q) visit(plane, (plane * oh + p) * ow + q, at(p, q));
  }
  /// What an average divides by.
  double divisor(int64_t cell, const Window& inside) const {
    if (!op.count_padding) return static_cast<double>((inside.bottom - inside.top) * (inside.right - inside.left));
    const int64_t top = cell / ow % oh * op.stride_h - op.pad_top, left = cell % ow * op.stride_w - op.pad_left;
    const int64_t rows = std::min(top + op.kernel_h, h + op.pad_bottom - op.beyond_h) - top;
    const int64_t columns = std::min(left + op.kernel_w, w + op.pad_right - op.beyond_w) - left;
    return static_cast<double>(rows * columns);
  }
  int64_t outputs() const { return channels * oh * ow; }  ///< of a sample
  Pool op;
  int64_t channels, h, w, oh, ow;

 private:
  /// The first cell of the window that is not before the input.
  static int64_t inside(int64_t first, int64_t dilation) {
    return first >= 0 ? first : first + (dilation - 1 - first) / dilation * dilation;
  }
};

template <class T>
class MaxRunner final : public SampleRunner<T> {
 public:
  MaxRunner(const Pool& op, const Setup& setup)
      : windows_(op, setup),
        from_(static_cast<size_t>(setup.batch * windows_.outputs())),
        ties_(op.share_ties ? from_.size() * static_cast<size_t>(op.kernel_h * op.kernel_w) : 0) {}
  size_t bytes() const override { return from_.size() * sizeof(int64_t) + ties_.size(); }

  void forward_samples(const OpData<T>& d, int64_t begin, int64_t end) override {
    windows_.each_window(begin, end, [&](int64_t plane, int64_t cell, const Window& window) {
      const int64_t first = plane * windows_.h * windows_.w;
      const int64_t best = from_[static_cast<size_t>(cell)] = first + first_maximum(d.x[0] + first, window);
      d.y[cell] = d.x[0][best];
      if (ties_.empty()) return;
      uint8_t* tie = ties_of(cell);
      windows_.each_cell(window, [&](int64_t i) { *tie++ = d.x[0][first + i] == d.y[cell]; });
    });
  }
  void input_gradient(const OpData<T>& d, int64_t begin, int64_t end) override {
    if (!d.dx[0]) return;
    windows_.each_window(begin, end, [&](int64_t plane, int64_t cell, const Window& window) {
      if (ties_.empty())
        d.dx[0][from_[static_cast<size_t>(cell)]] += d.dy[cell];
      else
        share(d.dx[0] + plane * windows_.h * windows_.w, static_cast<double>(d.dy[cell]), ties_of(cell), window);
    });
  }

 private:
  int64_t first_maximum(const T* x, const Window& window) const {
    int64_t best = window.top * windows_.w + window.left;
    windows_.each_cell(window, [&](int64_t i) {
      if (x[i] > x[best] || std::isnan(x[i])) best = i;
    });
    return best;
  }
  uint8_t* ties_of(int64_t cell) {
    return ties_.data() + static_cast<size_t>(cell * windows_.op.kernel_h * windows_.op.kernel_w);
  }
  void share(T* dx, double dy, const uint8_t* tie, const Window& window) const {
    double count = 0;
    const uint8_t* next = tie;
    windows_.each_cell(window, [&](int64_t) { count += *next++; });
    windows_.each_cell(window, [&](int64_t i) {
      if (*tie++) dx[i] += static_cast<T>(dy / count);
    });
  }
  Windows windows_;
  std::vector<int64_t> from_;  // index in x of each maximum
  std::vector<uint8_t> ties_;  // of each window the cells, in order, that equal the maximum
};

template <class T>
class AverageRunner final : public SampleRunner<T> {
 public:
  AverageRunner(const Pool& op, const Setup& setup) : windows_(op, setup) {}

  void forward_samples(const OpData<T>& d, int64_t begin, int64_t end) override {
    windows_.each_window(begin, end, [&](int64_t plane, int64_t cell, const Window& window) {
      const T* x = d.x[0] + plane * windows_.h * windows_.w;
      double sum = 0;
      windows_.each_cell(window, [&](int64_t i) { sum += static_cast<double>(x[i]); });
      d.y[cell] = static_cast<T>(sum / windows_.divisor(cell, window));
    });
  }
  void input_gradient(const OpData<T>& d, int64_t begin, int64_t end) override {
    if (!d.dx[0]) return;
    windows_.each_window(begin, end, [&](int64_t plane, int64_t cell, const Window& window) {
      T* dx = d.dx[0] + plane * windows_.h * windows_.w;
      const T share = static_cast<T>(static_cast<double>(d.dy[cell]) / windows_.divisor(cell, window));
      windows_.each_cell(window, [&](int64_t i) { dx[i] += share; });
    });
  }

 private:
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
