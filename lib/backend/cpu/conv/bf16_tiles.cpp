// SPDX-License-Identifier: MIT
// 3x3 convolution of bf16 numbers, where the processor has instructions for them (bf16_conv.h): direct, a group of 16
// samples at a time, so that a matrix tile is the group's samples at one pixel and nothing is wasted on odd planes;
// terms beyond the border are left out. The numbers of the samples are kept from forward to backward. A few rows of the
// convolution are made at once: the block takes them from the second-level cache, and where it forgets them they are
// made again.
#include <algorithm>
#include <array>
#include <map>

#include "backend/cpu/conv/block/block.h"
#include "backend/cpu/kernels/bf16_conv.h"

namespace nn::cpu {
namespace {

constexpr int64_t taps = 9;
constexpr int64_t band_floats = 64 * 1024;  ///< of a group that are made at once, about

/// Which pixels are made of which, in one direction.
class ConvMap {
 public:
  struct Plane {
    int64_t h, w, width;
  };
  /// to's pixel (y, x) takes from's (y + sign (i - top), x + sign (j - left)) for tap (i, j).
  ConvMap(Plane from, Plane to, int64_t top, int64_t left, int sign, int64_t band_rows)
      : from_(from),
        to_(to),
        top_(top),
        left_(left),
        sign_(sign),
        blocks_(ceil_of(from.width, row_numbers)),
        band_rows_(band_rows) {
    for (int64_t y = 0; y < to.h; y += band_rows) {
      const int64_t end = std::min(to.h, y + band_rows);
      const auto first = static_cast<int64_t>(pairs_.size());
      for (int64_t row = y; row < end; row += 2)
        for (int64_t x = 0; x < to.w; ++x) {
          if (row + 1 < end)
            add({{row - y, x}, {row + 1 - y, x}}, y);
          else if (x + 1 < to.w)
            add({{row - y, x}, {row - y, x + 1}}, y), ++x;
          else
            add({{row - y, x}}, y);
        }
      bands_.push_back({first, static_cast<int64_t>(pairs_.size())});
    }
  }

  int64_t bands() const { return static_cast<int64_t>(bands_.size()); }
  Range rows(int64_t band) const { return {band * band_rows_, std::min(to_.h, (band + 1) * band_rows_)}; }
  int64_t band_size() const { return std::min(band_rows_, to_.h) * to_.w * to_.width; }
  int64_t from_tiles() const { return from_.h * from_.w * blocks_; }
  /// Of the weights, by blocks of 32 outputs.
  int64_t block_words() const { return taps * blocks_ * 2 * tile_words; }
  int64_t weight_words() const { return ceil_of(to_.width, row_numbers) * block_words(); }
  ConvProducts band(int64_t band, int64_t samples, const uint32_t* x, const uint32_t* w, float* c,
                    int64_t c_sample) const {
    const Range range = bands_[static_cast<size_t>(band)];
    return {.samples = samples,
            .pairs = pairs_.data() + range.begin,
            .pair_count = range.end - range.begin,
            .terms = terms_.data(),
            .x = x,
            .zeros = static_cast<int32_t>(from_tiles()),
            .w = w,
            .w_block = block_words(),
            .width = to_.width,
            .c = c,
            .c_sample = c_sample};
  }
  size_t bytes() const { return pairs_.size() * sizeof(ConvPair) + terms_.size() * sizeof(ConvTerm); }

 private:
  struct Pixel {
    int64_t y, x;
  };
  static int32_t small(int64_t n) { return static_cast<int32_t>(n); }

