// SPDX-License-Identifier: MIT
// The step of a convolution block: convolution [+ batch norm] [+ another value] [+ relu] [+ max pooling]. With
// statistics of the batch the convolution is kept until they are known, and its gradient needs it again; otherwise each
// sample goes through the whole block while it is in the cache. The gradient of the convolution is made sample by
// sample from the gradient of the block, the chosen cells and, with statistics, the convolution; it is never kept.
#include "backend/cpu/conv/block/block.h"

#include <algorithm>

#include "backend/cpu/conv/block/norm.h"
#include "backend/cpu/conv/kinds.h"
#include "backend/cpu/kernels/bf16_conv.h"
#include "backend/cpu/plan/pattern.h"

namespace nn::cpu {
namespace {

class ConvBlockStep final : public Step, public Remade {
 public:
  ConvBlockStep(StepData data, const BlockOps& ops)
      : Step(std::move(data)),
        shape_(d, d.kernels.lanes),
        kernels_(*d.kernels.in_blocks),
        tail_{shape_.oh, shape_.ow, shape_.k, shape_.kp, ops.relu > 0, ops.pool > 0, ops.relu6},
        norm_(d, shape_, ops.norm),
        convolution_(make_convolution(d, shape_)) {
    if (!d.training) return;
    again_ = norm_.of_batch() && ops.pool && again_pays(shape_);
    chosen_ = norm_.of_batch() && ops.pool && (!again_ || shape_.tiles);
    if (norm_.of_batch() && !again_) kept_ = d.floats(d.batch * shape_.made());
    if (ops.norm && ops.pool) raw_ = d.floats(d.batch * cells() * shape_.kp);
    if (ops.norm && !norm_.of_batch() && !ops.pool) raw_ = d.floats(d.batch * shape_.made());
    found_again_ = norm_.of_batch() && !ops.pool && !ops.add && !shape_.tiles;
    if ((ops.relu && !found_again_) || ops.pool) index_ = d.array<uint8_t>(d.batch * cells() * shape_.kp);
    partial_ = d.floats(d.tiles * shape_.weights());
  }

  int forward_phases() const override { return norm_.of_batch() && d.y ? 2 : 1; }
  int backward_phases() const override { return norm_.needs_sums() && d.y ? 2 : 1; }
  void forward(int phase, const Tile& tile) override;
  void backward(int phase, const Tile& tile) override;
  void finish(const Tile& tile, const Updater& updater) override;

  int64_t scratch() const override {
    return std::max(made_size() + turned_size() + beside_size() + convolution_->scratch(),
                    shape_.inputs() * shape_.taps() * kernels_.lanes);
  }
  size_t bytes() const override {
    return kept_.bytes() + raw_.bytes() + index_.bytes() + partial_.bytes() + norm_.bytes() + convolution_->bytes();
  }
  const Remade* remade() const override { return d.y ? nullptr : this; }
  void begin(const Tile& t) const override { norm_.join(t); }
  void sample(const Tile& t, int64_t n, float* to, int64_t row, int64_t pixel) const override {
    BlockEpilogue rows = tail_;
    rows.channels = pixel;
    if (row != rows.ow * pixel) rows.oh = 1;
    for (int64_t y = 0; y < tail_.oh; y += rows.oh)
      kernels_.tail(rows, kept(n) + y * rows.ow * rows.width, norm_.scale(t), norm_.shift(t), nullptr, to + y * row,
                    nullptr, nullptr);
  }
  void begin_gradients(const Tile& t) const override { norm_.begin_sums(t); }
  void gradient_made(const Tile& t, int64_t n) const override {
    norm_.add_sums(t, tail_of(t), d.dy + n * result(), nullptr, kept(n));
  }
  std::string kernel() const override {
    return convolution_->name() + std::string(shape_.rounded ? ", bf16 emulated" : "");
  }

