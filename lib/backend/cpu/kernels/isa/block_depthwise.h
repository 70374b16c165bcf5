// SPDX-License-Identifier: MIT
// Convolution of each channel by itself in the pixels layout: one vector of channels goes along a row of outputs, with
// the weights of usual windows in registers. Cells of a window that lie outside of the sample are left out.
#pragma once

#include "backend/cpu/kernels/block_kernels.h"
#include "backend/cpu/kernels/isa/vec.h"

namespace nn::cpu::NN_ISA {

/// Most taps whose vectors stay in registers.
constexpr int held_taps = 25;

/// The windows of one row of outputs; a side of 0: it is known when the program runs.
template <int fixed_h, int fixed_w>
class DepthwiseRow {
 public:
  DepthwiseRow(const Depthwise& d, int64_t oy)
      : d_(d),
        height_(fixed_h ? fixed_h : d.kernel_h),
        width_(fixed_w ? fixed_w : d.kernel_w),
        y_(oy * d.stride_h - d.top),
        row_(d.w * d.width) {
    range(y_, height_, d.dilation_h, d.h, first_, end_);
    whole_ = first_ == 0 && end_ == height_;
  }
  /// work(cell, floats from the sample's first to the output's window, taps); taps(visit) visits those that are there
  /// with visit(tap, floats from the window's begin). Of usual windows the compiler knows each tap, so that what is
  /// indexed by it stays in registers.
  template <class Work>
  void each(Work work) const {
    for (int64_t ox = 0; ox < d_.ow; ++ox) {
      const int64_t x = ox * d_.stride_w - d_.left, begin = y_ * row_ + x * d_.width;
      int64_t left = 0, right = 0;
      range(x, width_, d_.dilation_w, d_.w, left, right);
      const bool whole = whole_ && left == 0 && right == width_;
      if (fixed_h == 0)
        work(ox, begin, [&](auto visit) {
          for (int64_t i = first_; i < end_; ++i)
            for (int64_t j = left; j < right; ++j) visit(i * width_ + j, place(i, j));
        });
      else if (whole)
        work(ox, begin, [&](auto visit) {
#pragma GCC unroll 5
          for (int64_t i = 0; i < fixed_h; ++i)
#pragma GCC unroll 5
            for (int64_t j = 0; j < fixed_w; ++j) visit(i * fixed_w + j, place(i, j));
        });
      else
        work(ox, begin, [&](auto visit) {
#pragma GCC unroll 5
          for (int64_t i = 0; i < fixed_h; ++i)
#pragma GCC unroll 5
            for (int64_t j = 0; j < fixed_w; ++j)
              if (i >= first_ && i < end_ && j >= left && j < right) visit(i * fixed_w + j, place(i, j));
        });
    }
  }

 private:
  int64_t place(int64_t i, int64_t j) const { return i * d_.dilation_h * row_ + j * d_.dilation_w * d_.width; }
  /// Cells first to end of a window that begins at `begin` lie in 0..size.
  static void range(int64_t begin, int64_t kernel, int64_t dilation, int64_t size, int64_t& first, int64_t& end) {
    first = begin < 0 ? (-begin + dilation - 1) / dilation : 0;
    const int64_t inside = size > begin ? (size - begin + dilation - 1) / dilation : 0;
    end = inside < kernel ? inside : kernel;
  }

  const Depthwise& d_;
  const int64_t height_, width_;
  int64_t y_, row_, first_ = 0, end_ = 0;
  bool whole_;
};

template <int kh, int kw>
void depthwise_of(const Depthwise& d, const float* x, const float* w, float* y) {
  for (int64_t oy = 0; oy < d.oh; ++oy, y += d.ow * d.width) {
    const DepthwiseRow<kh, kw> row(d, oy);
    for (int64_t k = 0; k < d.width; k += lanes) {
      V held[held_taps];
      for (int64_t tap = 0; tap < kh * kw; ++tap) held[tap] = load(w + tap * d.width + k);
      row.each([&](int64_t ox, int64_t begin, auto taps) {
        V sum{};
        taps([&](int64_t tap, int64_t at) {
          sum = load(x + begin + at + k) * (kh ? held[tap] : load(w + tap * d.width + k)) + sum;
        });
        store(y + ox * d.width + k, sum);
      });
    }
  }
}

template <int kh, int kw>
void depthwise_weights_of(const Depthwise& d, const float* x, const float* dy, float* dw) {
  for (int64_t k = 0; k < d.width; k += lanes) {
    V sums[held_taps]{};
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
  for (int64_t oy = 0; oy < d.oh; ++oy, dy += d.ow * d.width) {
    const DepthwiseRow<kh, kw> row(d, oy);
    for (int64_t k = 0; k < d.width; k += lanes) {
      V held[held_taps];
      for (int64_t tap = 0; tap < kh * kw; ++tap) held[tap] = load(w + tap * d.width + k);
      row.each([&](int64_t ox, int64_t begin, auto taps) {
        const V g = load(dy + ox * d.width + k);
        taps([&](int64_t tap, int64_t at) {
          float* sum = dx + begin + at + k;
          store(sum, g * (kh ? held[tap] : load(w + tap * d.width + k)) + load(sum));
        });
      });
    }
  }
}

inline bool is_square(const Depthwise& d, int64_t side) { return d.kernel_h == side && d.kernel_w == side; }

inline void depthwise(const Depthwise& d, const float* x, const float* w, float* y) {
  const auto run = is_square(d, 3) ? &depthwise_of<3, 3> : is_square(d, 5) ? &depthwise_of<5, 5> : &depthwise_of<0, 0>;
  run(d, x, w, y);
}

inline void depthwise_weight_gradient(const Depthwise& d, const float* x, const float* dy, float* dw) {
  const auto run = is_square(d, 3)   ? &depthwise_weights_of<3, 3>
                   : is_square(d, 5) ? &depthwise_weights_of<5, 5>
                                     : &depthwise_weights_of<0, 0>;
  run(d, x, dy, dw);
}

inline void depthwise_input_gradient(const Depthwise& d, const float* dy, const float* w, float* dx) {
  const auto run = is_square(d, 3)   ? &depthwise_inputs_of<3, 3>
                   : is_square(d, 5) ? &depthwise_inputs_of<5, 5>
                                     : &depthwise_inputs_of<0, 0>;
  run(d, dy, w, dx);
}

}  // namespace nn::cpu::NN_ISA
