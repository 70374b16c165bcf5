// SPDX-License-Identifier: MIT
// y = x w^T + b over rows of length `in`; a sample {..., in} may have several.
#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T>
class MatMulRunner final : public OpRunner<T> {
 public:
  MatMulRunner(const MatMul& op, const Setup& setup) : in_(op.in), out_(op.out), rows_(setup.in().count() / op.in) {}

  void forward(const OpData<T>& d) override {
    const T* bias = d.optional_param(1);
    for (int64_t r = 0; r < d.samples * rows_; ++r)
      for (int64_t o = 0; o < out_; ++o) {
        double sum = bias ? static_cast<double>(bias[o]) : 0.0;
        for (int64_t i = 0; i < in_; ++i)
          sum += static_cast<double>(d.x[0][r * in_ + i]) * static_cast<double>(d.param[0][o * in_ + i]);
        d.y[r * out_ + o] = static_cast<T>(sum);
      }
  }

  void backward(const OpData<T>& d) override {
    if (d.dx[0]) input_gradient(d);
    if (d.dparam[0]) weight_gradient(d);
    if (T* bias = d.optional_dparam(1))
      for (int64_t o = 0; o < out_; ++o) {
        double sum = 0;
        for (int64_t r = 0; r < d.samples * rows_; ++r) sum += static_cast<double>(d.dy[r * out_ + o]);
        bias[o] += static_cast<T>(sum);
      }
  }

 private:
  void input_gradient(const OpData<T>& d) const {
    for (int64_t r = 0; r < d.samples * rows_; ++r)
      for (int64_t i = 0; i < in_; ++i) {
        double sum = 0;
        for (int64_t o = 0; o < out_; ++o)
          sum += static_cast<double>(d.dy[r * out_ + o]) * static_cast<double>(d.param[0][o * in_ + i]);
        d.dx[0][r * in_ + i] += static_cast<T>(sum);
      }
  }
  void weight_gradient(const OpData<T>& d) const {
    for (int64_t o = 0; o < out_; ++o)
      for (int64_t i = 0; i < in_; ++i) {
        double sum = 0;
        for (int64_t r = 0; r < d.samples * rows_; ++r)
          sum += static_cast<double>(d.dy[r * out_ + o]) * static_cast<double>(d.x[0][r * in_ + i]);
        d.dparam[0][o * in_ + i] += static_cast<T>(sum);
      }
  }
  int64_t in_, out_, rows_;
};
}  // namespace

template <class T>
Runner<T> make(const MatMul& op, const Setup& setup) {
  return std::make_unique<MatMulRunner<T>>(op, setup);
}
NN_REF_INSTANTIATE(MatMul);

}  // namespace nn::ref
