// SPDX-License-Identifier: MIT
// Dense layer, with relu and dropout behind it. Samples lie in lanes: y{out, n} = w{out, in} x{in, n}, so that weights are
// read in the order in which they are kept, an element at a time, and nothing of them is packed. Gradients of weights are
// made once over the whole batch, dw{out, in} = dz{out, n} x{n, in}, each tile a part of the outputs: x is packed for that
// into panels once a step.
//
// With many weights the forward pass is cut by outputs as well: who made and used a gradient has those weights at hand.
#include <algorithm>
#include <array>

#include "backend/cpu/pattern.h"

namespace nn::cpu {
namespace {

constexpr int64_t many_weights = 1 << 16;
constexpr int64_t columns_at_once = 128;
constexpr int64_t gradient_elements = 1 << 18;  // of a piece of a gradient, at most

class MatMulStep final : public Step {
 public:
  explicit MatMulStep(StepData data)
      : Step(std::move(data)), in_(d.as<MatMul>().in), out_(d.as<MatMul>().out), width_(d.extent.width), relu_(d.ops.size() > 1),
        drop_(d.ops.size() > 2 ? &d.as<Dropout>(2) : nullptr), joint_(in_ * out_ >= many_weights),
        learns_(d.training && d.gradient(0)), panels_of_x_(ceil_of(in_, d.kernels.panel)) {
    if (d.x_lay[0] == Lay::rows) lanes_of_x_ = Floats(d.extent.size(Lay::lanes, d.in()) + 64);
    if (learns_) packed_ = Floats(panels_of_x_ * panel_size() + 64);
    if (d.training && d.dy && (relu_ || d.y_lay == Lay::rows)) dz_ = Floats(d.extent.size(Lay::lanes, d.out()) + 64);
    if (drop_) words_ = Aligned<uint32_t>(d.batch * out_ + 16);
    if (relu_) relu_forward_ = d.kernels.map("relu").forward;
  }

  bool take_pixels(const Pixels& pixels) override {
    if (d.x_lay[0] != Lay::rows || d.dx[0] || (pixels.area % d.kernels.panel != 0 && pixels.area != in_)) return false;
    pixels_ = pixels;
    return true;
  }

  void words(WordSource* source) override {
    if (!drop_) return;
    if (!source) throw std::logic_error("dropout in training needs a source of random words");
    source->words(d.place(2), {words_.get(), static_cast<size_t>(d.batch * out_)});
  }

  bool draws(int phase) const override { return drop_ && phase + 1 == forward_phases(); }
  int forward_phases() const override { return joint_ && d.x_lay[0] == Lay::rows ? 2 : 1; }
  bool joint(Pass pass, int phase) const override { return pass == Pass::forward && joint_ && phase + 1 == forward_phases(); }

  void forward(int phase, const Tile& t) override {
    if (phase == 0 && d.x_lay[0] == Lay::rows) pixels_.rows ? take_bytes(t) : take(t, d.x[0] + t.begin * in_, in_, 0, in_);
    if (joint_ && phase + 1 < forward_phases()) return;
    if (joint_) product(part_of(out_, t.index, t.count), {0, t.count}, t.scratch);
    else product({0, out_}, {t.index, t.index + 1}, t.scratch);
  }

  void backward(int, const Tile& t) override {
    make_dz(t);
    if (learns_ && d.x_lay[0] == Lay::lanes) pack_lanes(t);
    if (!d.dx[0]) return;
    const Slab s = d.x_slab(t);
    if (d.x_lay[0] == Lay::lanes)
      d.kernels.gemm({.m = in_, .n = width_, .k = out_, .a = d.weight(0), .a_row = 1, .a_col = in_, .b = dz(t.index), .b_row = width_,
                      .c = d.dx[0] + s.begin, .c_row = width_, .b_padded = true});
    else
      d.kernels.gemm({.m = t.samples(), .n = in_, .k = out_, .a = dz(t.index), .a_row = 1, .a_col = width_, .b = d.weight(0),
                      .b_row = in_, .c = d.dx[0] + s.begin, .c_row = in_, .scratch = t.scratch});
  }

