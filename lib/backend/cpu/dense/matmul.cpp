// SPDX-License-Identifier: MIT
// Dense layer, with relu and dropout behind it. Samples lie in lanes: y{out, n} = w{out, in} x{in, n}, so that weights
// are read in the order in which they are kept, an element at a time, and nothing of them is packed. Gradients of
// weights are made once over the whole batch, dw{out, in} = dz{out, n} x{n, in}, each tile a part of the outputs, or,
// of few outputs, of the inputs.
//
// With many weights the other products are cut likewise, y by outputs and dx by inputs: who made and used a gradient
// has those weights at hand, and nobody reads all of them. What is summed for an element never depends on the cut.
#include <algorithm>
#include <array>

#include "backend/cpu/dense/dense_input.h"
#include "backend/cpu/dense/dense_rows.h"
#include "backend/cpu/dense/dense_step.h"

namespace nn::cpu {
namespace {

constexpr int64_t blocks_at_once = 5;       // of rows: their weights stay in the second cache while all samples pass
constexpr int64_t vectors_at_once = 16;     // of samples
constexpr int64_t most_panels = 64;         // of a gradient at once,
constexpr int64_t panels_size = 128 << 10;  // floats of them that stay in the second cache,
constexpr int64_t blocks_together = 2;      // while so many blocks of rows are made and updated
constexpr int64_t cached_size = 256 << 10;  // floats of weights and moments that a worker's second cache keeps
constexpr int64_t most_rows = 512;          // of dz: more of them leave the second cache, where lanes come in order
constexpr int64_t few_outputs = 16;         // for which panels are not worth their making

class MatMulStep final : public DenseStep {
 public:
  explicit MatMulStep(StepData data)
      : DenseStep(std::move(data)),
        joint_(in_ * out_ >= many_weights),
        by_lanes_(out_ <= few_outputs && d.x_lay[0] == Layout::batch_innermost),
        x_(d, learns_ && !by_lanes_) {
    if (d.y_lay == Layout::nchw) y_lanes_ = d.floats(d.extent.size(Layout::batch_innermost, d.out()) + 64);
    for (int u = 0; u < d.tiles; ++u) samples_.push_back(samples(u));
    const int64_t most = std::clamp<int64_t>(panels_size / (d.tiles * width_ * d.kernels.panel), 1, most_panels);
    panels_together_ = ceil_of(x_.panels(), ceil_of(x_.panels(), most));
  }

  bool bind_pixels(const Pixels& pixels) override {
    if (!x_.bind_pixels(pixels)) return false;
    if (learns_ && x_.passes_zeros() && d.batch <= most_rows) dz_rows_ = d.floats(d.batch * dz_row());
    return true;
  }

  bool bind_rows(const float* const* rows) override { return x_.bind_rows(rows); }

  int forward_phases() const override { return joint_ && (drop_ || d.y_lay == Layout::nchw) ? 2 : 1; }
  int backward_phases() const override { return joint_ && d.dx[0] ? 2 : 1; }
  bool joint(Pass pass, int phase) const override {
    return joint_ && (pass == Pass::forward ? phase == 0 : d.dx[0] && phase == 1);
  }

  void forward(int phase, const Tile& t) override {
    if (phase == 0 && joint_) product(t.part(out_), {0, x_.vectors()}, t.scratch);
    if (phase == 0 && !joint_) product({0, out_}, vectors_of(t), t.scratch);
    if (phase + 1 == forward_phases() && (drop_ || d.y_lay == Layout::nchw)) after_product(t);
  }

  void backward(int phase, const Tile& t) override {
    if (phase == 0) {
      make_dz(t);
      x_.pack(t);
      if (dz_rows_.size())
        d.kernels.transpose(dz(t.index), out_, t.samples(), width_, dz_rows_.get() + t.begin * dz_row(), dz_row());
    }
    if (!d.dx[0] || phase + 1 != backward_phases()) return;
    const int64_t panels = ceil_of(in_, d.kernels.panel);
    const Range all{0, panels}, part = joint_ ? part_of(panels, t.index, t.count) : all;
    const Range inputs{part.begin * d.kernels.panel, std::min(in_, part.end * d.kernels.panel)};
    if (d.x_lay[0] == Layout::batch_innermost)
      gradient_of_lanes(inputs, joint_ ? Range{0, x_.vectors()} : vectors_of(t));
    else
      gradient_of_rows(inputs, joint_ ? Range{0, d.tiles} : Range{t.index, t.index + 1}, t.scratch);
  }