 private:
  class Samples;
  int64_t cells() const { return tail_.ph() * tail_.pw(); }
  int64_t result() const { return cells() * tail_.channels; }
  /// Of a sample's convolution and of results in pixels, for those that ask for them.
  int64_t made_size() const { return shape_.tiles ? 0 : shape_.made() * shape_.together; }
  int64_t turned_size() const { return round_up(result(), 16) * (shape_.tiles ? group_samples : 1); }
  int64_t beside_size() const { return added() && !shape_.y_pixels ? round_up(result(), 16) : 0; }
  bool added() const { return d.x.size() > 1; }
  float* kept(int64_t sample) const { return kept_.size() ? kept_.get() + sample * shape_.made() : nullptr; }
  float* raw(int64_t sample) const { return raw_.size() ? raw_.get() + sample * cells() * shape_.kp : kept(sample); }
  uint8_t* index(int64_t sample) const { return index_.size() ? index_.get() + sample * cells() * shape_.kp : nullptr; }
  void look_at(const Tile& t, int64_t sample, const float* c) const;
  void follow(const Tile& t, int64_t sample, const float* c, float* turned) const;
  const float* output_gradient(int64_t sample, float* turned) const;
  /// What backward of a tile knows of the tail.
  BlockEpilogue tail_of(const Tile& t) const {
    BlockEpilogue tail = tail_;
    if (found_again_ && tail.relu) tail.scale = norm_.scale(t), tail.shift = norm_.shift(t);
    return tail;
  }
  /// turned: room for results in pixels.
  void pass_on(int64_t sample, const float* dy, float* turned) const;

  BlockShape shape_;
  const BlockKernels& kernels_;
  BlockEpilogue tail_;
  BlockNorm norm_;
  std::unique_ptr<Convolution> convolution_;
  bool again_ = false;        // the convolution is not kept but done again
  bool found_again_ = false;  // where relu is on is not kept: it is found from the convolution
  bool chosen_ = false;       // cells are chosen by the sign of the scale while the convolution is in the cache
  Floats kept_, raw_;         // the convolution; what of it was chosen
  Aligned<uint8_t> index_;
  Floats partial_;  // {tile, c, 9, kp}: gradient of the weights
};

/// The block's side of a convolution, for one tile.
class ConvBlockStep::Samples final : public BlockSamples {
 public:
  /// statistics: the convolution is only looked at.
  Samples(const ConvBlockStep& step, const Tile& tile, bool statistics)
      : step_(step),
        s_(step.shape_),
        d_(step.d),
        tile_(tile),
        statistics_(statistics),
        made_(tile.scratch),
        turned_(tile.scratch + step.made_size()) {}
  float* rest() const { return turned_ + step_.turned_size() + step_.beside_size(); }

