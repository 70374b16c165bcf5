// SPDX-License-Identifier: MIT
// Dense layer of Precision::bf16, with relu and dropout behind it, in the layout of matmul.cpp: samples lie in lanes. The
// three products are of words of two numbers (bf16.h), two that follow each other along the sum:
//   y{out, n}  = w x      sum over the inputs:  w as it lies, x{words of in, n}
//   dx{in, n}  = w^T dz   over the outputs:     w{words of out, in}, dz{words of out, n}
//   dw{out, in} = dz x^T  over the samples:     dz{out, words of n}, x in panels {words of n, columns}
// x is packed when the input is taken, dz when its gradient is there, w a piece at a time just before it is used. What is
// between the products, and the gradient of the bias, is float32.
#include <algorithm>

#include "backend/cpu/bf16.h"
#include "backend/cpu/dense_step.h"

namespace nn::cpu {
namespace {

using WordArray = Aligned<uint32_t>;

constexpr int64_t many_weights = 1 << 16;         // of a layer whose forward pass is cut by outputs as well
constexpr int64_t columns_at_once = 128;
constexpr int64_t panels_together = 4;            // of a gradient, whose weights are updated then
constexpr int64_t line = 16;                      // apart, since strides of 2 or 4 KB alias

class MatMulBf16Step final : public DenseStep {
 public:
  explicit MatMulBf16Step(StepData data)
      : DenseStep(std::move(data)), k_(*d.kernels.in_bf16), in_words_(round_up(words_of(in_), d.kernels.lanes)),
        joint_(in_ * out_ >= many_weights), panels_(ceil_of(in_, k_.panel)) {
    x_ = WordArray(d.tiles * words_of(in_) * width_ + line);
    if (learns_) {
      x_panels_ = WordArray(panels_ * panel_size() + line);
      dz_words_ = WordArray(d.tiles * out_ * dz_row() + line);
    }
    if (d.dx[0]) {
      w_turned_ = WordArray(words_of(out_) * w_row() + line);
      dz_pairs_ = WordArray(d.tiles * words_of(out_) * width_ + line);
    }
    if (relu_) relu_forward_ = d.kernels.map("relu").forward;
  }

  bool take_pixels(const Pixels& pixels) override {
    if (d.x_lay[0] != Lay::rows || d.dx[0] || (pixels.area % k_.panel != 0 && pixels.area != in_)) return false;
    pixels_ = pixels;
    const int64_t values = in_ / pixels.area * 256;
    pixel_values_ = WordArray(words_of(values));
    k_.pack(pixels.values, 1, values, values, pixel_values_.get(), 0);
    return true;
  }

  int forward_phases() const override { return joint_ ? 2 : 1; }
  bool joint(Pass pass, int phase) const override { return pass == Pass::forward && joint_ && phase == 1; }

  void forward(int phase, const Tile& t) override {
    if (phase == 0) {
      if (pixels_.rows) turn_bytes(t);
      else if (d.x_lay[0] == Lay::rows) turn_rows(t);
      else take_lanes(t);
      if (d.dx[0]) turn_weights(part_of(words_of(out_), t.index, t.count));
    }
    if (!joint_) product({0, out_}, {t.index, t.index + 1}, t.scratch);
    else if (phase == 1) product(t.part(out_), {0, d.tiles}, t.scratch);
  }

  void backward(int, const Tile& t) override {
    make_dz(t);
    const float* z = dz(t.index);
    if (learns_) k_.pack(z, out_, width_, width_, dz_words_.get() + t.index * out_ * dz_row(), dz_row());
    if (!d.dx[0]) return;
    const int64_t k = words_of(out_);
    uint32_t* pairs = dz_pairs_.get() + t.index * k * width_;
    k_.pack_rows(z, out_, width_, width_, pairs, width_);
    float* dx = d.dx[0] + d.x_slab(t).begin;
    if (d.x_lay[0] == Lay::lanes)
      k_.gemm({.m = in_, .n = width_, .k = k, .a = w_turned_.get(), .a_row = 1, .a_col = w_row(), .b = pairs, .b_row = width_, .c = dx, .c_row = width_});
    else
      k_.gemm({.m = t.samples(), .n = in_, .k = k, .a = pairs, .a_row = 1, .a_col = width_, .b = w_turned_.get(), .b_row = w_row(), .c = dx, .c_row = in_});
  }

  void finish(const Tile& t, const Updater& updater) override {
    const Range part = part_of(out_, t.index, t.count);
    if (learns_)
      for (int i = 0; i < pieces_of(part); ++i) weight_gradient(piece_of(part, i), t.scratch, updater);
    bias_gradient(t, updater);
  }