  void finish(const Tile& t, const Updater& updater) override {
    const Range part = part_of(out_, t.index, t.count);
    if (learns_) {
      for (int i = 0; i < pieces_of(part, blocks_at_once()); ++i) weight_gradient(piece_of(part, i, blocks_at_once()), t.scratch, updater);
    }
    float* bias = d.gradient(1);
    if (!bias || part.begin == part.end) return;
    for (int u = 0; u < d.tiles; ++u)
      d.kernels.sum_over_lanes(dz(u) + part.begin * width_, part.end - part.begin, width_, samples(u), u > 0, bias + part.begin);
    updater.done(d.op().params[1], part.begin, part.end);
  }

  int64_t scratch() const override {
    const int64_t forward = d.y_lay == Lay::rows ? rows_at_once() * width_ : 0;
    const int64_t backward = std::max(d.y_lay == Lay::rows ? width_ * out_ : 0, out_ * d.kernels.panel);
    return std::max({forward, backward, columns_at_once * width_, learns_ ? blocks_at_once() * d.kernels.block * in_ : 0}) + 64;
  }
  size_t bytes() const override { return lanes_of_x_.bytes() + packed_.bytes() + dz_.bytes() + words_.bytes(); }
  std::string kernel() const override { return joint_ ? "gemm by outputs" : "gemm"; }

 private:
  int64_t panel_size() const { return d.tiles * width_ * d.kernels.panel; }
  int64_t samples(int tile) const {
    const Range r = part_of(d.batch, tile, d.tiles);
    return r.end - r.begin;
  }
  const float* lanes_of(int tile) const {
    return (lanes_of_x_.size() ? lanes_of_x_.get() : d.x[0]) + tile * in_ * width_;
  }
  const float* dz(int tile) const { return (dz_.size() ? dz_.get() : d.dy) + tile * out_ * width_; }
  int64_t blocks_at_once() const { return std::clamp<int64_t>(gradient_elements / (in_ * d.kernels.block), 1, 2); }
  int64_t rows_at_once() const { return 2 * d.kernels.block; }

  /// Elements first to first + count of x, from rows that begin with them.
  void take(const Tile& t, const float* rows, int64_t row, int64_t first, int64_t count) const {
    d.kernels.rows_to_lanes(rows, t.samples(), count, row, lanes_of_x_.get() + (t.index * in_ + first) * width_, width_);
    if (learns_)
      d.kernels.rows_to_panels(rows, t.samples(), count, row,
                               packed_.get() + first / d.kernels.panel * panel_size() + t.index * width_ * d.kernels.panel, panel_size());
  }

  /// Some columns at a time, so that their values stay in the first cache. Rows of a shuffled batch lie anywhere: memory is
  /// asked for all of them first.
  void take_bytes(const Tile& t) const {
    for (int64_t n = t.begin; n < t.end; ++n)
      for (int64_t i = 0; i < in_; i += 64) __builtin_prefetch(pixels_.rows[n] + i);
    for (int64_t plane = 0; plane < in_; plane += pixels_.area)
      for (int64_t i = plane; i < plane + pixels_.area; i += columns_at_once) {
        const int64_t n = std::min(columns_at_once, plane + pixels_.area - i);
        for (int64_t s = 0; s < t.samples(); ++s)
          d.kernels.look_up(pixels_.rows[t.begin + s] + i, pixels_.values + plane / pixels_.area * 256, t.scratch + s * columns_at_once, n);
        take(t, t.scratch, columns_at_once, i, n);
      }
  }

  void pack_lanes(const Tile& t) const {
    const int64_t panel = d.kernels.panel;
    for (int64_t i = 0; i < panels_of_x_; ++i)
      d.kernels.transpose(lanes_of(t.index) + i * panel * width_, std::min(panel, in_ - i * panel), t.samples(), width_,
                          packed_.get() + i * panel_size() + t.index * width_ * panel, panel);
  }

  /// Rows of about two blocks: as many as the fewest blocks that make up all of them.
  Range piece_of(Range rows, int i, int64_t blocks_each) const {
    const int blocks = static_cast<int>(ceil_of(rows.end - rows.begin, d.kernels.block)), each = static_cast<int>(blocks_each);
    const int64_t n = rows.end - rows.begin;
    return {rows.begin + part_of(n, std::min(i * each, blocks), blocks).begin, rows.begin + part_of(n, std::min((i + 1) * each, blocks), blocks).begin};
  }
  int pieces_of(Range rows, int64_t blocks_each) const {
    return static_cast<int>(ceil_of(ceil_of(rows.end - rows.begin, d.kernels.block), blocks_each));
  }