  void input(int64_t n, float* frame) override {
    if (d_.source) return d_.source->sample(tile_, n, frame + s_.inside(), s_.row(), s_.pixel);
    const float* x = d_.x[0] + n * s_.c * s_.h * s_.w;
    float* inside = frame + s_.inside();
    for (int64_t y = 0; y < s_.h; ++y, inside += s_.row()) {
      if (!s_.x_pixels) {
        d_.kernels.transpose(x + y * s_.w, s_.c, s_.w, s_.h * s_.w, inside, s_.pixel);
      } else if (s_.c == s_.pixel) {
        std::memcpy(inside, x + y * s_.w * s_.c, static_cast<size_t>(s_.w * s_.c) * sizeof(float));
      } else {
        const float* from = x + y * s_.w * s_.c;
        for (int64_t i = 0; i < s_.w; ++i)
          for (int64_t c = 0; c < s_.c; ++c) inside[i * s_.pixel + c] = from[i * s_.c + c];
      }
      if (s_.rounded) d_.kernels.in_bf16->round(inside, s_.w * s_.pixel);
    }
  }
  const float* input(int64_t n) override { return d_.x[0] + n * s_.c * s_.h * s_.w; }
  float* input_gradient(int64_t n) override { return d_.dx[0] + n * s_.c * s_.h * s_.w; }
  void gradient_made(int64_t n) override {
    if (d_.source) d_.source->gradient_made(tile_, n);
  }
  float* output(int64_t n) override {
    return step_.kept_.size() ? step_.kept(n) : made_ + (n - first_made_) % s_.together * s_.made();
  }
  float* outputs(Range samples) override {
    first_made_ = samples.begin;
    return output(samples.begin);
  }
  void made(int64_t n) override {
    if (statistics_)
      step_.look_at(tile_, n, output(n));
    else
      step_.follow(tile_, n, output(n), turned_);
  }
  bool forgotten() const override { return step_.again_; }
  void gradient(int64_t n, Range rows, float* dc, int64_t row) override {
    const BlockNorm& norm = step_.norm_;
    BlockEpilogue band = step_.tail_of(tile_);
    band.oh = rows.end - rows.begin;
    const int64_t cells = (band.pool ? rows.begin / 2 : rows.begin) * band.pw();
    const float* c = norm.of_batch() ? output(n) + rows.begin * band.ow * band.width : nullptr;
    if (rows.begin == 0) {
      dy_ = step_.output_gradient(n, turned_);
      step_.pass_on(n, dy_, turned_ + step_.turned_size());
    }
    const uint8_t* index = step_.index(n);
    step_.kernels_.tail_gradient(band, c, norm.factor(tile_), norm.slope(tile_), norm.base(tile_),
                                 dy_ + cells * band.channels, index ? index + cells * band.width : nullptr, dc, row);
    for (int64_t y = 0; s_.rounded && y < band.oh; ++y) d_.kernels.in_bf16->round(dc + y * row, s_.ow * s_.kp);
  }
  void input_gradient(int64_t n, Range rows, const float* dx, int64_t row) override {
    float* to = d_.dx[0] + n * s_.c * s_.h * s_.w;
    for (int64_t y = rows.begin; y < rows.end; ++y, dx += row) {
      if (!s_.x_pixels) {
        d_.kernels.transpose(dx, s_.w, s_.c, s_.dx_pixel, to + y * s_.w, s_.h * s_.w);
      } else if (s_.c == s_.dx_pixel) {
        std::memcpy(to + y * s_.w * s_.c, dx, static_cast<size_t>(s_.w * s_.c) * sizeof(float));
      } else {
        for (int64_t i = 0; i < s_.w; ++i)
          std::memcpy(to + (y * s_.w + i) * s_.c, dx + i * s_.dx_pixel, static_cast<size_t>(s_.c) * sizeof(float));
      }
    }
  }
  float* kept_output(int64_t n) override { return step_.kept(n); }
  void made(Range group, Range rows, const float* c, int64_t c_sample) override;
  void gradient(Range group, Range rows, const float* c, int64_t c_sample, uint32_t* numbers, uint32_t* pairs) override;
  void ahead(Range r, bool backward, Prefetch& a) const override {
    const auto add = [&](const auto* from, int64_t of_sample) {
      if (from) a.add(from + r.begin * of_sample, (r.end - r.begin) * of_sample * static_cast<int64_t>(sizeof *from));
    };
    const int64_t input = s_.c * s_.h * s_.w, cells = step_.cells() * s_.kp;
    add(step_.kept_.get(), s_.made());
    add(d_.x[0], input);
    add(step_.index_.get(), cells);
    if (backward) {
      add(d_.dy, step_.result());
      add(d_.dx[0], input);
    } else {
      add(step_.raw_.get(), cells);
      if (!statistics_) add(d_.y, step_.result());
    }
  }

 private:
  GroupTail band_of(Range group, Range rows, const float* c, int64_t c_sample) const;

