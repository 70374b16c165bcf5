// SPDX-License-Identifier: MIT
// Dense layer of Precision::bf16, with relu and dropout behind it, in the layout of matmul.cpp: samples lie in lanes. The
// three products are of words of two numbers (bf16.h), two that follow each other along the sum:
//   y{out, n}  = w x      sum over the inputs:  w{out, words of in}, x{words of in, n}
//   dx{in, n}  = w^T dz   over the outputs:     w turned{in, words of out}, dz{words of out, n}; rows likewise:
//   dx{n, in}  = dz^T w                         dz turned{n, words of out}, w{words of out, in}
//   dw{out, in} = dz x^T  over the samples:     dz{out, words of n}, x in panels {words of n, columns}
// x is packed when the input is taken, dz when its gradient is there, w when it has been updated, by who has it at hand.
// What is between the products, and the gradient of the bias, is float32.
//
// With many weights y is cut by outputs, as in matmul.cpp. A few workers then pack the input each for itself: cheaper than to
// fetch what another one wrote.
#include <algorithm>

#include "backend/cpu/ahead.h"
#include "backend/cpu/bf16.h"
#include "backend/cpu/dense_input.h"
#include "backend/cpu/dense_step.h"

namespace nn::cpu {
namespace {

using WordArray = Aligned<uint32_t>;

constexpr int64_t many_weights = 1 << 16;         // of a layer whose forward pass is cut by outputs
constexpr int64_t rows_together = 32;             // of a gradient that are made and updated
constexpr int64_t most_columns = 1024;            // of them likewise
constexpr int most_copies = 4;                    // of the packed input
constexpr int most_grain = 4;                     // parts of a worker's share
constexpr int64_t line = 16;                      // apart, since strides of 2 or 4 KB alias

class MatMulBf16Step final : public DenseStep {
 public:
  explicit MatMulBf16Step(StepData data)
      : DenseStep(std::move(data)), k_(*d.kernels.in_bf16), joint_(in_ * out_ >= many_weights), panels_(ceil_of(in_, k_.panel)),
        own_copies_(joint_ && reads_input() && d.workers <= most_copies), weights_(padded(out_) * w_row() + line),
        x_(copies() * lanes_size() + line), lanes_of_run_(static_cast<size_t>(copies())), panels_of_run_(lanes_of_run_) {
    if (learns_) {
      x_panels_ = WordArray(copies() * panels_ * panel_size() + line);
      dz_words_ = WordArray(padded(out_) * dz_row() + line);
    }
    if (joint_ && d.y_lay == Lay::rows) y_lanes_ = Floats(d.tiles * out_ * width_ + line);
    if (d.dx[0]) {
      turned_ = WordArray((x_in_lanes() ? padded(in_) : out_words()) * turned_row() + line);
      dz_turned_ = WordArray(d.tiles * dz_turned_size() + line);
    }
    for (int64_t n = 0; !x_in_lanes() && n < d.batch; ++n) own_rows_.push_back(d.x[0] + n * in_);
    rows_ = own_rows_.data();
    if (relu_) relu_forward_ = d.kernels.map("relu").forward;
  }

  bool take_pixels(const Pixels& pixels) override {
    if (!reads_input() || (pixels.area % k_.panel != 0 && pixels.area != in_)) return false;
    pixels_ = pixels;
    for (int64_t plane = 0; plane * pixels.area < in_; ++plane) maps_.push_back(map_of(pixels.values + plane * 256, d.kernels));
    return true;
  }
  bool take_rows(const float* const* rows) override {
    if (!reads_input()) return false;
    rows_ = rows;
    return true;
  }

  bool stale() const override { return made_ready_for_ != d.memory.version(); }
  void make_ready(const Tile& t) override {
    const Range rows = rows_of(t);
    if (rows.begin < rows.end) pack_weights(rows, {0, in_});
    if (t.index == 0) made_ready_for_ = d.memory.version();
  }

  /// Packing, the product, what follows it: joint are the product and, with copies of one's own, packing.
  int forward_phases() const override { return joint_ ? product_phase() + 1 + (follows() ? 1 : 0) : 1; }
  bool joint(Pass pass, int phase) const override { return pass == Pass::forward && joint_ && phase == product_phase(); }