  int64_t scratch() const override {
    const int64_t forward = packed_weights() + (d.y_lay == Lay::rows ? rows_at_once() * width_ : 0);
    const int64_t backward = std::max(d.y_lay == Lay::rows ? width_ * out_ : 0, learns_ ? rows_at_once() * panels_together * k_.panel : 0);
    return std::max({forward, backward, columns_at_once * width_}) + 64;
  }
  size_t bytes() const override {
    size_t n = dz_.bytes();
    for (const WordArray* a : {&x_, &x_panels_, &w_turned_, &dz_pairs_, &dz_words_, &pixel_values_, &words_}) n += a->bytes();
    return n;
  }
  std::string kernel() const override { return std::string(k_.name) + (joint_ ? " by outputs" : ""); }

 private:
  int64_t half() const { return width_ / 2; }
  int64_t dz_row() const { return round_up(half(), d.kernels.lanes); }
  int64_t panel_size() const { return d.tiles * half() * k_.panel; }
  int64_t w_row() const { return round_up(in_, k_.panel) + line; }
  int64_t rows_at_once() const { return 2 * k_.block; }
  int64_t packed_weights() const { return rows_at_once() * (in_words_ + line); }
  uint32_t* panel_of(int64_t i, const Tile& t) const { return x_panels_.get() + i * panel_size() + t.index * half() * k_.panel; }

  void turn_rows(const Tile& t) const {
    const float* x = d.x[0] + t.begin * in_;
    k_.pack_turned(x, t.samples(), in_, in_, x_.get() + t.index * words_of(in_) * width_, width_);
    if (!learns_) return;
    for (int64_t i = 0; i < panels_; ++i)
      k_.pack_rows(x + i * k_.panel, t.samples(), std::min(k_.panel, in_ - i * k_.panel), in_, panel_of(i, t), k_.panel);
  }

  /// Some columns at a time, so that their numbers stay in the first cache. Rows of a shuffled batch lie anywhere: memory is
  /// asked for all of them first.
  void turn_bytes(const Tile& t) const {
    for (int64_t n = t.begin; n < t.end; ++n)
      for (int64_t i = 0; i < in_; i += 64) __builtin_prefetch(pixels_.rows[n] + i);
    uint16_t* numbers = reinterpret_cast<uint16_t*>(t.scratch);
    for (int64_t plane = 0; plane < in_; plane += pixels_.area) {
      const uint16_t* values = reinterpret_cast<const uint16_t*>(pixel_values_.get()) + plane / pixels_.area * 256;
      for (int64_t i = plane; i < plane + pixels_.area; i += columns_at_once) {
        const int64_t n = std::min(columns_at_once, plane + pixels_.area - i);
        for (int64_t s = 0; s < t.samples(); ++s) {
          uint16_t* row = numbers + s * columns_at_once;
          k_.look_up(pixels_.rows[t.begin + s] + i, values, row, n);
          if (n % 2) row[n] = 0;
        }
        take_numbers(t, numbers, i, n);
      }
    }
  }

  /// Elements first to first + count of x; first is 0 or a multiple of a panel.
  void take_numbers(const Tile& t, const uint16_t* numbers, int64_t first, int64_t count) const {
    d.kernels.rows_to_lanes(reinterpret_cast<const float*>(numbers), t.samples(), words_of(count), columns_at_once / 2,
                            reinterpret_cast<float*>(x_.get() + (t.index * words_of(in_) + first / 2) * width_), width_, width_);
    if (!learns_) return;
    for (int64_t i = 0; i < count; i += k_.panel)
      k_.pair_rows(numbers + i, t.samples(), std::min(k_.panel, count - i), columns_at_once, panel_of((first + i) / k_.panel, t), k_.panel);
  }

  void take_lanes(const Tile& t) const {
    const float* x = d.x[0] + d.x_slab(t).begin;
    k_.pack_rows(x, in_, width_, width_, x_.get() + t.index * words_of(in_) * width_, width_);
    if (!learns_) return;
    for (int64_t i = 0; i < panels_; ++i)
      k_.pack_turned(x + i * k_.panel * width_, std::min(k_.panel, in_ - i * k_.panel), t.samples(), width_, panel_of(i, t), k_.panel);
  }

  /// Of pairs of outputs.
  void turn_weights(Range pairs) const {
    k_.pack_rows(d.weight(0) + 2 * pairs.begin * in_, std::min<int64_t>(2 * pairs.end, out_) - 2 * pairs.begin, in_, in_,
                 w_turned_.get() + pairs.begin * w_row(), w_row());
  }

