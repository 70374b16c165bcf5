// SPDX-License-Identifier: MIT
// 3x3 convolution by Winograd's F(4x4, 3x3): a block of samples is transformed to one matrix a point, each multiplied
// by the transformed weights of that point. A block is a few samples, so that it stays in the second-level cache.
#include <algorithm>
#include <vector>

#include "backend/cpu/conv/block/block.h"

namespace nn::cpu {
namespace {

constexpr int64_t fewest_channels = 16, least_height = 6;
constexpr int64_t cache_floats = 100'000;  ///< of transformed samples that are done at once, at least
constexpr int64_t largest_sample = 8'000'000;

/// Outputs of each tile along an axis of n: 4, and what is left at the end, never 1.
std::vector<int> axis_tiles(int64_t n) {
  std::vector<int> sizes;
  for (; n > 5 || n == 4; n -= 4) sizes.push_back(4);
  if (n == 5) return sizes.insert(sizes.end(), {2, 3}), sizes;
  if (n > 0) sizes.push_back(static_cast<int>(n));
  return sizes;
}

/// The tiles of a sample, and where the rows of each point lie for blocks of some samples.
class Tiling {
 public:
  explicit Tiling(const BlockShape& s) : zeros_(winograd_axis * s.cp) {
    if (s.in_place)
      geometry_.h = s.h, geometry_.w = s.w, geometry_.top = s.top, geometry_.left = s.left;
    else
      geometry_.h = s.frame_h, geometry_.w = s.frame_w;
    geometry_.zeros = zeros_.get();
    geometry_.ow = s.ow;
    int64_t y = 0;
    for (const int rows : axis_tiles(s.oh)) {
      int64_t x = 0;
      const auto first = static_cast<int64_t>(tiles_.size());
      for (const int columns : axis_tiles(s.ow)) {
        add({rows, columns, y, x, {}});
        x += columns;
      }
      bands_.push_back({first, static_cast<int64_t>(tiles_.size()) - first, y, rows});
      y += rows;
    }
    geometry_.tiles = tiles_.data();
    geometry_.tile_count = static_cast<int64_t>(tiles_.size());
  }
  Tiling(const Tiling&) = delete;
  Tiling& operator=(const Tiling&) = delete;

  const std::vector<WinogradBand>& bands() const { return bands_; }
  int64_t rows_of_sample() const {
    int64_t n = 0;
    for (const int64_t r : geometry_.rows) n += r;
    return n;
  }
  /// A row is left free behind each point, so that equal places of points do not meet in one set of a cache.
  int64_t rows(int64_t samples) const { return rows_of_sample() * samples + winograd_points; }
  Winograd of_block(int64_t samples) const {
    Winograd g = geometry_;
    int64_t row = 0;
    for (int p = 0; p < winograd_points; ++p) {
      g.first[p] = row;
      row += g.rows[p] * samples + 1;
    }
    return g;
  }

 private:
  void add(WinogradTile tile) {
    for (int i = 0; i < tile.rows + 2; ++i)
      for (int j = 0; j < tile.columns + 2; ++j) {
        const int p = i * winograd_axis + j;
        tile.rank[p] = geometry_.rows[p]++;
      }
    tiles_.push_back(tile);
  }
  std::vector<WinogradTile> tiles_;
  std::vector<WinogradBand> bands_;
  Floats zeros_;
  Winograd geometry_{};
};

/// A block moves all weights through the cache, so that it should not be much smaller than they are (measured: 0.6 of
/// the floats of weights that it reads and writes).
int64_t samples_at_once(const StepData& d, int64_t floats_of_sample, int64_t floats_of_weights) {
  const int64_t most = ceil_of(d.batch, d.tiles), floats = std::max(cache_floats, floats_of_weights * 3 / 5);
  return std::clamp<int64_t>(floats / floats_of_sample, 1, std::max<int64_t>(1, most));
}

class WinogradConvolution final : public Convolution {
 public:
  WinogradConvolution(const StepData& d, const BlockShape& s)
      : d_(d),
        s_(s),
        kernels_(*d.kernels.in_blocks),
        tiling_(s),
        rows_(tiling_.rows_of_sample()),
        forward_samples_(samples_at_once(d, rows_ * (s.cp + s.kp), winograd_points * s.c * s.kp)),
        backward_samples_(samples_at_once(d, rows_ * (2 * s.cp + s.kp), 3 * winograd_points * s.c * s.kp)),
        forward_geometry_(tiling_.of_block(forward_samples_)),
        backward_geometry_(tiling_.of_block(backward_samples_)),
        stride_(s.c * s.kp + line),
        back_stride_(s.k * s.cp + line),
        weights_(d, winograd_points * stride_),
        back_weights_(d, d.training ? winograd_points * back_stride_ : 0) {}

