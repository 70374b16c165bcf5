// SPDX-License-Identifier: MIT
// Larger images, a row after the other: first along the row, then between rows.
#include <algorithm>
#include <cmath>

#include "backend/cpu/plan/pattern.h"

namespace nn::cpu {
namespace {

/// For a place along one axis of the output the two of the input that it is made of, and the share of the second.
struct Source {
  int64_t first, second;
  float share;
};

Source source(int64_t place, int64_t size, int64_t factor, bool bilinear) {
  if (!bilinear) return {place / factor, place / factor, 0};
  const double centre = std::max((static_cast<double>(place) + 0.5) / static_cast<double>(factor) - 0.5, 0.0);
  const auto first = static_cast<int64_t>(centre);
  return {first, std::min(first + 1, size - 1), static_cast<float>(centre - static_cast<double>(first))};
}

class UpsampleStep final : public Step {
 public:
  explicit UpsampleStep(StepData data)
      : Step(std::move(data)), op_(d.as<Upsample>()), channels_(d.in()[0]), h_(d.in()[1]), w_(d.in()[2]) {
    for (int64_t i = 0; i < h_ * op_.factor_h; ++i) rows_.push_back(source(i, h_, op_.factor_h, op_.bilinear));
    for (int64_t i = 0; i < out_w(); ++i) columns_.push_back(source(i, w_, op_.factor_w, op_.bilinear));
  }

  void forward(int, const Tile& t) override {
    float* wide = t.scratch;  // {h, out_w}
    for (int64_t plane = t.begin * channels_; plane < t.end * channels_; ++plane) {
      for (int64_t r = 0; r < h_; ++r) widen(d.x[0] + (plane * h_ + r) * w_, wide + r * out_w());
      float* y = d.y + plane * out_h() * out_w();
      for (const Source& row : rows_) {
        mix(wide + row.first * out_w(), wide + row.second * out_w(), row.share, y);
        y += out_w();
      }
    }
  }

  void backward(int, const Tile& t) override {
    if (!d.dx[0]) return;
    float* wide = t.scratch;
    for (int64_t plane = t.begin * channels_; plane < t.end * channels_; ++plane) {
      std::memset(wide, 0, static_cast<size_t>(h_ * out_w()) * sizeof(float));
      const float* dy = d.dy + plane * out_h() * out_w();
      for (const Source& row : rows_) {
        add(dy, 1 - row.share, wide + row.first * out_w());
        if (row.share != 0) add(dy, row.share, wide + row.second * out_w());
        dy += out_w();
      }
      for (int64_t r = 0; r < h_; ++r) fold(wide + r * out_w(), d.dx[0] + (plane * h_ + r) * w_);
    }
  }

  int64_t scratch() const override { return h_ * out_w(); }
  size_t bytes() const override { return (rows_.size() + columns_.size()) * sizeof(Source); }
  std::string kernel() const override { return op_.bilinear ? "bilinear" : "copies"; }

 private:
  int64_t out_h() const { return h_ * op_.factor_h; }
  int64_t out_w() const { return w_ * op_.factor_w; }
  void widen(const float* x, float* wide) const {
    for (const Source& s : columns_)
      *wide++ = s.share == 0 ? x[s.first] : x[s.first] + s.share * (x[s.second] - x[s.first]);
  }
  void fold(const float* wide, float* dx) const {
    std::memset(dx, 0, static_cast<size_t>(w_) * sizeof(float));
    for (const Source& s : columns_) {
      const float g = *wide++, second = s.share == 0 ? 0 : g * s.share;
      dx[s.first] += g - second;
      dx[s.second] += second;
    }
  }
  void mix(const float* first, const float* second, float share, float* y) const {
    if (share == 0)
      std::memcpy(y, first, static_cast<size_t>(out_w()) * sizeof(float));
    else
      d.kernels.affine2(first, 1 - share, second, share, 0, y, out_w());
  }
  void add(const float* dy, float factor, float* sum) const { d.kernels.affine2(dy, factor, sum, 1, 0, sum, out_w()); }

  Upsample op_;
  int64_t channels_, h_, w_;
  std::vector<Source> rows_, columns_;
};

}  // namespace

extern const Pattern upsample_pattern;
const Pattern upsample_pattern{
    "upsample", &match_one<Upsample>, only(Layout::nchw), only(Layout::nchw), false, [](StepData d) -> StepPointer {
      return std::make_unique<UpsampleStep>(std::move(d));
    }};

}  // namespace nn::cpu