  void finish(const Tile& t, const Updater& updater) override {
    const Range part = part_of(out_, t.index, t.count);
    if (learns_ && by_lanes_)
      gradient_by_lanes(t, updater);
    else if (learns_)
      weight_gradient(part, t.scratch, updater);
    bias_gradient(t, updater);
  }

  int64_t scratch() const override {
    const int64_t forward = vectors_at_once / 2 * x_.lanes_scratch();
    const int64_t backward = std::max(d.y_lay == Layout::nchw ? width_ * out_ : 0, out_ * d.kernels.panel);
    const int64_t finish = rows_together() * strip() + panels_together_ * x_.panel_scratch();
    return std::max({forward, backward, finish}) + 64;
  }
  size_t bytes() const override {
    return x_.bytes() + y_lanes_.bytes() + dz_.bytes() + dz_rows_.bytes() + words_.bytes();
  }
  std::string kernel() const override { return joint_ ? "gemm by outputs" : "gemm"; }

 private:
  Range vectors_of(const Tile& t) const { return {t.index * x_.per_tile(), (t.index + 1) * x_.per_tile()}; }
  float* y_lanes() const { return y_lanes_.size() ? y_lanes_.get() : d.y; }
  int64_t rows_together() const { return blocks_together * d.kernels.block; }
  int64_t strip() const { return panels_together_ * d.kernels.panel; }
  int64_t dz_row() const { return out_ + 16; }  // rows not a power of 2 apart
  /// Group i of `together` blocks of these rows; gemm cuts it into the same blocks.
  Range group(Range rows, int64_t i, int64_t together) const {
    const int64_t n = rows.end - rows.begin, blocks = ceil_of(n, d.kernels.block);
    return {rows.begin + n * std::min(i * together, blocks) / blocks,
            rows.begin + n * std::min((i + 1) * together, blocks) / blocks};
  }
  int64_t groups(Range rows, int64_t together) const {
    return ceil_of(ceil_of(rows.end - rows.begin, d.kernels.block), together);
  }

  /// Outputs `rows` of the samples in `vectors`. What is read next is asked for meanwhile.
  void product(Range rows, Range vectors, float* scratch) const {
    const auto together = [&](int64_t v) {
      return Range{std::min(v, vectors.end), std::min(v + vectors_at_once, vectors.end)};
    };
    const int64_t parts = groups(rows, blocks_at_once);
    for (int64_t v = vectors.begin; v < vectors.end; v += vectors_at_once)
      for (int k = 0; k < x_.pieces(); ++k) {
        std::array<DenseInput::Lanes, vectors_at_once / 2> x;
        const Range mine = together(v);
        const int64_t pairs = ceil_of(mine.end - v, 2);
        const auto of_pair = [&](int64_t p) { return std::min<int64_t>(2, mine.end - v - 2 * p); };
        for (int64_t p = 0; p < pairs; ++p)
          x[static_cast<size_t>(p)] = x_.lanes(v + 2 * p, of_pair(p), x_.piece(k), scratch + p * x_.lanes_scratch());
        for (int64_t i = 0; i < parts * pairs; ++i) {
          if (k + 1 < x_.pieces())
            x_.ask(mine, x_.piece(k + 1), i, parts * pairs);
          else
            x_.ask(together(mine.end), x_.piece(0), i, parts * pairs);
          const int64_t p = i % pairs;
          part_of_product(group(rows, i / pairs, blocks_at_once), k, v + 2 * p, of_pair(p), x[static_cast<size_t>(p)]);
        }
      }
  }

