// SPDX-License-Identifier: MIT
// A dense layer on the rows of ragged samples, y{rows, out} = x{rows, in} w^T + b, and what follows element by element,
// or is added. All values lie in rows. A worker takes the rows of a few whole samples (plan_run.cpp): some panels of
// the weights are turned for it, and stay in its second cache while these rows pass. The sums of a row do not depend on
// the rows beside it.
#include <algorithm>
#include <array>

#include "backend/cpu/plan/pattern.h"
#include "backend/formula/maps.h"

namespace nn::cpu {
namespace {

constexpr int64_t panels_size = 96 << 10;  // floats of weights that stay in the second cache
constexpr int64_t blocks_together = 4;     // of rows, whose outputs are finished while they are in the first cache
constexpr int64_t rows_together = 512;     // of a gradient of weights, summed in one go

class DenseStream final : public Step {
 public:
  explicit DenseStream(StepData data)
      : Step(std::move(data)), in_(d.as<MatMul>().in), out_(d.as<MatMul>().out), per_row_(d.in().count() / in_) {
    added_ = d.ops.size() > 1 && std::holds_alternative<Add>(d.op(1).what);
    if (d.ops.size() < 2 || added_) return;
    const Map& map = d.as<Map>(1);
    map_ = &d.kernels.map(map.function);
    constants_ = formula::constants_of<float>(map.function, map.constants);
  }

  void forward(int, const Tile& t) override {
    const int64_t first = t.begin * per_row_, rows = t.samples() * per_row_;
    const float* w = d.weight(0);
    product({rows, in_, out_, d.x[0] + first * in_, d.y + first * out_, d.weight(1),
             added_ ? d.x[1] + first * out_ : nullptr},
            t.scratch, [&](int64_t column, int64_t n, float* to) {
              d.kernels.transpose(w + column * in_, n, in_, in_, to, d.kernels.panel);
            });
  }

  void backward(int, const Tile& t) override {
    const int64_t first = t.begin * per_row_, rows = t.samples() * per_row_;
    if (added_ && d.dx[1]) std::copy_n(d.dy + first * out_, rows * out_, d.dx[1] + first * out_);
    if (!d.dx[0]) return;
    product(
        {rows, out_, in_, d.dy + first * out_, d.dx[0] + first * in_, nullptr, nullptr}, t.scratch,
        [&](int64_t column, int64_t n, float* to) { d.kernels.rows_to_panel(d.weight(0) + column, out_, n, in_, to); });
  }

  void finish(const Tile& t, const Updater& updater) override {
    const Range part = part_of(out_, t.index, t.count);
    if (part.begin == part.end) return;
    const int64_t rows = d.in_flight->count() * per_row_;
    if (float* dw = d.gradient(0)) {
      weight_gradient(part, rows, dw, t.scratch);
      updater.done(d.op().params[0], part.begin * in_, part.end * in_);
    }
    if (float* db = d.gradient(1)) {
      d.kernels.sum_rows(d.dy + part.begin, rows, out_, db + part.begin, part.end - part.begin);
      updater.done(d.op().params[1], part.begin, part.end);
    }
  }

  int64_t scratch() const override {
    const int64_t panel = d.kernels.panel;
    return std::max({panels_of(in_) * in_ * panel, panels_of(out_) * out_ * panel, rows_together * panel});
  }
  std::string kernel() const override {
    return added_ ? "gemm, add" : map_ ? std::string("gemm, ") + map_->name : "gemm";
  }

 private:
  struct Product {
    int64_t rows, sum, columns;  ///< y{rows, columns} = x{rows, sum} w + bias
    const float* x;
    float* y;
    const float* bias;
    const float* more;  ///< {rows, columns} that are added
  };
  int64_t panels_of(int64_t sum) const { return std::max<int64_t>(panels_size / (sum * d.kernels.panel), 1); }

  /// pack(column, n, to) makes a panel {sum, panel} of n columns of w.
  template <class Pack>
  void product(const Product& p, float* panels, Pack&& pack) const {
    const int64_t panel = d.kernels.panel, together = panels_of(p.sum) * panel;
    for (int64_t c = 0; c < p.columns; c += together) {
      const int64_t end = std::min(c + together, p.columns);
      for (int64_t k = c; k < end; k += panel) pack(k, std::min(panel, end - k), panels + (k - c) * p.sum);
      const int64_t most = blocks_together * d.kernels.block;
      for (int64_t r = 0; r < p.rows; r += most) {
        const int64_t rows = std::min(most, p.rows - r);
        for (int64_t k = c; k < end; k += panel)
          d.kernels.gemm({.m = rows,
                          .n = std::min(panel, end - k),
                          .k = p.sum,
                          .a = p.x + r * p.sum,
                          .a_row = p.sum,
                          .a_col = 1,
                          .b = panels + (k - c) * p.sum,
                          .b_row = panel,
                          .c = p.y + r * p.columns + k,
                          .c_row = p.columns,
                          .column_bias = p.bias ? p.bias + k : nullptr,
                          .b_padded = true});
        if (map_ || p.more) follow(p, r, rows, c, end);
      }
    }
  }
  /// What stands behind the product, of these rows and columns.
  void follow(const Product& p, int64_t r, int64_t rows, int64_t column, int64_t end) const {
    for (int64_t i = r; i < r + rows; ++i) {
      float* y = p.y + i * p.columns + column;
      if (p.more)
        d.kernels.add(y, p.more + i * p.columns + column, y, end - column);
      else
        map_->forward(y, y, end - column, constants_.data());
    }
  }

  /// Of outputs `part`; the rows are summed in their order, some at a time.
  void weight_gradient(Range part, int64_t rows, float* dw, float* scratch) const {
    const int64_t panel = d.kernels.panel;
    if (rows == 0) std::fill(dw + part.begin * in_, dw + part.end * in_, 0.0F);
    for (int64_t r = 0; r < rows; r += rows_together) {
      const int64_t count = std::min(rows_together, rows - r);
      for (int64_t i = 0; i < in_; i += panel) {
        const int64_t n = std::min(panel, in_ - i);
        d.kernels.rows_to_panel(d.x[0] + r * in_ + i, count, n, in_, scratch);
        d.kernels.gemm({.m = part.end - part.begin,
                        .n = n,
                        .k = count,
                        .a = d.dy + r * out_ + part.begin,
                        .a_row = 1,
                        .a_col = out_,
                        .b = scratch,
                        .b_row = panel,
                        .c = dw + part.begin * in_ + i,
                        .c_row = in_,
                        .add = r > 0,
                        .b_padded = true});
      }
    }
  }

  int64_t in_, out_, per_row_;  // rows of the product in one of the value
  bool added_ = false;          // another value is added to the product
  const MapEntry* map_ = nullptr;
  std::array<float, formula::max_map_constants> constants_{};
};

/// Gradients of what follows need the product itself.
size_t match(const Chain& c) {
  if (!c.as<MatMul>(0)) return 0;
  if (c.as<Add>(1)) return 2;
  return !c.options.training && c.as<Map>(1) ? 2 : 1;
}

}  // namespace

extern const Pattern dense_stream_pattern;
const Pattern dense_stream_pattern{
    .name = "dense_stream",
    .match = &match,
    .make = [](StepData d) -> StepPointer { return std::make_unique<DenseStream>(std::move(d)); },
    .samples = Samples::ragged};

}  // namespace nn::cpu
