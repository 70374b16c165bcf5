// SPDX-License-Identifier: MIT
// Softmax along one axis of a sample, a warp a row.
#include "backend/cuda/ops/sums.h"
#include "backend/cuda/steps.h"

namespace nn::cuda {
namespace softmax {

constexpr int rows_of_block = 4;

/// Rows of k values that lie `space` apart.
struct Rows {
  int64_t rows, k, space;
  NN_DEVICE int64_t mine() const { return static_cast<int64_t>(blockIdx.x) * rows_of_block + threadIdx.x / 32; }
  NN_DEVICE int64_t first(int64_t r) const { return r / space * space * k + r % space; }
};
NN_KERNEL forward(Rows s, const float* x, float* y) {
  const int64_t r = s.mine(), lane = threadIdx.x % 32;
  if (r >= s.rows) return;
  const float* from = x + s.first(r);
  double largest = -HUGE_VAL, sum = 0;
  for (int64_t i = lane; i < s.k; i += 32) {
    const double v = static_cast<double>(from[i * s.space]);
    largest = v > largest ? v : largest;
  }
  largest = largest_of_warp(largest);
  for (int64_t i = lane; i < s.k; i += 32) sum += exp(static_cast<double>(from[i * s.space]) - largest);
  sum = sum_of_warp(sum);
  for (int64_t i = lane; i < s.k; i += 32)
    y[s.first(r) + i * s.space] = static_cast<float>(exp(static_cast<double>(from[i * s.space]) - largest) / sum);
}
NN_KERNEL backward(Rows s, const float* y, const float* dy, float* dx, bool add) {
  const int64_t r = s.mine(), lane = threadIdx.x % 32;
  if (r >= s.rows) return;
  const int64_t first = s.first(r);
  double dot = 0;
  for (int64_t i = lane; i < s.k; i += 32)
    dot += static_cast<double>(y[first + i * s.space]) * static_cast<double>(dy[first + i * s.space]);
  dot = sum_of_warp(dot);
  for (int64_t i = lane; i < s.k; i += 32) {
    const int64_t at = first + i * s.space;
    put(dx + at, static_cast<double>(y[at]) * (static_cast<double>(dy[at]) - dot), add);
  }
}

class SoftmaxStep final : public OpStep {
 public:
  SoftmaxStep(const Softmax& op, const Setup& setup) : OpStep(setup.device) {
    const int64_t k = setup.in()[static_cast<size_t>(op.axis)];
    rows_ = {setup.batch() * setup.in().count() / k, k, elements_from(setup.in(), op.axis + 1)};
  }
  void forward(const OpArrays& a) override { launch(device_, &softmax::forward, how(), rows_, a.x[0], a.y); }
  void backward(const OpArrays& a) override {
    if (const Sink& dx = a.dx[0]) launch(device_, &softmax::backward, how(), rows_, a.y, a.dy, dx.at, dx.add);
  }

 private:
  Launch how() const {
    return {{static_cast<unsigned>((rows_.rows + rows_of_block - 1) / rows_of_block)}, {32 * rows_of_block}};
  }
  Rows rows_{};
};

}  // namespace softmax

std::unique_ptr<Step> make_step(const Softmax& op, const Setup& setup) {
  return std::make_unique<softmax::SoftmaxStep>(op, setup);
}

}  // namespace nn::cuda
