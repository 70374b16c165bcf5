// SPDX-License-Identifier: MIT
// What Precision::bf16 means: the operands of a dense layer's three products are rounded to bf16, to nearest, ties to
// even, but for pixels that are a multiple of their bytes (pixels.h), and so are those of the convolutions of which the
// backend says so; the products and their sums are as always, and so is the gradient of the bias.
#include <bit>
#include <cmath>
#include <vector>

#include "backend/ref/ops.h"

namespace nn::ref {
namespace {

/// By way of float, as all other backends hold it. What is below the smallest normal number becomes 0.
double rounded(double x) {
  const uint32_t bits = std::bit_cast<uint32_t>(static_cast<float>(x));
  if (std::isnan(x)) return x;
  if ((bits & 0x7FFFFFFF) < 0x00800000) return 0;
  return static_cast<double>(std::bit_cast<float>((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000));
}

/// Times a factor.
void round_all(const double* from, double factor, std::vector<double>& to) {
  for (size_t i = 0; i < to.size(); ++i) to[i] = rounded(from[i] * factor) / factor;
}

/// Runs another runner on rounded copies.
class RoundedRunner final : public OpRunner<double> {
 public:
  RoundedRunner(std::unique_ptr<OpRunner<double>> runner, size_t x, size_t w, size_t y, float factor)
      : runner_(std::move(runner)),
        factor_(factor == 0 ? 1 : static_cast<double>(factor)),
        x_(factor == 0 ? x : 0),
        w_(w),
        dy_(y) {}

  void forward(const OpData<double>& data) override { runner_->forward(with_operands(data)); }

  void backward(const OpData<double>& data) override {
    with_operands(data);
    round_all(data.dy, factor_, dy_);
    products_.dy = dy_.data();
    if (data.dparam.size() > 1) products_.dparam[1] = nullptr;
    runner_->backward(products_);
    bias_ = data;
    bias_.dx[0] = nullptr;
    bias_.dparam[0] = nullptr;
    runner_->backward(bias_);
  }

  size_t bytes() const override { return runner_->bytes() + (x_.size() + w_.size() + dy_.size()) * sizeof(double); }

 private:
  const OpData<double>& with_operands(const OpData<double>& data) {
    products_ = data;
    if (!x_.empty()) {
      round_all(data.x[0], 1, x_);
      products_.x[0] = x_.data();
    }
    round_all(data.param[0], factor_, w_);
    products_.param[0] = w_.data();
    return products_;
  }

  std::unique_ptr<OpRunner<double>> runner_;
  double factor_;  // of what is rounded but x
  std::vector<double> x_, w_, dy_;
  OpData<double> products_, bias_;  // what the other runner is given
};

}  // namespace

std::unique_ptr<OpRunner<double>> make_rounded(const Graph& graph, const Op& op, const RunSizes& sizes, bool training,
                                               float factor) {
  const auto size = [&](ValueId v) { return static_cast<size_t>(sizes.of(graph, v) * graph.value(v).shape.count()); };
  const auto weights = static_cast<size_t>(graph.params[static_cast<size_t>(op.params.at(0))].shape.count());
  return std::make_unique<RoundedRunner>(make_runner<double>(graph, op, sizes, training), size(op.inputs.at(0)),
                                         weights, training ? size(op.output) : 0, factor);
}

}  // namespace nn::ref