  void part_of_product(Range rows, int k, int64_t v, int64_t count, const DenseInput::Lanes& x) const {
    const Range elements = x_.piece(k);
    const bool first = k == 0, last = k + 1 == x_.pieces();
    d.kernels.gemm({.m = rows.end - rows.begin,
                    .n = count * d.kernels.lanes,
                    .k = elements.end - elements.begin,
                    .a = d.weight(0) + rows.begin * in_ + elements.begin,
                    .a_row = in_,
                    .a_col = 1,
                    .b = x.b,
                    .b_row = x.row,
                    .c = y_lanes() + x_.place(v, out_) + rows.begin * width_,
                    .c_row = width_,
                    .add = !first,
                    .row_bias = first && d.weight(1) ? d.weight(1) + rows.begin : nullptr,
                    .relu = last && relu_ && !drop_,
                    .b_half = x.half,
                    .c_half = x_.half(v, count, out_),
                    .taken = x.taken.names,
                    .taken_count = x.taken.count,
                    .b_padded = true});
  }

  /// relu and dropout of a tile, and its rows.
  void after_product(const Tile& t) const {
    float* y = y_lanes() + t.index * out_ * width_;
    if (drop_)
      d.kernels.relu_drop(words_.get() + t.begin * out_, out_, t.samples(), threshold_of(*drop_), drop_->scale<float>(),
                          y, out_, width_);
    if (d.y_lay == Layout::nchw) d.kernels.transpose(y, out_, t.samples(), width_, d.y + t.begin * out_, out_);
  }

  void gradient_of_lanes(Range inputs, Range vectors) const {
    for (int64_t v = vectors.begin; v < vectors.end; v += 2) {
      const int64_t count = std::min<int64_t>(2, vectors.end - v);
      d.kernels.gemm({.m = inputs.end - inputs.begin,
                      .n = count * d.kernels.lanes,
                      .k = out_,
                      .a = d.weight(0) + inputs.begin,
                      .a_row = 1,
                      .a_col = in_,
                      .b = dz(0) + x_.place(v, out_),
                      .b_row = width_,
                      .c = d.dx[0] + x_.place(v, in_) + inputs.begin * width_,
                      .c_row = width_,
                      .b_half = x_.half(v, count, out_),
                      .c_half = x_.half(v, count, in_),
                      .b_padded = true});
    }
  }

  /// Columns of the weights are gathered into a panel, which all samples then read.
  void gradient_of_rows(Range inputs, Range tiles, float* scratch) const {
    for (int64_t i = inputs.begin; i < inputs.end; i += d.kernels.panel) {
      const int64_t n = std::min(d.kernels.panel, inputs.end - i);
      d.kernels.rows_to_panel(d.weight(0) + i, out_, n, in_, scratch);
      for (int u = static_cast<int>(tiles.begin); u < tiles.end; ++u)
        d.kernels.gemm({.m = samples(u),
                        .n = n,
                        .k = out_,
                        .a = dz(u),
                        .a_row = 1,
                        .a_col = width_,
                        .b = scratch,
                        .b_row = d.kernels.panel,
                        .c = d.dx[0] + d.extent.samples(u).begin * in_ + i,
                        .c_row = in_,
                        .b_padded = true});
    }
  }

  /// Of outputs r, which are updated a few at a time: memory then goes by in long rows, and panels stay in the second
  /// cache.
  void weight_gradient(Range r, float* scratch, const Updater& updater) const {
    const ParamId param = d.op().params[0];
    const int64_t panel = d.kernels.panel;
    float* dw = d.gradient(0);
    std::array<DenseInput::Panel, most_panels> x;
    for (int64_t i = 0; i < x_.panels(); i += panels_together_) {
      const int64_t n = std::min(panels_together_, x_.panels() - i), begin = i * panel,
                    columns = std::min(n * panel, in_ - begin);
      float* panels = scratch + rows_together() * strip();
      for (int64_t k = 0; k < n; ++k)
        x[static_cast<size_t>(k)] = x_.panel(i + k, dz_rows_.size() > 0, panels + k * x_.panel_scratch());
      for (int64_t j = 0; j < groups(r, blocks_together); ++j) {
        const Range rows = group(r, j, blocks_together);
        float* c = updater ? scratch : dw + rows.begin * in_ + begin;
        for (int64_t k = 0; k < n; ++k) {
          const NextRows ahead =
              columns == in_ ? ahead_of(group(r, j + 1, blocks_together), k, n, updater) : NextRows{};
          gradient_of_panel(rows, x[static_cast<size_t>(k)], std::min(panel, columns - k * panel), c + k * panel,
                            updater ? strip() : in_, ahead);
        }
        if (updater)
          updater.done(param, {rows.begin * in_ + begin, rows.end - rows.begin, columns, in_}, scratch, strip());
      }
    }
  }

