// SPDX-License-Identifier: MIT
// Dense layers: y = x w^T + b over rows of length `in`; a sample may have several.
#include "backend/cuda/ops/product.h"
#include "backend/cuda/ops/sums.h"
#include "backend/cuda/steps.h"
#include "backend/pixels.h"

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
    if (setup.options.precision == Precision::bf16) {
      const float factor = factor_of_bytes(setup.graph, setup.options, setup.op);
      x_ = factor == 0 ? 1 : 0;
      other_ = factor == 0 ? 1 : factor;
    }
    const bool wide = op.in >= 512 && op.out >= 512;
    const double work = static_cast<double>(rows_) * static_cast<double>(in_) * static_cast<double>(out_);
    if (setup.options.precision != Precision::bf16 && setup.settings.library_from >= 0 &&
        (wide || setup.asks_library(work)))
      ask_library(setup);
    if (!by_[0]) forward_ = {device_, {1, rows_, out_, in_}};
    if (!setup.training()) return;
    if (!by_[1]) input_ = {device_, {1, rows_, in_, out_}};
    if (!by_[2]) weights_ = {device_, {1, out_, in_, rows_}};
  }
  size_t bytes() const override { return forward_.bytes() + input_.bytes() + weights_.bytes() + workspace_.bytes(); }
  std::string kernel() const override { return by_[0] ? by_[0]->name() : "own tiles"; }

  void forward(const OpArrays& a) override {
    if (by_[0]) return by_[0]->launch(a.x[0], a.param[0], a.y, a.optional_param(1), false, workspace_.get());
    forward_.launch({a.x[0], in_, 1}, {a.param[0], in_, 1}, {a.y, out_, a.optional_param(1), false}, {x_, other_});
  }
  void backward(const OpArrays& a) override {
    const Sink &dx = a.dx[0], &dw = a.dparam[0];
    if (dx && by_[1])
      by_[1]->launch(a.dy, a.param[0], dx.at, nullptr, dx.add, workspace_.get());
    else if (dx)
      input_.launch({a.dy, out_, 1}, {a.param[0], 1, in_}, {dx.at, in_, nullptr, dx.add}, {other_, other_});
    if (dw && by_[2])
      by_[2]->launch(a.x[0], a.dy, dw.at, nullptr, dw.add, workspace_.get());
    else if (dw)
      weights_.launch({a.dy, 1, out_}, {a.x[0], 1, in_}, {dw.at, in_, nullptr, dw.add}, {other_, x_});
    sum_terms(device_, out_, ChannelTerms{rows_, out_, 1, a.dy}, a.optional_dparam(1));
  }

 private:
  void ask_library(const Setup& setup) {
    size_t most = 0;
    for (const Pass pass : {Pass::forward, Pass::input_gradient, Pass::weight_gradient}) {
      if (pass != Pass::forward && !setup.training()) break;
      const bool bias = pass == Pass::forward && setup.op.params.size() > 1;
      auto& by = by_[static_cast<size_t>(pass)];
      by = device_.gemm({pass, rows_, in_, out_, Math::float32, bias});
      if (by) most = std::max(most, by->workspace());
    }
    workspace_ = {device_, most};
  }
  int64_t in_, out_, rows_;
  float x_ = 0, other_ = 0;  ///< Rounding of x, and of w and dy
  Product<Matrix, Matrix, Rows> forward_, input_, weights_;
  std::unique_ptr<Routine> by_[3];  ///< by pass, where a library has it
  Array<std::byte> workspace_;
};

}  // namespace matmul

std::unique_ptr<Step> make_step(const MatMul& op, const Setup& setup) {
  return std::make_unique<matmul::MatMulStep>(op, setup);
}

}  // namespace nn::cuda
