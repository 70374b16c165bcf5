// SPDX-License-Identifier: MIT
// Dense layer by products of bf16 numbers, with relu and dropout behind it, in the layout of matmul.cpp: samples lie in
// lanes. The three products are of words of two numbers (bf16.h), two that follow each other along the sum:
//   y{out, n}  = w x      sum over the inputs:  w{out, words of in}, x{words of in, n}
//   dx{in, n}  = w^T dz   over the outputs:     w turned{in, words of out}, dz{words of out, n}; rows likewise:
//   dx{n, in}  = dz^T w                         dz turned{n, words of out}, w{words of out, in}
//   dw{out, in} = dz x^T  over the samples:     dz{out, words of n}, x in panels {words of n, columns}
// dz is packed when its gradient is there, w when it has been updated, by who has it at hand. What is between the
// products, and the gradient of the bias, is float32.
//
// Precision::bf16 multiplies the nearest bf16 numbers. With float32 the operands are bf16x3, each an array of three
// parts. Where x is bytes as they are (word_input.h), w and dz are packed times what x is a multiple of the bytes by.
//
// With many weights y is cut by outputs, as in matmul.cpp. Of so many that they leave the caches, who makes some
// outputs packs their weights just before, since words that are kept would be fetched as well as the weights.
#include <fmt/format.h>

#include <algorithm>

#include "backend/cpu/dense/dense_rows.h"
#include "backend/cpu/dense/dense_step.h"
#include "backend/cpu/dense/packed_input.h"
#include "backend/pixels.h"

namespace nn::cpu {
namespace {

using Half = PackedInput::Half;

constexpr int64_t far_weights = 1 << 18;  // of a layer whose weights and moments leave the second caches
constexpr int64_t rows_together = 32;     // of a gradient that are made and updated
constexpr int64_t most_columns = 1024;    // of them likewise
constexpr int most_copies = 4;            // of the packed input
constexpr int most_grain = 4;             // parts of a worker's share
constexpr int64_t fewest = 512;           // inputs and outputs for which bf16x3 pays,
constexpr int64_t fewest_of_bytes = 32;   // and where x is exact in bf16: a half of the products, and it is packed once
constexpr int64_t fewest_samples = 32;    // of a batch in training, since weights are packed anew for each

class MatMulBf16Step final : public DenseStep {
 public:
  explicit MatMulBf16Step(StepData data)
      : DenseStep(std::move(data)),
        k_(*d.kernels.in_bf16),
        packs_(d.precision == Precision::bf16 ? k_.nearest : k_.bf16x3),
        joint_(in_ * out_ >= many_weights),
        far_(in_ * out_ >= far_weights),
        own_copies_(joint_ && reads_input(d) && d.workers <= most_copies),
        x_(d, packs_, own_copies_ ? d.workers : 1, learns_) {
    if (!far_) weights_ = PackedLhs(d, left(out_, words_of(in_)));
    if (learns_) dz_words_ = PackedLhs(d, left(out_, d.tiles * width_ / 2, width_ / 2));
    if (joint_ && d.y_lay == Layout::nchw) y_lanes_ = d.floats(d.tiles * out_ * width_ + words_line);
    if (d.dx[0] && x_in_lanes()) {
      w_turned_ = PackedLhs(d, left(in_, words_of(out_)));
      dz_paired_ = PackedBf16(d, packs_.parts, d.tiles * out_words() * width_);
    } else if (d.dx[0]) {
      w_paired_ = PackedBf16(d, packs_.parts, out_words() * paired_row());
      dz_turned_ = PackedLhs(d, left(width_, words_of(out_)), d.tiles);
    }
    if (relu_) relu_forward_ = d.kernels.map("relu").forward;
  }

  bool bind_pixels(const Pixels& pixels) override { return x_.bind_pixels(pixels); }
  bool bind_rows(const float* const* rows) override { return x_.bind_rows(rows); }

  bool needs_repack() const override { return keeps_weights() && made_ready_for_ != d.memory.version(); }
  void repack(const Tile& t) override {
    const Range rows = rows_of(t);
    if (rows.begin < rows.end) keep_weights(rows, {0, in_});
    if (t.index == 0) made_ready_for_ = d.memory.version();
  }

  /// Packing, the product, what follows it: joint are the product and, with copies of one's own, packing.
  int forward_phases() const override { return joint_ ? product_phase() + 1 + (follows() ? 1 : 0) : 1; }
  bool joint(Pass pass, int phase) const override {
    return pass == Pass::forward && joint_ && phase == product_phase();
  }