  void forward(const Tile& t, float* scratch, BlockSamples& samples) override;
  void backward(const Tile& t, float* scratch, float* dw, bool input_gradient, BlockSamples& samples) override;

  int64_t scratch() const override {
    const int64_t ahead = frame() + tiling_.rows(forward_samples_) * (s_.cp + s_.kp);
    const int64_t taps = std::max(s_.weights(), s_.k * 9 * s_.cp);
    if (!d_.training) return std::max(ahead, taps);
    const int64_t back = 2 * frame() + winograd_axis * s_.cp + s_.made() +
                         tiling_.rows(backward_samples_) * (2 * s_.cp + s_.kp) + winograd_points * stride_;
    return std::max({ahead, back, taps});
  }
  size_t bytes() const override { return weights_.bytes() + back_weights_.bytes(); }
  const char* name() const override { return "winograd"; }

 private:
  static constexpr int64_t line = 16;  ///< floats between the weights of two points

  const float* forward_weights(const Tile& t, float* scratch) {
    return weights_.get(d_, t, [&](float* to) {
      zero(scratch, s_.weights());
      weights_by_input(d_, s_, scratch);
      kernels_.winograd_weights(scratch, s_.c, s_.kp, to, stride_);
    });
  }
  const float* backward_weights(const Tile& t, float* scratch) {
    return back_weights_.get(d_, t, [&](float* to) {
      zero(scratch, s_.k * 9 * s_.cp);
      weights_by_output(d_, s_, scratch);
      kernels_.winograd_weights(scratch, s_.k, s_.cp, to, back_stride_);
    });
  }
  static void zero(float* p, int64_t n) { std::memset(p, 0, static_cast<size_t>(n) * sizeof(float)); }

  int64_t frame() const { return s_.in_place ? 0 : s_.frame(); }
  const float* input(int64_t n, float* frame, BlockSamples& samples) const {
    if (s_.in_place) return samples.input(n);
    samples.input(n, frame);
    return frame;
  }
  void input_gradients(const Winograd& g, Range block, const float* points, float* frame, float* unused,
                       BlockSamples& samples) const {
    for (int64_t n = block.begin; n < block.end; ++n) {
      kernels_.winograd_input_gradient(g, points, n - block.begin, s_.cp,
                                       s_.in_place ? samples.input_gradient(n) : frame, unused);
      if (!s_.in_place) samples.input_gradient(n, {0, s_.h}, frame + s_.inside(), s_.row());
      samples.gradient_made(n);
    }
  }
  /// work(block, the block that this worker does next).
  template <class Work>
  void each_block(const Tile& t, int64_t samples, Work work) const {
    const auto blocks_of = [&](Range r) { return static_cast<int>((r.end - r.begin + samples - 1) / samples); };
    const auto block_of = [](Range r, int i, int blocks) {
      const Range part = part_of(r.end - r.begin, i, blocks);
      return Range{r.begin + part.begin, r.begin + part.end};
    };
    const Range mine{t.begin, t.end}, then = next_tile(t);
    const int blocks = blocks_of(mine);
    for (int i = 0; i < blocks; ++i)
      work(block_of(mine, i, blocks),
           i + 1 < blocks ? block_of(mine, i + 1, blocks) : block_of(then, 0, std::max(1, blocks_of(then))));
  }
  Range next_tile(const Tile& t) const {
    const int next = t.index + d_.workers;
    return next < t.count ? part_of(d_.batch, next, t.count) : Range{t.end, t.end};
  }

