// SPDX-License-Identifier: MIT
// Convolution of each channel by itself in the pixels layout: one vector of channels goes along a row of outputs, with
// the weights of usual windows in registers. Cells of a window that lie outside of the sample are left out.
#pragma once

#include "backend/cpu/kernels/block_kernels.h"
#include "backend/cpu/kernels/isa/vec.h"

namespace nn::cpu::NN_ISA {

/// Taps whose vectors stay in registers; 0: none.
template <int taps>
constexpr int held_taps = taps ? taps : 1;

/// The windows of one row of outputs; a side of 0: it is known when the program runs.
template <int fixed_h, int fixed_w>
class DepthwiseRow {
 public:
  DepthwiseRow(const Depthwise& d, int64_t oy)
      : cells_(d.ow),
        height_(fixed_h ? fixed_h : d.kernel_h),
        width_(fixed_w ? fixed_w : d.kernel_w),
        size_(d.w),
        left_(d.left),
        stride_(d.stride_w),
        dilation_(d.dilation_w),
        pixel_(d.width),
        row_(d.dilation_h * d.w * d.width),
        begin_((oy * d.stride_h - d.top) * d.w * d.width),
        rows_(inside(oy * d.stride_h - d.top, height_, d.dilation_h, d.h)) {
    const int64_t last = size_ - 1 - (width_ - 1) * dilation_ + left_;  // where the last whole window may begin
    whole_begin_ = (left_ + stride_ - 1) / stride_;
    whole_end_ = last < 0 ? 0 : last / stride_ + 1;
    whole_end_ = whole_end_ < cells_ ? whole_end_ : cells_;
    whole_begin_ = whole_begin_ < whole_end_ ? whole_begin_ : whole_end_;
  }
  /// work(cell, floats from the sample's first to the output's window, taps); taps(visit) visits those that are there
  /// with visit(tap, floats from the window's begin). Of usual windows the compiler knows each tap, so that what is
  /// indexed by it stays in registers.
  template <class Work>
  void each(Work work) const {
    for (int64_t ox = 0; ox < whole_begin_; ++ox) partial(ox, work);
    if (rows_.first == 0 && rows_.end == height_)
      for (int64_t ox = whole_begin_; ox < whole_end_; ++ox)
        work(ox, place(ox), [&](auto visit) { each_tap<true, true>(Cells{}, visit); });
    else
      for (int64_t ox = whole_begin_; ox < whole_end_; ++ox)
        work(ox, place(ox), [&](auto visit) { each_tap<false, true>(Cells{}, visit); });
    for (int64_t ox = whole_end_; ox < cells_; ++ox) partial(ox, work);
  }

 private:
  /// Of a window along an axis.
  struct Cells {
    int64_t first = 0, end = 0;
  };
  /// Those of a window that begins at `begin` that lie in 0..size.
  static Cells inside(int64_t begin, int64_t kernel, int64_t dilation, int64_t size) {
    const int64_t before = begin < 0 ? (-begin + dilation - 1) / dilation : 0,
                  there = size > begin ? (size - begin + dilation - 1) / dilation : 0;
    return {before, there < kernel ? there : kernel};
  }
  int64_t place(int64_t ox) const { return begin_ + (ox * stride_ - left_) * pixel_; }
  template <class Work>
  void partial(int64_t ox, Work work) const {
    const Cells columns = inside(ox * stride_ - left_, width_, dilation_, size_);
    work(ox, place(ox), [&](auto visit) { each_tap<false, false>(columns, visit); });
  }
  /// Of all rows, or those that are there; of all columns, or these.
  template <bool all_rows, bool all_columns, class Visit>
  void each_tap(Cells columns, Visit visit) const {
    const auto one = [&](int64_t i, int64_t j) {
      visit(i * (fixed_w ? fixed_w : width_) + j, i * row_ + j * dilation_ * pixel_);
    };
    if constexpr (fixed_h == 0) {
      const Cells those = all_columns ? Cells{0, width_} : columns;
      for (int64_t i = rows_.first; i < rows_.end; ++i)
        for (int64_t j = those.first; j < those.end; ++j) one(i, j);
    } else {
#pragma GCC unroll 5
      for (int64_t i = 0; i < fixed_h; ++i) {
        if (!all_rows && (i < rows_.first || i >= rows_.end)) continue;
#pragma GCC unroll 5
        for (int64_t j = 0; j < fixed_w; ++j)
          if (all_columns || (j >= columns.first && j < columns.end)) one(i, j);
      }
    }
  }

