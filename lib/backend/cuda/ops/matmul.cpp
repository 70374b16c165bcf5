// SPDX-License-Identifier: MIT
// Dense layers: y = x w^T + b over rows of length `in`; a sample may have several.
#include "backend/cuda/ops/product.h"
#include "backend/cuda/ops/sums.h"
#include "backend/cuda/steps.h"

namespace nn::cuda {
namespace matmul {

/// Element (row, k) of a matrix, transposed or not.
struct Matrix {
  const float* p;
  int64_t row_step, k_step;
  NN_DEVICE float at(int64_t, int64_t row, int64_t k) const { return p[row * row_step + k * k_step]; }
};
struct Rows {
  float* p;
  int64_t row;
  const float* bias;
  bool add;
  NN_DEVICE void put(int64_t, int64_t m, int64_t n, float v) const {
    float* to = p + m * row + n;
    if (bias) v += bias[n];
    *to = add ? *to + v : v;
  }
};

class MatMulStep final : public OpStep {
 public:
  MatMulStep(const MatMul& op, const Setup& setup)
      : OpStep(setup.device), in_(op.in), out_(op.out), rows_(setup.batch() * setup.in().count() / op.in) {
    forward_ = {device_, {1, rows_, out_, in_}};
    if (!setup.training()) return;
    input_ = {device_, {1, rows_, in_, out_}};
    weights_ = {device_, {1, out_, in_, rows_}};
  }
  size_t bytes() const override { return forward_.bytes() + input_.bytes() + weights_.bytes(); }

  void forward(const OpArrays& a) override {
    forward_.launch({a.x[0], in_, 1}, {a.param[0], in_, 1}, {a.y, out_, a.optional_param(1), false});
  }
  void backward(const OpArrays& a) override {
    if (const Sink& dx = a.dx[0]) input_.launch({a.dy, out_, 1}, {a.param[0], 1, in_}, {dx.at, in_, nullptr, dx.add});
    if (const Sink& dw = a.dparam[0]) weights_.launch({a.dy, 1, out_}, {a.x[0], 1, in_}, {dw.at, in_, nullptr, dw.add});
    sum_terms(device_, out_, ChannelTerms{rows_, out_, 1, a.dy}, a.optional_dparam(1));
  }

 private:
  int64_t in_, out_, rows_;
  Product<Matrix, Matrix, Rows> forward_, input_, weights_;
};

}  // namespace matmul

std::unique_ptr<Step> make_step(const MatMul& op, const Setup& setup) {
  return std::make_unique<matmul::MatMulStep>(op, setup);
}

}  // namespace nn::cuda