  void forward(int phase, const Tile& t) override {
    if (phase == 0 && !own_copies_) {
      for (const Half half : {Half::lanes, Half::panels}) x_.pack(half, t.index);
    }
    if (phase == product_phase()) {
      if (own_copies_) x_.pack_own(Half::lanes, t.worker);
      const Bf16Products unit(k_);
      if (joint_)
        joint_product(part_of_joint(t), own_copies_ ? t.worker : 0, t.scratch);
      else
        tile_product(t);
    }
    if (joint_ && follows() && phase + 1 == forward_phases()) after_product(t.index, y_lanes(t.index, nullptr));
  }
  int split_factor() const override {
    const int parts = std::min(d.workers, d.tiles);
    return std::clamp(static_cast<int>(ceil_of(out_, rows_together)) / parts, 1, most_grain);
  }
  void after_forward() override { x_.next_step(); }

  void backward(int, const Tile& t) override {
    make_dz(t);
    const float* z = dz(t.index);
    if (learns_) packs_.pack(z, out_, width_, width_, x_.scale(), dz_words_.at(0, t.index * width_ / 2));
    if (!d.dx[0]) return;
    const Bf16Products unit(k_);
    Bf16Gemm g{.k = out_words(), .c = d.dx[0] + d.x_slice(t).begin};
    if (x_in_lanes()) {
      const WordMatrix paired = dz_paired_.at(t.index * out_words() * width_, width_);
      packs_.pack_rows(z, out_, width_, width_, paired);
      set_a(g, packs_.parts, w_turned_.at(0, 0));
      set_b(g, packs_.parts, paired);
      g.m = in_, g.n = g.c_row = width_;
    } else {
      const WordMatrix turned = dz_turned_.at(0, 0, t.index);
      packs_.pack_columns(z, out_, width_, width_, turned);
      set_a(g, packs_.parts, turned);
      set_b(g, packs_.parts, w_paired_.at(0, paired_row()));
      g.m = t.samples(), g.n = g.c_row = in_;
    }
    k_.gemm(g);
  }

  void finish(const Tile& t, const Updater& updater) override {
    const Bf16Products unit(k_);
    const int copy = own_copies_ ? t.worker : 0;
    if (learns_ && own_copies_) x_.pack_own(Half::panels, copy);
    if (learns_ && by_inputs()) {
      const Range panels = part_of(x_.panels(), t.index, t.count);
      weight_gradient({0, out_}, {panels.begin * k_.panel, std::min(in_, panels.end * k_.panel)}, copy, t.scratch,
                      updater);
    } else if (learns_) {
      weight_gradient(rows_of(t), {0, in_}, copy, t.scratch, updater);
    }
    bias_gradient(t, updater);
    if (t.index == 0 && updater) made_ready_for_ = d.memory.version() + 1;  // once all parts have ended
  }

  int64_t scratch() const override {
    const int64_t gradient = learns_ ? rows_together * std::min(most_columns, x_.panels() * k_.panel) : 0;
    const int64_t weights = far_ ? scratch_layout().size : 0;
    return std::max({d.y_lay == Layout::nchw ? width_ * out_ : 0, gradient, weights}) + 64;
  }
  size_t bytes() const override {
    return dz_.bytes() + y_lanes_.bytes() + words_.bytes() + x_.bytes() + weights_.bytes() + dz_words_.bytes() +
           w_turned_.bytes() + dz_turned_.bytes() + w_paired_.bytes() + dz_paired_.bytes();
  }
  std::string kernel() const override {
    return fmt::format("{}{}{}", packs_.parts > 1 ? "gemm of thirds, " : "", k_.name, joint_ ? " by outputs" : "");
  }

 private:
  bool x_in_lanes() const { return d.x_lay[0] == Layout::batch_innermost; }
  int64_t out_words() const { return round_up(words_of(out_), k_.step); }
  int64_t paired_row() const { return round_up(in_, k_.panel) + words_line; }
  /// Packed `at_once` words of a row at a time.
  LeftLayout left(int64_t rows, int64_t words, int64_t at_once = bf16_side) const {
    return {packs_.parts, rows, words, k_.tiles && at_once % bf16_side == 0};
  }
  LeftLayout scratch_layout() const { return left(rows_together, words_of(in_)); }
  int product_phase() const { return joint_ && !own_copies_ ? 1 : 0; }
  bool follows() const { return drop_ || d.y_lay == Layout::nchw; }  // other than relu