  void forward(int phase, const Tile& t) override {
    if (phase == 0 && !own_copies_) {
      for (Half half : {Half::lanes, Half::panels}) pack_tile(half, t.index, 0);
    }
    if (phase == product_phase()) {
      if (own_copies_) pack_all(Half::lanes, t.worker);
      const Bf16Products unit(k_);
      if (joint_) product(part_of_joint(t), {0, d.tiles}, own_copies_ ? t.worker : 0, t.scratch);
      else product({0, out_}, {t.index, t.index + 1}, 0, t.scratch);
    }
    if (joint_ && follows() && phase + 1 == forward_phases()) after_product(t);
  }
  int grain() const override {
    const int parts = std::min(d.workers, d.tiles);
    return std::clamp(static_cast<int>(ceil_of(out_, rows_together)) / parts, 1, most_grain);
  }
  void after_forward() override { ++run_; }

  void backward(int, const Tile& t) override {
    make_dz(t);
    const float* z = dz(t.index);
    if (learns_) k_.pack(z, out_, width_, width_, dz_words_.get() + t.index * width_ / 2, dz_row());
    if (!d.dx[0]) return;
    const Bf16Products unit(k_);
    uint32_t* turned = dz_turned_.get() + t.index * dz_turned_size();
    float* dx = d.dx[0] + d.x_slab(t).begin;
    if (x_in_lanes()) {
      k_.pack_rows(z, out_, width_, width_, turned, width_);
      k_.gemm({.m = in_, .n = width_, .k = out_words(), .a = turned_.get(), .a_row = turned_row(), .b = turned, .b_row = width_, .c = dx, .c_row = width_});
    } else {
      k_.pack_columns(z, out_, width_, width_, turned, out_row());
      k_.gemm({.m = t.samples(), .n = in_, .k = out_words(), .a = turned, .a_row = out_row(), .b = turned_.get(), .b_row = turned_row(), .c = dx, .c_row = in_});
    }
  }

  void finish(const Tile& t, const Updater& updater) override {
    const Bf16Products unit(k_);
    const int copy = own_copies_ ? t.worker : 0;
    if (learns_ && own_copies_) pack_all(Half::panels, copy);
    if (learns_ && by_inputs()) {
      const Range panels = part_of(panels_, t.index, t.count);
      weight_gradient({0, out_}, {panels.begin * k_.panel, std::min(in_, panels.end * k_.panel)}, copy, t.scratch, updater);
    } else if (learns_) {
      weight_gradient(rows_of(t), {0, in_}, copy, t.scratch, updater);
    }
    bias_gradient(t, updater);
    if (t.index == 0 && updater) made_ready_for_ = d.memory.version() + 1;  // once all parts have ended
  }

  int64_t scratch() const override {
    const int64_t gradient = learns_ ? rows_together * std::min(most_columns, panels_ * k_.panel) : 0;
    return std::max(d.y_lay == Lay::rows ? width_ * out_ : 0, gradient) + 64;
  }
  size_t bytes() const override {
    size_t n = dz_.bytes() + y_lanes_.bytes();
    for (const WordArray* a : {&weights_, &turned_, &x_, &x_panels_, &dz_turned_, &dz_words_, &words_}) n += a->bytes();
    return n;
  }
  std::string kernel() const override { return std::string(k_.name) + (joint_ ? " by outputs" : ""); }

 private:
  static int64_t padded(int64_t rows) { return round_up(rows, bf16_side); }
  bool x_in_lanes() const { return d.x_lay[0] == Lay::lanes; }
  bool reads_input() const { return d.x_lay[0] == Lay::rows && !d.dx[0]; }
  int64_t in_words() const { return round_up(words_of(in_), k_.step); }  // of a sum, likewise the others
  int64_t out_words() const { return round_up(words_of(out_), k_.step); }
  int64_t sample_words() const { return round_up(d.tiles * width_ / 2, k_.step); }
  int64_t w_row() const { return padded(words_of(in_)) + line; }
  int64_t out_row() const { return padded(words_of(out_)) + line; }
  int64_t turned_row() const { return x_in_lanes() ? out_row() : round_up(in_, k_.panel) + line; }
  int64_t dz_row() const { return padded(d.tiles * width_ / 2) + line; }
  int64_t dz_turned_size() const { return x_in_lanes() ? out_words() * width_ : padded(width_) * out_row(); }
  int64_t panel_size() const { return sample_words() * k_.panel; }
  int64_t lanes_size() const { return d.tiles * in_words() * width_; }
  int64_t copies() const { return own_copies_ ? d.workers : 1; }
  uint32_t* lanes_of(int copy, int64_t tile) const { return x_.get() + copy * lanes_size() + tile * in_words() * width_; }
  uint32_t* panel_of(int copy, int64_t i) const { return x_panels_.get() + (copy * panels_ + i) * panel_size(); }
  uint32_t* panel_of(int copy, int64_t i, int tile) const { return panel_of(copy, i) + tile * width_ / 2 * k_.panel; }
  int product_phase() const { return joint_ && !own_copies_ ? 1 : 0; }
  bool follows() const { return drop_ || d.y_lay == Lay::rows; }  // other than relu