  /// About two blocks of rows: as many as the fewest blocks that make up all of them.
  Range piece_of(Range rows, int i) const {
    const int64_t n = rows.end - rows.begin;
    const int blocks = static_cast<int>(ceil_of(n, k_.block));
    return {rows.begin + part_of(n, std::min(2 * i, blocks), blocks).begin, rows.begin + part_of(n, std::min(2 * i + 2, blocks), blocks).begin};
  }

  int pieces_of(Range rows) const { return static_cast<int>(ceil_of(rows.end - rows.begin, rows_at_once())); }

  /// Outputs `rows` of the samples of `tiles`.
  void product(Range rows, Range tiles, float* scratch) const {
    uint32_t* w = reinterpret_cast<uint32_t*>(scratch);
    for (int i = pieces_of(rows); i-- > 0;) {
      const Range piece = piece_of(rows, i);
      const int64_t r = piece.begin, n = piece.end - piece.begin;
      k_.pack(d.weight(0) + r * in_, n, in_, in_, w, in_words_ + line);
      for (int64_t u = tiles.begin; u < tiles.end; ++u) {
        float* c = d.y_lay == Lay::lanes ? d.y + (u * out_ + r) * width_ : scratch + packed_weights();
        k_.gemm({.m = n, .n = width_, .k = words_of(in_), .a = w, .a_row = in_words_ + line, .a_col = 1,
                 .b = x_.get() + u * words_of(in_) * width_, .b_row = width_, .c = c, .c_row = width_,
                 .row_bias = d.weight(1) ? d.weight(1) + r : nullptr});
        if (d.y_lay == Lay::lanes) {
          if (relu_ && !drop_) relu_forward_(c, c, n * width_, 0);
          continue;
        }
        after_product(c, r, n, static_cast<int>(u));
        const Range s = part_of(d.batch, static_cast<int>(u), d.tiles);
        d.kernels.transpose(c, n, s.end - s.begin, width_, d.y + s.begin * out_ + r, out_);
      }
    }
    if (drop_ && d.y_lay == Lay::lanes)
      for (int64_t u = tiles.begin; u < tiles.end; ++u)
        after_product(d.y + (u * out_ + rows.begin) * width_, rows.begin, rows.end - rows.begin, static_cast<int>(u));
  }

  /// relu and dropout of lanes c, outputs from r on.
  void after_product(float* c, int64_t r, int64_t n, int tile) const {
    if (drop_)
      d.kernels.relu_drop(words_.get() + part_of(d.batch, tile, d.tiles).begin * out_ + r, out_, samples(tile), threshold_of(*drop_),
                          drop_->scale<float>(), c, n, width_);
    else if (relu_) relu_forward_(c, c, n * width_, 0);
  }

  /// Of outputs r, a panel of inputs after the other; some panels together may be used up at once.
  void weight_gradient(Range r, float* scratch, const Updater& updater) const {
    const int64_t n = r.end - r.begin, strip = panels_together * k_.panel;
    for (int64_t i = 0; n > 0 && i < in_; i += k_.panel) {
      const int64_t columns = std::min(k_.panel, in_ - i), c_row = updater ? strip : in_;
      k_.gemm({.m = n, .n = columns, .k = half(), .a = dz_words_.get() + r.begin * dz_row(), .a_row = dz_row(), .a_col = 1,
               .b = x_panels_.get() + i / k_.panel * panel_size(), .b_row = k_.panel,
               .c = updater ? scratch + i % strip : d.gradient(0) + r.begin * in_ + i, .c_row = c_row, .pieces = d.tiles, .a_piece = out_ * dz_row()});
      const int64_t begin = i / strip * strip, end = i + columns;
      if (updater && (end == in_ || end % strip == 0)) updater.done(d.op().params[0], {r.begin * in_ + begin, n, end - begin, in_}, scratch, c_row);
    }
  }

  const Bf16Kernels& k_;
  int64_t in_words_;  // of a row of packed weights
  bool joint_;
  int64_t panels_;    // of x
  Pixels pixels_{};
  WordArray x_, x_panels_, w_turned_, dz_pairs_, dz_words_;
  WordArray pixel_values_;  // as bf16 numbers
  MapForward relu_forward_ = nullptr;
};

size_t match(const Chain& c) { return c.options.precision == Precision::bf16 ? match_dense(c) : 0; }

}  // namespace

extern const Pattern matmul_bf16_pattern;
const Pattern matmul_bf16_pattern{"matmul_bf16", &match, Lay::rows | Lay::lanes, Lay::rows | Lay::lanes, false,
                                  [](StepData d) -> StepPointer { return std::make_unique<MatMulBf16Step>(std::move(d)); }};

}  // namespace nn::cpu