  /// Who makes and updates the gradient of which outputs; of few outputs all workers do, each some inputs.
  Range rows_of(const Tile& t) const {
    const Range blocks = part_of(ceil_of(out_, rows_together), t.index, t.count);
    return {std::min(out_, blocks.begin * rows_together), std::min(out_, blocks.end * rows_together)};
  }
  /// Of the forward product: whole tiles, or what rows_of gives where it was cut by our grain.
  Range part_of_joint(const Tile& t) const {
    const int64_t together = split_factor() > 1 ? rows_together : bf16_side;
    const Range blocks = t.part(ceil_of(out_, together));
    return {std::min(out_, blocks.begin * together), std::min(out_, blocks.end * together)};
  }
  bool by_inputs() const { return out_ <= rows_together; }

  bool keeps_weights() const { return !far_ || d.dx[0]; }
  /// Of these outputs and inputs; both begin at even ones.
  void keep_weights(Range rows, Range columns) const {
    const int64_t n = rows.end - rows.begin, m = columns.end - columns.begin;
    const float* w = d.weight(0) + rows.begin * in_ + columns.begin;
    if (!far_) packs_.pack(w, n, m, in_, x_.scale(), weights_.at(rows.begin, columns.begin / 2));
    if (!d.dx[0]) return;
    if (x_in_lanes())
      packs_.pack_columns(w, n, m, in_, w_turned_.at(columns.begin, rows.begin / 2));
    else
      packs_.pack_rows(w, n, m, in_, w_paired_.at(rows.begin / 2 * paired_row() + columns.begin, paired_row()));
  }

  /// Outputs `rows` of all samples, where they lie in lanes.
  void joint_product(Range rows, int copy, float* scratch) const {
    if (!far_) return all_tiles(rows, weights_.at(rows.begin, 0), copy);
    for (int64_t r = rows.begin; r < rows.end; r += rows_together) {
      const Range some{r, std::min(rows.end, r + rows_together)};
      all_tiles(some, pack_to_scratch(some, scratch), copy);
    }
  }
  /// In one product where each is a panel.
  void all_tiles(Range rows, const WordMatrix& w, int copy) const {
    if (k_.tiles && width_ == k_.panel) return product(rows, w, {0, d.tiles}, copy, y_lanes(0, nullptr));
    for (int u = 0; u < d.tiles; ++u) product(rows, w, {u, u + 1}, copy, y_lanes(u, nullptr));
  }
  WordMatrix pack_to_scratch(Range rows, float* scratch) const {
    const WordMatrix w = scratch_layout().in(reinterpret_cast<uint32_t*>(scratch));
    const int64_t n = rows.end - rows.begin, used = words_of(in_);
    packs_.pack(d.weight(0) + rows.begin * in_, n, in_, in_, x_.scale(), w);
    for (int64_t part = 0; part < packs_.parts; ++part)  // scratch held something else
      for (int64_t k = 0; k < n; ++k) std::fill_n(w.at + part * w.apart + w.place(k, used), x_.words() - used, 0u);
    return w;
  }
  void tile_product(const Tile& t) const {
    float* lanes = y_lanes(t.index, t.scratch);
    product({0, out_}, weights_.at(0, 0), {t.index, t.index + 1}, 0, lanes);
    after_product(t.index, lanes);
  }

  /// Outputs `rows`, whose weights are w, of some tiles; y: the lanes of the first.
  void product(Range rows, const WordMatrix& w, Range tiles, int copy, float* y) const {
    const int64_t n = rows.end - rows.begin, lanes = out_ * width_;
    if (n <= 0) return;
    float* c = y + rows.begin * width_;
    Bf16Gemm g{.m = n, .c = c, .c_row = width_, .row_bias = d.weight(1) ? d.weight(1) + rows.begin : nullptr};
    set_a(g, packs_.parts, w);
    x_.set_lanes(g, copy, tiles);
    if (tiles.end - tiles.begin > 1) g.c_panel = lanes;
    k_.gemm(g);
    if (!relu_ || drop_) return;
    for (int64_t u = tiles.begin; u < tiles.end; ++u, c += lanes) relu_forward_(c, c, n * width_, 0);
  }
  /// Of a tile: the output itself, or the array that its rows are made from.
  float* y_lanes(int tile, float* scratch) const {
    if (d.y_lay == Layout::batch_innermost) return d.y + tile * out_ * width_;
    return joint_ ? y_lanes_.get() + tile * out_ * width_ : scratch;
  }
  /// relu and dropout of lanes c, and their rows.
  void after_product(int tile, float* c) const {
    const Range s = d.extent.samples(tile);
    const int64_t n = s.end - s.begin;
    if (drop_)
      d.kernels.relu_drop(words_.get() + s.begin * out_, out_, n, threshold_of(*drop_), drop_->scale<float>(), c, out_,
                          width_);
    if (d.y_lay == Layout::nchw) d.kernels.transpose(c, out_, n, width_, d.y + s.begin * out_, out_);
  }