  /// Who makes and updates the gradient of which outputs; of few outputs all workers do, each some inputs.
  Range rows_of(const Tile& t) const {
    const Range blocks = part_of(ceil_of(out_, rows_together), t.index, t.count);
    return {std::min(out_, blocks.begin * rows_together), std::min(out_, blocks.end * rows_together)};
  }
  /// Of the forward product; whole blocks, where it was cut by our grain.
  Range part_of_joint(const Tile& t) const { return grain() > 1 ? rows_of(t) : t.part(out_); }
  bool by_inputs() const { return out_ <= rows_together; }

  /// Of these outputs and inputs; both begin at even ones.
  void pack_weights(Range rows, Range columns) const {
    const int64_t n = rows.end - rows.begin, m = columns.end - columns.begin;
    const float* w = d.weight(0) + rows.begin * in_ + columns.begin;
    k_.pack(w, n, m, in_, weights_.get() + rows.begin * w_row() + columns.begin / 2, w_row());
    if (!d.dx[0]) return;
    if (x_in_lanes()) k_.pack_columns(w, n, m, in_, turned_.get() + columns.begin * turned_row() + rows.begin / 2, turned_row());
    else k_.pack_rows(w, n, m, in_, turned_.get() + rows.begin / 2 * turned_row() + columns.begin, turned_row());
  }

  /// x as the forward product reads it, and as the gradient does.
  enum class Half { lanes, panels };

  void pack_tile(Half half, int tile, int copy) const {
    if (half == Half::panels && !learns_) return;
    if (x_in_lanes()) return pack_lanes(half, tile, copy);
    const Range s = part_of(d.batch, tile, d.tiles);
    ask_for(s);
    if (half == Half::lanes) pack_to_lanes(s, lanes_of(copy, tile));
    else
      for (int64_t i = 0; i < panels_; ++i) pack_to_panel(s, i, panel_of(copy, i, tile));
  }
  /// Once a step for each copy.
  void pack_all(Half half, int copy) {
    uint64_t& packed = (half == Half::lanes ? lanes_of_run_ : panels_of_run_)[static_cast<size_t>(copy)].run;
    if (packed == run_of(half)) return;
    for (int u = 0; u < d.tiles; ++u) pack_tile(half, u, copy);
    packed = run_of(half);
  }
  uint64_t run_of(Half half) const { return half == Half::lanes ? run_ : run_ - 1; }  // a gradient follows its forward pass

  /// Rows of a shuffled batch lie anywhere: memory is asked for all of them first.
  void ask_for(Range samples) const {
    const int64_t bytes = in_ * static_cast<int64_t>(pixels_.rows ? 1 : sizeof(float));
    for (int64_t s = samples.begin; s < samples.end; ++s) {
      const char* row = pixels_.rows ? reinterpret_cast<const char*>(pixels_.rows[s]) : reinterpret_cast<const char*>(rows_[s]);
      for (int64_t i = 0; i < bytes; i += Ahead::line) __builtin_prefetch(row + i);
    }
  }
  void pack_to_lanes(Range s, uint32_t* lanes) const {
    const int64_t n = s.end - s.begin;
    if (!pixels_.rows) return k_.values_to_lanes(rows_ + s.begin, n, 0, in_, lanes, width_);
    for (int64_t i = 0; n > 0 && i < in_; i += pixels_.area)
      k_.bytes_to_lanes(pixels_.rows + s.begin, n, i, pixels_.area, map_at(i), lanes + i / 2 * width_, width_);
  }
  void pack_to_panel(Range s, int64_t i, uint32_t* panel) const {
    const int64_t n = s.end - s.begin, first = i * k_.panel, count = std::min(k_.panel, in_ - first);
    if (pixels_.rows) k_.bytes_to_panel(pixels_.rows + s.begin, n, first, count, map_at(first), panel);
    else k_.values_to_panel(rows_ + s.begin, n, first, count, panel);
  }
  const ByteMap& map_at(int64_t element) const { return maps_[static_cast<size_t>(element / pixels_.area)]; }