  /// Bit i of three: tap i has a place in the plane.
  static unsigned inside(int64_t at, int sign, int64_t border, int64_t n) {
    unsigned mask = 0;
    for (int64_t i = 0; i < 3; ++i) {
      const int64_t place = at + sign * (i - border);
      if (place >= 0 && place < n) mask |= 1u << i;
    }
    return mask;
  }
  /// Pixels of a band, which begins in row `first`.
  void add(const std::vector<Pixel>& pixels, int64_t first) {
    ConvPair pair{};
    std::array<unsigned, 4> kind{};
    pair.count = static_cast<int32_t>(pixels.size());
    for (size_t i = 0; i < pixels.size(); ++i) {
      const auto [y, x] = pixels[i];
      pair.x[i] = small(((first + y) * from_.w + x) * blocks_);
      pair.to[i] = small((y * to_.w + x) * to_.width);
      kind[2 * i] = inside(first + y, sign_, top_, from_.h);
      kind[2 * i + 1] = inside(x, sign_, left_, from_.w);
    }
    const auto [known, added] = kinds_.try_emplace(kind, Range{static_cast<int64_t>(terms_.size()), 0});
    if (added) add_terms(kind), known->second.end = static_cast<int64_t>(terms_.size());
    pair.first = small(known->second.begin);
    pair.terms = small(known->second.end - known->second.begin);
    pairs_.push_back(pair);
  }
  void add_terms(const std::array<unsigned, 4>& kind) {
    for (int64_t tap = 0; tap < taps; ++tap) {
      const int64_t i = tap / 3, j = tap % 3;
      const unsigned first = kind[0] >> i & kind[1] >> j & 1, second = kind[2] >> i & kind[3] >> j & 1;
      if (!first && !second) continue;
      for (int64_t b = 0; b < blocks_; ++b)
        terms_.push_back({small((sign_ * (i - top_) * from_.w + sign_ * (j - left_)) * blocks_ + b),
                          small(tap * blocks_ + b), static_cast<int32_t>(first | second << 1)});
    }
  }

  Plane from_, to_;
  int64_t top_, left_;
  int sign_;
  int64_t blocks_, band_rows_;
  std::vector<ConvTerm> terms_;
  std::vector<ConvPair> pairs_;
  std::vector<Range> bands_;
  std::map<std::array<unsigned, 4>, Range> kinds_;
};

/// An even number of rows.
int64_t rows_at_once(const BlockShape& s) {
  return std::max<int64_t>(1, band_floats / (group_samples * s.ow * s.kp) / 2) * 2;
}

class TileConvolution final : public Convolution {
 public:
  TileConvolution(const StepData& d, const BlockShape& s)
      : d_(d),
        s_(s),
        kernels_(*d.kernels.in_bf16->convolutions),
        groups_(groups_of(ceil_of(d.batch, d.tiles))),
        two_(ceil_of(s.ow, 2)),
        forward_({s.h, s.w, s.cp}, {s.oh, s.ow, s.kp}, s.top, s.left, 1, rows_at_once(s)),
        backward_({s.oh, s.ow, s.kp}, {s.h, s.w, s.cp}, s.top, s.left, -1, s.in_place ? s.h : 2),
        weights_(d, forward_.weight_words() + (d.training ? backward_.weight_words() : 0)),
        x_(d.array<uint32_t>(d.training ? d.tiles * groups_ * x_words() : 0)) {}

  void forward(const Tile& t, float* scratch, BlockSamples& samples) override;
  void backward(const Tile& t, float* scratch, float* dw, bool input_gradient, BlockSamples& samples) override;

  int64_t scratch() const override {
    const int64_t ahead = band_of(forward_) + s_.frame() + (d_.training ? 0 : x_words()), floats = s_.weights();
    const int64_t back =
        band_of(forward_) + band_of(backward_) + gradient_words() + pairs_words() + turned_words(0) + turned_words(1);
    return std::max({ahead, floats, d_.training ? back : 0});
  }
  size_t bytes() const override { return weights_.bytes() + x_.bytes() + forward_.bytes() + backward_.bytes(); }
  const char* name() const override { return d_.kernels.in_bf16->name; }

 private:
  static constexpr int64_t line = 16;  ///< floats between the bands of two samples