  /// Of these outputs and inputs, some rows after the others, which are then updated and packed while they are at hand.
  void weight_gradient(Range rows, Range columns, int copy, float* scratch, const Updater& updater) const {
    for (int64_t r = rows.begin; r < rows.end; r += rows_together)
      for (int64_t i = columns.begin; i < columns.end; i += most_columns) {
        const int64_t n = std::min(rows_together, rows.end - r), m = std::min(most_columns, columns.end - i);
        const int64_t c_row = updater ? round_up(m, k_.panel) : in_;
        float* c = updater ? scratch : d.gradient(0) + r * in_ + i;
        Bf16Gemm g{.m = n, .n = m, .c = c, .c_row = c_row};
        set_a(g, packs_.parts, dz_words_.at(r, 0));
        x_.set_panels(g, copy, i / k_.panel);
        k_.gemm(g);
        if (!updater) continue;
        updater.done(d.op().params[0], {r * in_ + i, n, m, in_}, c, c_row);
        if (keeps_weights()) keep_weights({r, r + n}, {i, i + m});
      }
  }

  const Bf16Kernels& k_;
  const Bf16Packs& packs_;  // of weights and gradients
  bool joint_, far_;
  bool own_copies_;  // of x, for each worker
  PackedInput x_;
  PackedLhs weights_;    // {out, words of in}, if not far
  PackedLhs dz_words_;   // {out, words of n}
  PackedLhs w_turned_;   // {in, words of out}, with dz_paired_ {words of out, n} by tile, or
  PackedLhs dz_turned_;  // {n, words of out} by tile, with w_paired_ {words of out, in}
  PackedBf16 w_paired_, dz_paired_;
  Floats y_lanes_;
  uint64_t made_ready_for_ = 0;  // version of the weights that are packed
  MapForward relu_forward_ = nullptr;
};

using Match = size_t (*)(const Chain&);
template <Match match>
size_t match_nearest(const Chain& c) {
  return c.options.precision == Precision::bf16 ? match(c) : 0;
}

/// Where bf16x3 products are faster, or KernelChoices::bf16x3 says so.
template <Match match>
size_t match_thirds(const Chain& c) {
  const MatMul* m = c.as<MatMul>(0);
  if (!m || c.options.precision != Precision::float32 || c.options.exact) return 0;
  // Without training whatever the batch: what is predicted for a sample does not depend on how many others there are.
  const bool enough = !c.options.training || c.options.batch * c.in().count() >= fewest_samples * m->in;
  const auto pay = [&] {
    return c.kernels.in_bf16->tiles && enough &&
           std::min(m->in, m->out) >= (factor_of_bytes(c.graph, c.options, c.op(0)) != 0 ? fewest_of_bytes : fewest);
  };
  return (c.choices.bf16x3 ? *c.choices.bf16x3 : pay()) ? match(c) : 0;
}

StepPointer make(StepData d) { return std::make_unique<MatMulBf16Step>(std::move(d)); }
StepPointer make_rows(StepData d) { return make_dense_rows(std::move(d), &make); }

constexpr Layouts rows_or_lanes = Layout::nchw | Layout::batch_innermost;

}  // namespace

extern const Pattern matmul_bf16_pattern, matmul_thirds_pattern, matmul_rows_bf16_pattern, matmul_rows_thirds_pattern;
const Pattern matmul_bf16_pattern{"matmul_bf16", &match_nearest<match_dense>, rows_or_lanes, rows_or_lanes, false,
                                  &make};
const Pattern matmul_thirds_pattern{
    "matmul_thirds", &match_thirds<match_dense>, rows_or_lanes, rows_or_lanes, false, &make};
const Pattern matmul_rows_bf16_pattern{
    "matmul_rows_bf16", &match_nearest<match_dense_rows>, only(Layout::nchw), only(Layout::nchw), false, &make_rows};
const Pattern matmul_rows_thirds_pattern{
    "matmul_rows_thirds", &match_thirds<match_dense_rows>, only(Layout::nchw), only(Layout::nchw), false, &make_rows};

}  // namespace nn::cpu