  void pack_lanes(Half half, int tile, int copy) const {
    const float* x = d.x[0] + tile * in_ * width_;
    if (half == Half::lanes) return k_.pack_rows(x, in_, width_, width_, lanes_of(copy, tile), width_);
    for (int64_t i = 0; i < panels_; ++i)
      k_.pack_turned(x + i * k_.panel * width_, std::min(k_.panel, in_ - i * k_.panel), samples(tile), width_, panel_of(copy, i, tile), k_.panel);
  }

  /// Outputs `rows` of the samples of `tiles`, where they lie in lanes, and all of what follows if these are not joint.
  void product(Range rows, Range tiles, int copy, float* scratch) const {
    const int64_t r = rows.begin, n = rows.end - rows.begin;
    for (int u = static_cast<int>(tiles.begin); n > 0 && u < tiles.end; ++u) {
      float* c = y_lanes(u, scratch) + r * width_;
      k_.gemm({.m = n, .n = width_, .k = in_words(), .a = weights_.get() + r * w_row(), .a_row = w_row(), .b = lanes_of(copy, u),
               .b_row = width_, .c = c, .c_row = width_, .row_bias = d.weight(1) ? d.weight(1) + r : nullptr});
      if (relu_ && !drop_) relu_forward_(c, c, n * width_, 0);
      if (!joint_) after_product(u, c);
    }
  }
  /// Of a tile: the output itself, or the array that its rows are made from.
  float* y_lanes(int tile, float* scratch) const {
    if (d.y_lay == Lay::lanes) return d.y + tile * out_ * width_;
    return joint_ ? y_lanes_.get() + tile * out_ * width_ : scratch;
  }
  void after_product(const Tile& t) const { after_product(t.index, y_lanes(t.index, nullptr)); }
  /// relu and dropout of lanes c, and their rows.
  void after_product(int tile, float* c) const {
    const Range s = part_of(d.batch, tile, d.tiles);
    const int64_t n = s.end - s.begin;
    if (drop_) d.kernels.relu_drop(words_.get() + s.begin * out_, out_, n, threshold_of(*drop_), drop_->scale<float>(), c, out_, width_);
    if (d.y_lay == Lay::rows) d.kernels.transpose(c, out_, n, width_, d.y + s.begin * out_, out_);
  }

  /// Of these outputs and inputs, some rows after the others, which are then updated and packed while they are at hand.
  void weight_gradient(Range rows, Range columns, int copy, float* scratch, const Updater& updater) const {
    for (int64_t r = rows.begin; r < rows.end; r += rows_together)
      for (int64_t i = columns.begin; i < columns.end; i += most_columns) {
        const int64_t n = std::min(rows_together, rows.end - r), m = std::min(most_columns, columns.end - i);
        const int64_t c_row = updater ? round_up(m, k_.panel) : in_;
        float* c = updater ? scratch : d.gradient(0) + r * in_ + i;
        k_.gemm({.m = n, .n = m, .k = sample_words(), .a = dz_words_.get() + r * dz_row(), .a_row = dz_row(),
                 .b = panel_of(copy, i / k_.panel), .b_row = k_.panel, .b_panel = panel_size(), .c = c, .c_row = c_row});
        if (!updater) continue;
        updater.done(d.op().params[0], {r * in_ + i, n, m, in_}, c, c_row);
        pack_weights({r, r + n}, {i, i + m});
      }
  }

  const Bf16Kernels& k_;
  bool joint_;
  int64_t panels_;              // of x
  bool own_copies_;             // of it, for each worker
  std::vector<const float*> own_rows_;
  const float* const* rows_ = nullptr;
  Pixels pixels_{};
  std::vector<ByteMap> maps_;   // by plane
  WordArray weights_;           // {out, w_row()}
  WordArray turned_;            // w for dx
  WordArray x_, x_panels_, dz_turned_, dz_words_;
  Floats y_lanes_;
  struct alignas(64) Packed {
    uint64_t run = 0;
  };
  std::vector<Packed> lanes_of_run_, panels_of_run_;  // by copy: the step that it was packed in
  uint64_t run_ = 1;
  uint64_t made_ready_for_ = 0; // version of the weights that are packed
  MapForward relu_forward_ = nullptr;
};

size_t match(const Chain& c) { return c.options.precision == Precision::bf16 ? match_dense(c) : 0; }

}  // namespace

extern const Pattern matmul_bf16_pattern;
const Pattern matmul_bf16_pattern{"matmul_bf16", &match, Lay::rows | Lay::lanes, Lay::rows | Lay::lanes, false,
                                  [](StepData d) -> StepPointer { return std::make_unique<MatMulBf16Step>(std::move(d)); }};

}  // namespace nn::cpu
