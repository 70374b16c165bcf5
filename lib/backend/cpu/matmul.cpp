// SPDX-License-Identifier: MIT
// Dense layer. forward: y^T{out, n} = w{out, in} x^T{in, n}, so that w is read as it lies and only the tile's few samples are
// transposed. Weight gradients are made once over the whole batch, each tile a part of the outputs.
#include "backend/cpu/pattern.h"

namespace nn::cpu {
namespace {

int64_t round_up(int64_t n, int64_t m) { return (n + m - 1) / m * m; }

class MatMulStep final : public Step {
 public:
  explicit MatMulStep(StepData data) : Step(std::move(data)), in_(d.as<MatMul>().in), out_(d.as<MatMul>().out) {}

  void forward(int, const Tile& t) override {
    const Kernels& k = d.kernels;
    const int64_t n = t.samples(), row = round_up(n, k.panel);
    k.transpose(d.x[0] + t.begin * in_, n, in_, in_, t.scratch, row);
    k.gemm({.m = out_, .n = n, .k = in_, .a = d.weight(0), .a_row = in_, .a_col = 1, .b = t.scratch, .b_row = row,
            .c = d.y + t.begin * out_, .c_row = 1, .c_col = out_, .row_bias = d.weight(1), .b_padded = true});
  }

  void backward(int, const Tile& t) override {
    if (!d.dx[0]) return;
    d.kernels.gemm({.m = t.samples(), .n = in_, .k = out_, .a = d.dy + t.begin * out_, .a_row = out_, .a_col = 1,
                    .b = d.weight(0), .b_row = in_, .c = d.dx[0] + t.begin * in_, .c_row = in_, .scratch = t.scratch});
  }

  void finish(const Tile& t, const Updater& updater) override {
    const auto [begin, end] = part_of(out_, t.index, t.count);
    if (begin == end) return;
    if (float* g = d.gradient(0))
      d.kernels.gemm({.m = end - begin, .n = in_, .k = d.batch, .a = d.dy + begin, .a_row = 1, .a_col = out_, .b = d.x[0],
                      .b_row = in_, .c = g + begin * in_, .c_row = in_, .scratch = t.scratch});
    if (d.gradient(0)) updater.done(d.op().params[0], begin * in_, end * in_);
    if (float* g = d.gradient(1)) {
      d.kernels.sum_rows(d.dy + begin, d.batch, out_, g + begin, end - begin);
      updater.done(d.op().params[1], begin, end);
    }
  }

  int64_t scratch() const override {
    const int64_t most = (d.batch + d.tiles - 1) / d.tiles;
    return std::max(in_ * round_up(most, d.kernels.panel), std::max(out_, d.batch) * d.kernels.panel);
  }
  std::string kernel() const override { return "gemm"; }

 private:
  int64_t in_, out_;
};

}  // namespace

extern const Pattern matmul_pattern;
const Pattern matmul_pattern{"matmul", &match_one<MatMul>, only(Lay::rows), only(Lay::rows), false,
                             [](StepData d) -> StepPointer { return std::make_unique<MatMulStep>(std::move(d)); }};

}  // namespace nn::cpu
