// SPDX-License-Identifier: MIT
// Cross-correlation with groups, strides, dilation and zero padding.
#include <algorithm>
#include <vector>

#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T>
class ConvRunner final : public OpRunner<T> {
 public:
  ConvRunner(const Conv& op, const Setup& setup)
      : op_(op),
        batch_(setup.batch),
        h_(setup.in()[1]),
        w_(setup.in()[2]),
        oh_(setup.out()[1]),
        ow_(setup.out()[2]),
        group_in_(op.in_channels / op.groups),
        group_out_(op.out_channels / op.groups),
        plane_(static_cast<size_t>(std::max(oh_ * ow_, h_ * w_))),
        sums_(static_cast<size_t>(op.kernel_h * op.kernel_w)) {}

  size_t bytes() const override { return (plane_.size() + sums_.size()) * sizeof(double); }

  void forward(const OpData<T>& d) override {
    const T* bias = d.optional_param(1);
    for (int64_t n = 0; n < batch_; ++n)
      for (int64_t o = 0; o < op_.out_channels; ++o) {
        std::fill_n(plane_.begin(), oh_ * ow_, bias ? static_cast<double>(bias[o]) : 0.0);
        for (int64_t c = 0; c < group_in_; ++c) {
          const T* x = input_plane(d.x[0], n, o, c);
          each_tap(o, c, [&](int64_t tap, int64_t from, int64_t to) {
            plane_[static_cast<size_t>(to)] += static_cast<double>(d.param[0][tap]) * static_cast<double>(x[from]);
          });
        }
        T* y = d.y + (n * op_.out_channels + o) * oh_ * ow_;
        for (int64_t i = 0; i < oh_ * ow_; ++i) y[i] = static_cast<T>(plane_[static_cast<size_t>(i)]);
      }
  }

  void backward(const OpData<T>& d) override {
    if (d.dx[0]) input_gradient(d);
    if (d.dparam[0]) weight_gradient(d);
    if (T* bias = d.optional_dparam(1))
      for (int64_t o = 0; o < op_.out_channels; ++o) {
        double sum = 0;
        for (int64_t n = 0; n < batch_; ++n)
          for (int64_t i = 0; i < oh_ * ow_; ++i) sum += static_cast<double>(output_plane(d.dy, n, o)[i]);
        bias[o] += static_cast<T>(sum);
      }
  }

 private:
  const T* input_plane(const T* x, int64_t n, int64_t o, int64_t c) const {
    return x + (n * op_.in_channels + o / group_out_ * group_in_ + c) * h_ * w_;
  }
  const T* output_plane(const T* y, int64_t n, int64_t o) const { return y + (n * op_.out_channels + o) * oh_ * ow_; }

  /// visit(index in the weight, cell of the input plane, cell of the output plane) for each cell inside the input.
  template <class Visit>
  void each_tap(int64_t o, int64_t c, Visit&& visit) const {
    for (int64_t kh = 0; kh < op_.kernel_h; ++kh)
      for (int64_t kw = 0; kw < op_.kernel_w; ++kw) {
        const int64_t tap = ((o * group_in_ + c) * op_.kernel_h + kh) * op_.kernel_w + kw;
        for (int64_t p = 0; p < oh_; ++p) {
          const int64_t row = p * op_.stride_h + kh * op_.dilation_h - op_.pad_top;
          if (row < 0 || row >= h_) continue;
          for (int64_t q = 0; q < ow_; ++q) {
            const int64_t column = q * op_.stride_w + kw * op_.dilation_w - op_.pad_left;
            if (column >= 0 && column < w_) visit(tap, row * w_ + column, p * ow_ + q);
          }
        }
      }
  }

  void input_gradient(const OpData<T>& d) {
    for (int64_t n = 0; n < batch_; ++n)
      for (int64_t channel = 0; channel < op_.in_channels; ++channel) {
        const int64_t group = channel / group_in_, c = channel % group_in_;
        std::fill_n(plane_.begin(), h_ * w_, 0.0);
        for (int64_t o = group * group_out_; o < (group + 1) * group_out_; ++o) {
          const T* dy = output_plane(d.dy, n, o);
          each_tap(o, c, [&](int64_t tap, int64_t from, int64_t to) {
            plane_[static_cast<size_t>(from)] += static_cast<double>(d.param[0][tap]) * static_cast<double>(dy[to]);
          });
        }
        T* dx = d.dx[0] + (n * op_.in_channels + channel) * h_ * w_;
        for (int64_t i = 0; i < h_ * w_; ++i) dx[i] += static_cast<T>(plane_[static_cast<size_t>(i)]);
      }
  }

  void weight_gradient(const OpData<T>& d) {
    const int64_t taps = op_.kernel_h * op_.kernel_w;
    for (int64_t o = 0; o < op_.out_channels; ++o)
      for (int64_t c = 0; c < group_in_; ++c) {
        const int64_t first = (o * group_in_ + c) * taps;
        std::fill(sums_.begin(), sums_.end(), 0.0);
        for (int64_t n = 0; n < batch_; ++n) {
          const T* x = input_plane(d.x[0], n, o, c);
          const T* dy = output_plane(d.dy, n, o);
          each_tap(o, c, [&](int64_t tap, int64_t from, int64_t to) {
            sums_[static_cast<size_t>(tap - first)] += static_cast<double>(x[from]) * static_cast<double>(dy[to]);
          });
        }
        for (int64_t k = 0; k < taps; ++k) d.dparam[0][first + k] += static_cast<T>(sums_[static_cast<size_t>(k)]);
      }
  }

  Conv op_;
  int64_t batch_, h_, w_, oh_, ow_, group_in_, group_out_;
  std::vector<double> plane_, sums_;  // one plane of y or dx; the taps of one kernel
};
}  // namespace

template <class T>
Runner<T> make(const Conv& op, const Setup& setup) {
  return std::make_unique<ConvRunner<T>>(op, setup);
}
NN_REF_INSTANTIATE(Conv);

}  // namespace nn::ref