  const int64_t cells_, height_, width_, size_, left_, stride_, dilation_, pixel_, row_, begin_;
  const Cells rows_;
  int64_t whole_begin_ = 0, whole_end_ = 0;  // outputs whose windows have all columns
};

/// work(row, its first output, first channel, weights) for every vector of channels along each row of outputs;
/// weights(tap) is that vector's weight.
template <int kh, int kw, class Work>
inline void each_row(const Depthwise& d, const float* w, Work work) {
  for (int64_t oy = 0; oy < d.oh; ++oy) {
    const DepthwiseRow<kh, kw> row(d, oy);
    for (int64_t k = 0; k < d.width; k += lanes) {
      V held[held_taps<kh * kw>];
      for (int64_t tap = 0; tap < kh * kw; ++tap) held[tap] = load(w + tap * d.width + k);
      work(row, oy * d.ow * d.width, k, [&](int64_t tap) { return kh ? held[tap] : load(w + tap * d.width + k); });
    }
  }
}

template <int kh, int kw>
void depthwise_of(const Depthwise& d, const float* x, const float* w, float* y) {
  each_row<kh, kw>(d, w, [&](const auto& row, int64_t outputs, int64_t k, auto weight) {
    row.each([&](int64_t ox, int64_t begin, auto taps) {
      V sum{};
      taps([&](int64_t tap, int64_t at) { sum = load(x + begin + at + k) * weight(tap) + sum; });
      store(y + outputs + ox * d.width + k, sum);
    });
  });
}

template <int kh, int kw>
void depthwise_weights_of(const Depthwise& d, const float* x, const float* dy, float* dw) {
  for (int64_t k = 0; k < d.width; k += lanes) {
    V sums[held_taps<kh * kw>]{};
    for (int64_t oy = 0; oy < d.oh; ++oy)
      DepthwiseRow<kh, kw>(d, oy).each([&](int64_t ox, int64_t begin, auto taps) {
        const V g = load(dy + (oy * d.ow + ox) * d.width + k);
        taps([&](int64_t tap, int64_t at) {
          const V v = load(x + begin + at + k);
          float* sum = dw + tap * d.width + k;
          if (kh)
            sums[tap] = v * g + sums[tap];
          else
            store(sum, v * g + load(sum));
        });
      });
    for (int64_t tap = 0; tap < kh * kw; ++tap) {
      float* sum = dw + tap * d.width + k;
      store(sum, load(sum) + sums[tap]);
    }
  }
}

template <int kh, int kw>
void depthwise_inputs_of(const Depthwise& d, const float* dy, const float* w, float* dx) {
  each_row<kh, kw>(d, w, [&](const auto& row, int64_t outputs, int64_t k, auto weight) {
    row.each([&](int64_t ox, int64_t begin, auto taps) {
      const V g = load(dy + outputs + ox * d.width + k);
      taps([&](int64_t tap, int64_t at) {
        float* sum = dx + begin + at + k;
        store(sum, g * weight(tap) + load(sum));
      });
    });
  });
}

/// run<height, width>() of the window where it is a usual one, else run<0, 0>().
template <class Run>
inline void by_window(const Depthwise& d, Run run) {
  const auto is_square = [&](int64_t side) { return d.kernel_h == side && d.kernel_w == side; };
  if (is_square(3)) return run.template operator()<3, 3>();
  if (is_square(5)) return run.template operator()<5, 5>();
  run.template operator()<0, 0>();
}

inline void depthwise(const Depthwise& d, const float* x, const float* w, float* y) {
  by_window(d, [&]<int kh, int kw>() { depthwise_of<kh, kw>(d, x, w, y); });
}

inline void depthwise_weight_gradient(const Depthwise& d, const float* x, const float* dy, float* dw) {
  by_window(d, [&]<int kh, int kw>() { depthwise_weights_of<kh, kw>(d, x, dy, dw); });
}

inline void depthwise_input_gradient(const Depthwise& d, const float* dy, const float* w, float* dx) {
  by_window(d, [&]<int kh, int kw>() { depthwise_inputs_of<kh, kw>(d, dy, w, dx); });
}

}  // namespace nn::cpu::NN_ISA