  const ConvBlockStep& step_;
  const BlockShape& s_;
  const StepData& d_;
  const Tile& tile_;
  bool statistics_;
  float *made_, *turned_;
  int64_t first_made_ = 0;     // the sample whose convolution is in front
  const float* dy_ = nullptr;  // of the block, of the sample whose gradient is made
};

/// Arrays from the first cell of these rows on.
GroupTail ConvBlockStep::Samples::band_of(Range group, Range rows, const float* c, int64_t c_sample) const {
  GroupTail g{.band = step_.tail_, .samples = group.end - group.begin, .c = c, .c_sample = c_sample};
  g.band.oh = rows.end - rows.begin;
  const int64_t first = (g.band.pool ? rows.begin / 2 : rows.begin) * g.band.pw(), sample = step_.cells() * s_.kp;
  if (uint8_t* index = step_.index(group.begin)) g.index = index + first * s_.kp, g.index_sample = sample;
  if (float* raw = step_.raw_.size() ? step_.raw(group.begin) : nullptr)
    g.raw = raw + first * s_.kp, g.raw_sample = sample;
  return g;
}

void ConvBlockStep::Samples::made(Range group, Range rows, const float* c, int64_t c_sample) {
  GroupTail g = band_of(group, rows, c, c_sample);
  if (statistics_) {
    if (!step_.chosen_) g.index = nullptr;
    return step_.norm_.add(tile_, g, group.begin == tile_.begin && rows.begin == 0);
  }
  const BlockNorm& norm = step_.norm_;
  const int64_t cells = g.band.ph() * g.band.pw(), first = (g.band.pool ? rows.begin / 2 : rows.begin) * g.band.pw();
  const bool turn = !s_.y_pixels;
  for (int64_t i = 0; i < g.samples; ++i) {
    float* y = d_.y + (group.begin + i) * step_.result();
    step_.kernels_.tail(g.band, c + i * c_sample, norm.scale(tile_), norm.shift(tile_), nullptr,
                        turn ? turned_ : y + first * g.band.channels, g.raw ? g.raw + i * g.raw_sample : nullptr,
                        g.index ? g.index + i * g.index_sample : nullptr);
    if (turn) d_.kernels.transpose(turned_, cells, g.band.channels, g.band.channels, y + first, step_.cells());
  }
}

void ConvBlockStep::Samples::gradient(Range group, Range rows, const float* c, int64_t c_sample, uint32_t* numbers,
                                      uint32_t* pairs) {
  const BlockNorm& norm = step_.norm_;
  GroupTail g = band_of(group, rows, norm.of_batch() ? c : nullptr, c_sample);
  const int64_t cells = g.band.ph() * g.band.pw(), first = (g.band.pool ? rows.begin / 2 : rows.begin) * g.band.pw(),
                channels = g.band.channels;
  const float* dy = d_.dy + group.begin * step_.result();
  g.dy = dy + first * channels;
  g.dy_sample = step_.result();
  if (!s_.y_pixels) {
    for (int64_t i = 0; i < g.samples; ++i)
      d_.kernels.transpose(dy + i * step_.result() + first, channels, cells, step_.cells(),
                           turned_ + i * cells * channels, channels);
    g.dy = turned_;
    g.dy_sample = cells * channels;
  }
  d_.kernels.in_bf16->convolutions->gradient(g, norm.factor(tile_), norm.slope(tile_), norm.base(tile_), numbers,
                                             pairs);
}

void ConvBlockStep::look_at(const Tile& t, int64_t n, const float* c) const {
  norm_.add(t, c, n == t.begin);
  if (chosen_) kernels_.choose(tail_, c, norm_.sign(t), raw(n), index(n));
}

/// One sample from the convolution to the output of the block.
void ConvBlockStep::follow(const Tile& t, int64_t n, const float* c, float* turned) const {
  const bool rows = !shape_.y_pixels;
  float* y = d.y + n * result();
  const float* beside = added() ? d.x[1] + n * result() : nullptr;
  if (beside && rows) {
    d.kernels.transpose(beside, tail_.channels, cells(), cells(), turned + turned_size(), tail_.channels);
    beside = turned + turned_size();
  }
  if (chosen_)
    kernels_.after_choice(tail_, raw(n), norm_.scale(t), norm_.shift(t), rows ? turned : y, index(n));
  else
    kernels_.tail(tail_, c, norm_.scale(t), norm_.shift(t), beside, rows ? turned : y, raw_.size() ? raw(n) : nullptr,
                  index(n));
  if (rows) d.kernels.transpose(turned, cells(), tail_.channels, tail_.channels, y, cells());
}

const float* ConvBlockStep::output_gradient(int64_t n, float* turned) const {
  const float* dy = d.dy + n * result();
  if (shape_.y_pixels) return dy;
  d.kernels.transpose(dy, tail_.channels, cells(), cells(), turned, tail_.channels);
  return turned;
}

/// The gradient of what was added.
void ConvBlockStep::pass_on(int64_t n, const float* dy, float* turned) const {
  if (!added() || !d.dx[1]) return;
  float* to = d.dx[1] + n * result();
  kernels_.beside_gradient(tail_, dy, index(n), shape_.y_pixels ? to : turned);
  if (!shape_.y_pixels) d.kernels.transpose(turned, cells(), tail_.channels, tail_.channels, to, cells());
}

void ConvBlockStep::forward(int phase, const Tile& t) {
  const bool statistics = norm_.of_batch() && phase == 0;
  if (d.source && phase == 0) d.source->begin(t);
  if (statistics)
    norm_.begin(t);
  else if (phase == 0)
    norm_.settle(t);
  else
    norm_.join(t);
  if (phase == 1 && !(again_ && !chosen_)) {
    for (int64_t n = t.begin; n < t.end; ++n) follow(t, n, kept(n), t.scratch);
    return;
  }
  Samples samples(*this, t, statistics);
  convolution_->forward(t, samples.rest(), samples);
}

void ConvBlockStep::backward(int phase, const Tile& t) {
  if (phase + 1 < backward_phases()) {
    norm_.begin_sums(t);
    for (int64_t n = t.begin; n < t.end; ++n)
      norm_.add_sums(t, tail_of(t), output_gradient(n, t.scratch), index(n), raw(n));
    return;
  }
  norm_.coefficients(t);
  float* dw = d.gradient(0) ? partial_.get() + t.index * shape_.weights() : nullptr;
  if (!dw && !d.dx[0]) {
    for (int64_t n = t.begin; n < t.end; ++n) pass_on(n, output_gradient(n, t.scratch), t.scratch + turned_size());
    return;
  }
  if (d.source && d.dx[0]) d.source->begin_gradients(t);
  Samples samples(*this, t, false);
  convolution_->backward(t, samples.rest(), dw, d.dx[0] != nullptr, samples);
}

void ConvBlockStep::finish(const Tile& t, const Updater& updater) {
  const int64_t taps = shape_.inputs() * shape_.taps();
  if (float* dw = d.gradient(0)) {
    const Range vectors = part_of(shape_.kp / kernels_.lanes, t.index, t.count);
    const Range mine{vectors.begin * kernels_.lanes, std::min(shape_.k, vectors.end * kernels_.lanes)};
    for (int64_t k = mine.begin; k < mine.end; k += kernels_.lanes) {
      kernels_.sum_columns(partial_.get(), shape_.weights(), d.tiles, taps, shape_.kp, k, t.scratch);
      d.kernels.transpose(t.scratch, taps, std::min(kernels_.lanes, shape_.k - k), kernels_.lanes, dw + k * taps, taps);
    }
    if (mine.begin < mine.end) updater.done(d.op().params[0], mine.begin * taps, mine.end * taps);
  }
  if (t.index == 0) tell_others(d, updater);
}

}  // namespace

StepPointer make_block(StepData data, const BlockOps& ops) {
  return std::make_unique<ConvBlockStep>(std::move(data), ops);
}

}  // namespace nn::cpu