  static int64_t groups_of(int64_t samples) { return ceil_of(samples, group_samples); }
  static int64_t stride_of(const ConvMap& map) { return map.band_size() + line; }
  static int64_t band_of(const ConvMap& map) { return group_samples * stride_of(map); }
  /// Tiles of numbers and one that is 0.
  int64_t x_words() const { return (forward_.from_tiles() + 1) * tile_words; }
  int64_t gradient_words() const { return (backward_.from_tiles() + 1) * tile_words; }
  int64_t pair_row() const { return two_ * s_.kp / lanes * tile_words; }
  int64_t pairs_words() const { return s_.oh * pair_row(); }
  /// Pairs of pixels in a row of x that begin with an even, or odd, pixel.
  int64_t turned_pairs(int odd) const { return odd || s_.left == 0 || s_.w > 2 * two_ ? two_ + 1 : two_; }
  int64_t turned_pair() const { return ceil_of(s_.c, lanes) * tile_words; }
  int64_t turned_words(int odd) const { return s_.h * turned_pairs(odd) * turned_pair(); }
  static constexpr int64_t lanes = row_words;

  static uint32_t* words(float* p) { return reinterpret_cast<uint32_t*>(p); }
  static const uint32_t* words(const float* p) { return reinterpret_cast<const uint32_t*>(p); }

  /// Those of the convolution and, behind them, those of the input's gradient.
  const uint32_t* forward_weights(const Tile& t, float* scratch) {
    return words(weights_.get(d_, t, [&](float* to) {
      std::fill_n(scratch, s_.weights(), 0.0f);
      weights_by_input(d_, s_, scratch);
      kernels_.pack_weights(scratch, s_.c, s_.kp, words(to));
      if (d_.training) kernels_.pack_back_weights(scratch, s_.c, s_.kp, words(to) + forward_.weight_words());
    }));
  }
  const uint32_t* backward_weights(const Tile& t, float* scratch) {
    return forward_weights(t, scratch) + forward_.weight_words();
  }
  template <class Work>
  void each_group(const Tile& t, Work work) const {
    const auto groups = static_cast<int>(groups_of(t.samples()));
    for (int i = 0; i < groups; ++i) {
      const Range part = part_of(t.samples(), i, groups);
      work(Range{t.begin + part.begin, t.begin + part.end}, t.index * groups_ + i);
    }
  }
  void pack(Range group, float* frame, uint32_t* to, BlockSamples& samples) const {
    const int64_t n = group.end - group.begin, pixels = s_.h * s_.w;
    if (s_.in_place) return kernels_.pack(samples.input(group.begin), pixels * s_.cp, n, pixels, s_.cp, to);
    for (int64_t i = 0; i < n; ++i) {
      samples.input(group.begin + i, frame);
      kernels_.pack(frame, 0, 1, pixels, s_.cp, to + i * row_words);
    }
  }
  void weight_gradient(const uint32_t* x, const uint32_t* pairs, uint32_t* turned, float* dw, bool add) const;
  void input_gradient(Range group, const uint32_t* dc, const uint32_t* w, float* buffer, BlockSamples& samples) const;