  /// Outputs `rows` of the samples of `tiles`. The last rows first: their weights were the last to be updated.
  void product(Range rows, Range tiles, float* scratch) const {
    const int64_t lines_of_a_call = 2 * (in_ / 4) * 16;
    for (int i = pieces_of(rows, 2); i-- > 0;) {
      const Range piece = piece_of(rows, i, 2);
      const int64_t r = piece.begin, n = piece.end - piece.begin;
      const float* next = i > 0 ? d.weight(0) + piece_of(rows, i - 1, 2).begin * in_ : nullptr;
      for (int64_t u = tiles.begin; u < tiles.end; ++u) {
        float* c = d.y_lay == Lay::lanes ? d.y + (u * out_ + r) * width_ : scratch;
        d.kernels.gemm({.m = n, .n = width_, .k = in_, .a = d.weight(0) + r * in_, .a_row = in_, .a_col = 1,
                        .b = lanes_of(static_cast<int>(u)), .b_row = width_, .c = c, .c_row = width_,
                        .row_bias = d.weight(1) ? d.weight(1) + r : nullptr, .ahead = {next}, .b_padded = true});
        if (next) next += lines_of_a_call;
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

  void make_dz(const Tile& t) const {
    if (!dz_.size()) return;
    const Slab s = d.y_slab(t);
    const float scale = drop_ ? drop_->scale<float>() : 1;
    float* dz = dz_.get() + t.index * out_ * width_;
    if (d.y_lay == Lay::lanes) return d.kernels.relu_backward(d.y + s.begin, d.dy + s.begin, scale, dz, s.size);
    const float* rows = d.dy + s.begin;
    if (relu_) d.kernels.relu_backward(d.y + s.begin, rows, scale, t.scratch, s.size), rows = t.scratch;
    d.kernels.rows_to_lanes(rows, t.samples(), out_, out_, dz, width_);
  }

  /// Of outputs r; the gradient may be used up at once. What the update needs is fetched meanwhile.
  void weight_gradient(Range r, float* scratch, const Updater& updater) const {
    const int64_t n = r.end - r.begin, panel = d.kernels.panel;
    float* c = updater ? scratch : d.gradient(0) + r.begin * in_;
    std::array<const float*, 3> ahead{};
    if (updater) ahead = updater.places(d.op().params[0], r.begin * in_);
    const int64_t lines_of_a_call = ceil_of(n, d.kernels.block) * d.tiles * (width_ / 4) * 16;
    for (int64_t i = 0; i < panels_of_x_; ++i) {
      d.kernels.gemm({.m = n, .n = std::min(panel, in_ - i * panel), .k = width_, .a = dz(0) + r.begin * width_, .a_row = width_,
                      .a_col = 1, .b = packed_.get() + i * panel_size(), .b_row = panel, .c = c + i * panel, .c_row = in_,
                      .pieces = d.tiles, .a_piece = out_ * width_, .ahead = {ahead[0], ahead[1], ahead[2]}, .b_padded = true});
      for (const float*& p : ahead)
        if (p) p += lines_of_a_call;
    }
    updater.done(d.op().params[0], r.begin * in_, r.end * in_, updater ? c : nullptr);
  }

  int64_t in_, out_, width_;
  bool relu_;
  const Dropout* drop_;
  bool joint_, learns_;
  int64_t panels_of_x_;
  Pixels pixels_{};
  Floats lanes_of_x_, packed_, dz_;
  Aligned<uint32_t> words_;
  MapForward relu_forward_ = nullptr;
};

/// A product, relu and, in training, dropout; only relu and dropout can be undone from their result.
size_t match(const Chain& c) {
  if (!c.as<MatMul>(0)) return 0;
  if (!c.is_map(1, "relu")) return 1;
  return c.options.training && c.as<Dropout>(2) ? 3 : 2;
}

}  // namespace

extern const Pattern matmul_pattern;
const Pattern matmul_pattern{"matmul", &match, Lay::rows | Lay::lanes, Lay::rows | Lay::lanes, false,
                             [](StepData d) -> StepPointer { return std::make_unique<MatMulStep>(std::move(d)); }};

}  // namespace nn::cpu