  /// Of few outputs, each tile a part of the inputs, which it has made itself where the layer before was cut likewise.
  void gradient_by_lanes(const Tile& t, const Updater& updater) const {
    const Range vectors = part_of(ceil_of(in_, d.kernels.lanes), t.index, t.count);
    const int64_t begin = vectors.begin * d.kernels.lanes, end = std::min(in_, vectors.end * d.kernels.lanes);
    if (begin >= end) return;
    d.kernels.lane_products(dz(0), out_, out_ * width_, d.x[0] + begin * width_, end - begin, in_ * width_, width_,
                            samples_.data(), d.tiles, d.gradient(0) + begin, in_);
    for (int64_t r = 0; r < out_; ++r) updater.done(d.op().params[0], r * in_ + begin, r * in_ + end);
  }

  /// Where weights and moments do not stay in a worker's second cache, those of the next rows are fetched while these
  /// rows are multiplied: a share with panel k of n.
  struct NextRows {
    const float* from = nullptr;
    int64_t block = 0;
  };
  NextRows ahead_of(Range next, int64_t k, int64_t n, const Updater& updater) const {
    const int64_t array = (next.end - next.begin) * in_;
    if (!updater || array == 0 || in_ * out_ / d.workers * updater.arrays() < cached_size) return {};
    const int64_t all = array * updater.arrays(), at = all * k / n;
    return {updater.array(static_cast<int>(at / array), d.op().params[0], next.begin * in_ + at % array),
            all / n / blocks_together};
  }

  void gradient_of_panel(Range r, const DenseInput::Panel& x, int64_t columns, float* c, int64_t c_row,
                         NextRows ahead) const {
    Gemm g{.m = r.end - r.begin,
           .n = columns,
           .k = width_,
           .a = dz(0) + r.begin * width_,
           .a_row = width_,
           .a_col = 1,
           .b = x.b,
           .b_row = d.kernels.panel,
           .c = c,
           .c_row = c_row,
           .pieces = d.tiles,
           .a_piece = out_ * width_,
           .ahead = ahead.from,
           .ahead_block = ahead.block,
           .b_padded = true};
    if (dz_rows_.size()) {
      g.k = d.batch, g.pieces = 1;
      g.a = dz_rows_.get() + r.begin, g.a_row = 1, g.a_col = dz_row();
      g.taken = x.taken.names, g.taken_count = x.taken.count;
    }
    d.kernels.gemm(g);
  }

  bool joint_, by_lanes_;
  DenseInput x_;
  int64_t panels_together_;
  Floats y_lanes_;
  Floats dz_rows_;  // {batch, dz_row()}, where panels pass over samples: an address a sample instead of one an output
  std::vector<int64_t> samples_;  // by tile
};

StepPointer make(StepData d) { return std::make_unique<MatMulStep>(std::move(d)); }

}  // namespace

extern const Pattern matmul_pattern, matmul_rows_pattern;
const Pattern matmul_pattern{
    "matmul", &match_dense, Layout::nchw | Layout::batch_innermost, Layout::nchw | Layout::batch_innermost,
    false,    &make};
const Pattern matmul_rows_pattern{
    "matmul_rows", &match_dense_rows, only(Layout::nchw), only(Layout::nchw), false, [](StepData d) {
      return make_dense_rows(std::move(d), &make);
    }};

}  // namespace nn::cpu