  const StepData& d_;
  const BlockShape& s_;
  const BlockKernels& kernels_;
  Tiling tiling_;
  int64_t rows_, forward_samples_, backward_samples_;
  Winograd forward_geometry_, backward_geometry_;
  int64_t stride_, back_stride_;
  ReadyWeights weights_, back_weights_;
};

void WinogradConvolution::forward(const Tile& t, float* scratch, BlockSamples& samples) {
  if (t.samples() == 0) return;
  const float* w = forward_weights(t, scratch);
  const Winograd& g = forward_geometry_;
  float *framed = scratch, *x = framed + frame(), *y = x + tiling_.rows(forward_samples_) * s_.cp;
  zero(framed, frame());
  each_block(t, forward_samples_, [&](Range block, Range next) {
    Prefetch ahead;
    samples.ahead(next, false, ahead);
    for (int64_t n = block.begin; n < block.end; ++n)
      kernels_.winograd_input(g, input(n, framed, samples), n - block.begin, s_.cp, x);
    kernels_.winograd_product(g, block.end - block.begin, x, s_.cp, s_.c, w, stride_, s_.kp, y, ahead);
    for (int64_t n = block.begin; n < block.end; ++n) {
      kernels_.winograd_output(g, y, n - block.begin, s_.kp, samples.output(n));
      samples.made(n);
    }
  });
}

void WinogradConvolution::backward(const Tile& t, float* scratch, float* dw, bool input_gradient,
                                   BlockSamples& samples) {
  if (t.samples() == 0) {
    if (dw) zero(dw, s_.weights());
    return;
  }
  const float* w = input_gradient ? backward_weights(t, scratch) : nullptr;
  const Winograd& g = backward_geometry_;
  const int64_t rows = tiling_.rows(backward_samples_);
  float *framed = scratch, *dx_frame = framed + frame(), *unused = dx_frame + frame(),
        *dc = unused + winograd_axis * s_.cp;
  float *x = dc + s_.made(), *dx = x + rows * s_.cp, *dy = dx + rows * s_.cp, *points = dy + rows * s_.kp;
  zero(framed, frame());
  each_block(t, backward_samples_, [&](Range block, Range next) {
    const bool first = block.begin == t.begin;
    Prefetch ahead;
    if (dw && first) ahead.add(points, winograd_points * stride_ * static_cast<int64_t>(sizeof *points));
    samples.ahead(next, true, ahead);
    for (int64_t n = block.begin; n < block.end; ++n) {
      for (const WinogradBand& band : tiling_.bands()) {
        samples.gradient(n, {band.y, band.y + band.rows}, dc, s_.ow * s_.kp);
        kernels_.winograd_gradient(g, band, dc, n - block.begin, s_.kp, dy);
      }
      if (!dw) continue;
      kernels_.winograd_input(g, input(n, framed, samples), n - block.begin, s_.cp, x);
    }
    if (dw)
      kernels_.winograd_weight_product(g, block.end - block.begin, x, s_.cp, s_.c, dy, s_.kp, !first, points, stride_,
                                       ahead);
    if (dw && block.end == t.end)  // while the points are still in the cache
      kernels_.winograd_weight_gradient(points, stride_, s_.c, s_.kp, dw);
    if (!input_gradient) return;
    kernels_.winograd_product(g, block.end - block.begin, dy, s_.kp, s_.k, w, back_stride_, s_.cp, dx, ahead);
    input_gradients(g, block, dx, dx_frame, unused, samples);
  });
}

}  // namespace

bool winograd_pays(const BlockShape& s) {
  if (s.c < fewest_channels || s.k < fewest_channels || s.h < least_height || s.w < least_height) return false;
  return Tiling(s).rows(1) * (2 * s.cp + s.kp) <= largest_sample;
}

std::unique_ptr<Convolution> make_winograd(const StepData& d, const BlockShape& s) {
  return std::make_unique<WinogradConvolution>(d, s);
}

}  // namespace nn::cpu
