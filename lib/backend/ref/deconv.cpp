// SPDX-License-Identifier: MIT
// Transposed convolution: each cell of x adds its window, times the weights, to y.
#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T>
class DeconvRunner final : public SampleRunner<T> {
 public:
  DeconvRunner(const Deconv& op, const Setup& setup)
      : op_(op),
        batch_(setup.batch),
        h_(setup.in()[1]),
        w_(setup.in()[2]),
        oh_(setup.out()[1]),
        ow_(setup.out()[2]),
        group_in_(op.in_channels / op.groups),
        group_out_(op.out_channels / op.groups),
        taps_(op.kernel_h * op.kernel_w) {}

  void forward_samples(const OpData<T>& d, int64_t begin, int64_t end) override {
    const T* bias = d.optional_param(1);
    for (int64_t n = begin; n < end; ++n)
      for (int64_t o = 0; o < op_.out_channels; ++o)
        for (int64_t cell = 0; cell < oh_ * ow_; ++cell) {
          double sum = bias ? static_cast<double>(bias[o]) : 0.0;
          for (int64_t c = o / group_out_ * group_in_; c < (o / group_out_ + 1) * group_in_; ++c)
            each_source(cell, [&](int64_t from, int64_t tap) {
              sum += static_cast<double>(input_plane(d.x[0], n, c)[from]) * weight(d, c, o, tap);
            });
          d.y[(n * op_.out_channels + o) * oh_ * ow_ + cell] = static_cast<T>(sum);
        }
  }

  void input_gradient(const OpData<T>& d, int64_t begin, int64_t end) override {
    if (!d.dx[0]) return;
    for (int64_t n = begin; n < end; ++n)
      for (int64_t c = 0; c < op_.in_channels; ++c)
        for (int64_t cell = 0; cell < h_ * w_; ++cell) {
          double sum = 0;
          for (int64_t o = c / group_in_ * group_out_; o < (c / group_in_ + 1) * group_out_; ++o)
            for (int64_t tap = 0; tap < taps_; ++tap)
              if (const int64_t to = target(cell, tap); to >= 0)
                sum += static_cast<double>(output_plane(d.dy, n, o)[to]) * weight(d, c, o, tap);
          d.dx[0][(n * op_.in_channels + c) * h_ * w_ + cell] += static_cast<T>(sum);
        }
  }

  void param_gradients(const OpData<T>& d, int64_t part, int64_t parts) override {
    const int64_t weights = op_.in_channels * group_out_ * taps_;
    for (int64_t i = weights * part / parts; d.dparam[0] && i < weights * (part + 1) / parts; ++i) {
      const int64_t tap = i % taps_, c = i / taps_ / group_out_,
                    o = c / group_in_ * group_out_ + i / taps_ % group_out_;
      double sum = 0;
      for (int64_t n = 0; n < batch_; ++n)
        for (int64_t cell = 0; cell < h_ * w_; ++cell)
          if (const int64_t to = target(cell, tap); to >= 0)
            sum += static_cast<double>(input_plane(d.x[0], n, c)[cell]) *
                   static_cast<double>(output_plane(d.dy, n, o)[to]);
      d.dparam[0][i] += static_cast<T>(sum);
    }
    T* bias = d.optional_dparam(1);
    for (int64_t o = op_.out_channels * part / parts; bias && o < op_.out_channels * (part + 1) / parts; ++o) {
      double sum = 0;
      for (int64_t n = 0; n < batch_; ++n)
        for (int64_t i = 0; i < oh_ * ow_; ++i) sum += static_cast<double>(output_plane(d.dy, n, o)[i]);
      bias[o] += static_cast<T>(sum);
    }
  }

 private:
  const T* input_plane(const T* x, int64_t n, int64_t c) const { return x + (n * op_.in_channels + c) * h_ * w_; }
  const T* output_plane(const T* y, int64_t n, int64_t o) const { return y + (n * op_.out_channels + o) * oh_ * ow_; }
  double weight(const OpData<T>& d, int64_t c, int64_t o, int64_t tap) const {
    return static_cast<double>(d.param[0][(c * group_out_ + o % group_out_) * taps_ + tap]);
  }
  /// Cell of the output plane that the tap of the window of a cell of the input plane falls on; -1: it is cut off.
  int64_t target(int64_t cell, int64_t tap) const {
    const int64_t row = cell / w_ * op_.stride_h + tap / op_.kernel_w * op_.dilation_h - op_.pad_top;
    const int64_t column = cell % w_ * op_.stride_w + tap % op_.kernel_w * op_.dilation_w - op_.pad_left;
    return row >= 0 && row < oh_ && column >= 0 && column < ow_ ? row * ow_ + column : -1;
  }
  /// visit(cell of the input plane, tap) for each that falls on that cell of the output plane.
  template <class Visit>
  void each_source(int64_t cell, Visit&& visit) const {
    for (int64_t kh = 0; kh < op_.kernel_h; ++kh) {
      const int64_t row = cell / ow_ + op_.pad_top - kh * op_.dilation_h;
      if (row < 0 || row % op_.stride_h != 0 || row / op_.stride_h >= h_) continue;
      for (int64_t kw = 0; kw < op_.kernel_w; ++kw) {
        const int64_t column = cell % ow_ + op_.pad_left - kw * op_.dilation_w;
        if (column < 0 || column % op_.stride_w != 0 || column / op_.stride_w >= w_) continue;
        visit(row / op_.stride_h * w_ + column / op_.stride_w, kh * op_.kernel_w + kw);
      }
    }
  }

  Deconv op_;
  int64_t batch_, h_, w_, oh_, ow_, group_in_, group_out_, taps_;
};
}  // namespace

template <class T>
Runner<T> make(const Deconv& op, const Setup& setup) {
  return std::make_unique<DeconvRunner<T>>(op, setup);
}
NN_REF_INSTANTIATE(Deconv);

}  // namespace nn::ref
