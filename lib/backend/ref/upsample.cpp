// SPDX-License-Identifier: MIT
// Larger images: copies of pixels, or values between the centres of pixels. The centre of output pixel i lies at
// (i + 1/2) / factor - 1/2 of the input; beyond the outermost centres the outermost pixel counts.
#include <algorithm>
#include <cmath>
#include <vector>

#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
/// For each place along one axis of the output the two places of the input that it is made of.
struct Source {
  int64_t first, second;
  double share;  // of the second
};

std::vector<Source> sources(int64_t size, int64_t factor, bool bilinear) {
  std::vector<Source> all;
  for (int64_t i = 0; i < size * factor; ++i) {
    if (!bilinear) {
      all.push_back({i / factor, i / factor, 0});
      continue;
    }
    const double centre = (static_cast<double>(i) + 0.5) / static_cast<double>(factor) - 0.5;
    const auto first = static_cast<int64_t>(std::floor(std::max(centre, 0.0)));
    all.push_back({first, std::min(first + 1, size - 1), std::max(centre, 0.0) - static_cast<double>(first)});
  }
  return all;
}

template <class T>
class UpsampleRunner final : public SampleRunner<T> {
 public:
  UpsampleRunner(const Upsample& op, const Setup& setup)
      : channels_(setup.in()[0]),
        h_(setup.in()[1]),
        w_(setup.in()[2]),
        bilinear_(op.bilinear),
        rows_(sources(h_, op.factor_h, op.bilinear)),
        columns_(sources(w_, op.factor_w, op.bilinear)) {}
  size_t bytes() const override { return (rows_.size() + columns_.size()) * sizeof(Source); }

  void forward_samples(const OpData<T>& d, int64_t begin, int64_t end) override {
    each_pixel(d.x[0], d.y, begin, end, [&](const T* x, T* y, const Source& row, const Source& column) {
      if (!bilinear_) return void(*y = x[row.first * w_ + column.first]);
      const auto along = [&](int64_t r) {
        const double first = static_cast<double>(x[r * w_ + column.first]);
        return first + column.share * (static_cast<double>(x[r * w_ + column.second]) - first);
      };
      const double first = along(row.first);
      *y = static_cast<T>(first + row.share * (along(row.second) - first));
    });
  }

  void input_gradient(const OpData<T>& d, int64_t begin, int64_t end) override {
    if (!d.dx[0]) return;
    each_pixel(d.dx[0], d.dy, begin, end, [&](T* dx, const T* dy, const Source& row, const Source& column) {
      if (!bilinear_) return void(dx[row.first * w_ + column.first] += *dy);
      const double g = static_cast<double>(*dy), below = g * row.share, above = g - below;
      dx[row.first * w_ + column.first] += static_cast<T>(above * (1 - column.share));
      dx[row.first * w_ + column.second] += static_cast<T>(above * column.share);
      dx[row.second * w_ + column.first] += static_cast<T>(below * (1 - column.share));
      dx[row.second * w_ + column.second] += static_cast<T>(below * column.share);
    });
  }

 private:
  /// visit(plane of small, pixel of large, its row, its column).
  template <class Small, class Large, class Visit>
  void each_pixel(Small* small, Large* large, int64_t begin, int64_t end, Visit&& visit) const {
    large += begin * channels_ * static_cast<int64_t>(rows_.size() * columns_.size());
    for (int64_t plane = begin * channels_; plane < end * channels_; ++plane)
      for (const Source& row : rows_)
        for (const Source& column : columns_) visit(small + plane * h_ * w_, large++, row, column);
  }
  int64_t channels_, h_, w_;
  bool bilinear_;
  std::vector<Source> rows_, columns_;
};
}  // namespace

template <class T>
Runner<T> make(const Upsample& op, const Setup& setup) {
  return std::make_unique<UpsampleRunner<T>>(op, setup);
}
NN_REF_INSTANTIATE(Upsample);

}  // namespace nn::ref