  const StepData& d_;
  const BlockShape& s_;
  const Bf16ConvKernels& kernels_;
  int64_t groups_;  ///< of a tile, at most
  int64_t two_;     ///< pairs of pixels in a row of the convolution
  ConvMap forward_, backward_;
  ReadyWeights weights_;
  Aligned<uint32_t> x_;  ///< numbers of each group, kept for backward
};

void TileConvolution::forward(const Tile& t, float* scratch, BlockSamples& samples) {
  if (t.samples() == 0) return;
  const uint32_t* w = forward_weights(t, scratch);
  float *made = scratch, *frame = made + band_of(forward_);
  if (!s_.in_place) std::fill_n(frame, s_.frame(), 0.0f);
  each_group(t, [&](Range group, int64_t index) {
    uint32_t* x = x_.size() ? x_.get() + index * x_words() : words(frame + s_.frame());
    if (!x_.size()) std::fill_n(x + x_words() - tile_words, tile_words, 0u);
    pack(group, frame, x, samples);
    float* kept = samples.kept_output(group.begin);
    for (int64_t band = 0; band < forward_.bands(); ++band) {
      const Range rows = forward_.rows(band);
      float* c = kept ? kept + rows.begin * s_.ow * s_.kp : made;
      const int64_t stride = kept ? s_.made() : stride_of(forward_);
      kernels_.products(forward_.band(band, group.end - group.begin, x, w, c, stride));
      samples.made(group, rows, c, stride);
    }
  });
}

void TileConvolution::backward(const Tile& t, float* scratch, float* dw, bool wants_dx, BlockSamples& samples) {
  if (t.samples() == 0) {
    if (dw) std::fill_n(dw, s_.weights(), 0.0f);
    return;
  }
  const uint32_t *again = samples.forgotten() ? forward_weights(t, scratch) : nullptr,
                 *back = wants_dx ? backward_weights(t, scratch) : nullptr;
  float *made = scratch, *buffer = made + band_of(forward_);
  uint32_t *dc = words(buffer + band_of(backward_)), *pairs = dc + gradient_words(), *turned = pairs + pairs_words();
  std::fill_n(pairs - tile_words, tile_words, 0u);
  each_group(t, [&](Range group, int64_t index) {
    const uint32_t* x = x_.get() + index * x_words();
    const float* kept = samples.kept_output(group.begin);
    for (int64_t band = 0; band < forward_.bands(); ++band) {
      const Range rows = forward_.rows(band);
      if (again) kernels_.products(forward_.band(band, group.end - group.begin, x, again, made, stride_of(forward_)));
      const float* c = kept ? kept + rows.begin * s_.ow * s_.kp : again ? made : nullptr;
      samples.gradient(group, rows, c, kept ? s_.made() : stride_of(forward_),
                       back ? dc + rows.begin * s_.ow * ceil_of(s_.kp, row_numbers) * tile_words : nullptr,
                       pairs + rows.begin * pair_row());
    }
    if (dw) weight_gradient(x, pairs, turned, dw, group.begin > t.begin);
    if (back) input_gradient(group, dc, back, buffer, samples);
  });
}

void TileConvolution::weight_gradient(const uint32_t* x, const uint32_t* pairs, uint32_t* turned, float* dw,
                                      bool add) const {
  uint32_t* odd = turned + turned_words(0);
  kernels_.turn(x, s_.h, s_.w, s_.c, turned, turned_pairs(0), odd, turned_pairs(1));
  ConvTap all[taps];
  for (int64_t tap = 0; tap < taps; ++tap) {
    const int64_t y = tap / 3 - s_.top, shift = tap % 3 - s_.left,
                  is_odd = shift & 1;  // from a pixel of dc to that of x
    const int64_t first = std::max<int64_t>(0, -y), end = std::min(s_.oh, s_.h - y),
                  row = turned_pairs(static_cast<int>(is_odd)) * turned_pair();
    all[tap] = {.rows = end - first,
                .pairs = two_,
                .x = (is_odd ? odd : turned) + (first + y) * row + (shift + is_odd) / 2 * turned_pair(),
                .dc = pairs + first * pair_row(),
                .x_row = row,
                .x_pair = turned_pair(),
                .dc_row = pair_row(),
                .dc_pair = pair_row() / two_,
                .channels = s_.c,
                .width = s_.kp,
                .dw = dw + tap * s_.kp,
                .dw_row = taps * s_.kp,
                .add = add};
  }
  kernels_.weight_gradient(all, taps);
}

void TileConvolution::input_gradient(Range group, const uint32_t* dc, const uint32_t* w, float* buffer,
                                     BlockSamples& samples) const {
  const int64_t n = group.end - group.begin;
  for (int64_t band = 0; band < backward_.bands(); ++band) {
    const Range rows = backward_.rows(band);
    float* to = s_.in_place ? samples.input_gradient(group.begin) + rows.begin * s_.w * s_.cp : buffer;
    const int64_t stride = s_.in_place ? s_.h * s_.w * s_.cp : stride_of(backward_);
    kernels_.products(backward_.band(band, n, dc, w, to, stride));
    if (s_.in_place) continue;
    for (int64_t i = 0; i < n; ++i) samples.input_gradient(group.begin + i, rows, buffer + i * stride, s_.w * s_.cp);
  }
}

}  // namespace

std::unique_ptr<Convolution> make_tiles(const StepData& d, const BlockShape& s) {
  return std::make_unique<TileConvolution>(d, s);
}

}  // namespace nn::cpu
