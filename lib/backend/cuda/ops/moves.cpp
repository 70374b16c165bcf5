// SPDX-License-Identifier: MIT
// Shuffle, Concat, Slice, Upsample: values that change their place. A thread an element of what is written.
#include "backend/cuda/ops/sums.h"
#include "backend/cuda/steps.h"

namespace nn::cuda {
namespace moves {

// ---- Shuffle: channel j of group i goes to place j * groups + i
NN_KERNEL shuffle(int64_t n, int64_t groups, int64_t channels, int64_t space, bool back, const float* from, float* to,
                  bool add) {
  const int64_t i = me();
  if (i >= n) return;
  const int64_t each = channels / groups, c = i / space % channels, first = i / space / channels * channels;
  const int64_t other = back ? c % each * groups + c / each : c % groups * each + c / groups;
  const float v = from[(first + other) * space + i % space];
  to[i] = add ? to[i] + v : v;
}
class ShuffleStep final : public OpStep {
 public:
  ShuffleStep(const Shuffle& op, const Setup& setup)
      : OpStep(setup.device),
        n_(setup.batch() * setup.in().count()),
        groups_(op.groups),
        channels_(setup.in()[0]),
        space_(elements_from(setup.in(), 1)) {}
  void forward(const OpArrays& a) override {
    launch(device_, &shuffle, each(n_), n_, groups_, channels_, space_, false, a.x[0], a.y, false);
  }
  void backward(const OpArrays& a) override {
    if (const Sink& dx = a.dx[0])
      launch(device_, &shuffle, each(n_), n_, groups_, channels_, space_, true, a.dy, dx.at, dx.add);
  }

 private:
  int64_t n_, groups_, channels_, space_;
};

// ---- Concat and Slice: a part of each row of a larger array
/// part[r, i] <- whole[r, begin + i]
NN_KERNEL take(int64_t n, int64_t row, int64_t begin, int64_t part, const float* whole, float* to, bool add) {
  const int64_t i = me();
  if (i >= n) return;
  const float v = whole[i / part * row + begin + i % part];
  to[i] = add ? to[i] + v : v;
}
/// whole[r, begin + i] <- part[r, i]
NN_KERNEL place(int64_t n, int64_t row, int64_t begin, int64_t part, const float* from, float* whole) {
  const int64_t i = me();
  if (i < n) whole[i / part * row + begin + i % part] = from[i];
}
/// All of whole: what is outside of the part is 0.
NN_KERNEL place_alone(int64_t n, int64_t row, int64_t begin, int64_t part, const float* from, float* whole, bool add) {
  const int64_t i = me(), k = i % row - begin;
  if (i >= n) return;
  const float v = k >= 0 && k < part ? from[i / row * part + k] : 0.0f;
  whole[i] = add ? whole[i] + v : v;
}
class ConcatStep final : public OpStep {
 public:
  ConcatStep(const Concat& op, const Setup& setup) : OpStep(setup.device), row_(elements_from(setup.out(), op.axis)) {
    rows_ = setup.batch() * setup.out().count() / row_;
    for (size_t i = 0; i < setup.op.inputs.size(); ++i) parts_.push_back(elements_from(setup.in(i), op.axis));
  }
  void forward(const OpArrays& a) override {
    int64_t begin = 0;
    for (size_t i = 0; i < parts_.size(); begin += parts_[i++])
      launch(device_, &place, each(rows_ * parts_[i]), rows_ * parts_[i], row_, begin, parts_[i], a.x[i], a.y);
  }
  void backward(const OpArrays& a) override {
    int64_t begin = 0;
    for (size_t i = 0; i < parts_.size(); begin += parts_[i++])
      if (const Sink& dx = a.dx[i])
        launch(device_, &take, each(rows_ * parts_[i]), rows_ * parts_[i], row_, begin, parts_[i], a.dy, dx.at, dx.add);
  }

 private:
  int64_t row_, rows_ = 0;
  std::vector<int64_t> parts_;
};
class SliceStep final : public OpStep {
 public:
  SliceStep(const Slice& op, const Setup& setup)
      : OpStep(setup.device),
        row_(elements_from(setup.in(), op.axis)),
        begin_(op.begin * elements_from(setup.in(), op.axis + 1)),
        part_(elements_from(setup.out(), op.axis)),
        rows_(setup.batch() * setup.in().count() / row_) {}
  void forward(const OpArrays& a) override {
    launch(device_, &take, each(rows_ * part_), rows_ * part_, row_, begin_, part_, a.x[0], a.y, false);
  }
  void backward(const OpArrays& a) override {
    if (const Sink& dx = a.dx[0])
      launch(device_, &place_alone, each(rows_ * row_), rows_ * row_, row_, begin_, part_, a.dy, dx.at, dx.add);
  }

 private:
  int64_t row_, begin_, part_, rows_;
};

// ---- Upsample
struct Sizes {
  int64_t n, h, w, factor_h, factor_w;
  bool bilinear;
};
/// The two places along one axis that an output is made of.
struct Source {
  int64_t first, second;
  double share;  ///< of the second
};
NN_DEVICE Source source_of(int64_t i, int64_t size, int64_t factor, bool bilinear) {
  if (!bilinear) return {i / factor, i / factor, 0};
  const double centre = (static_cast<double>(i) + 0.5) / static_cast<double>(factor) - 0.5,
               at = centre > 0 ? centre : 0;
  const int64_t first = static_cast<int64_t>(at);
  return {first, first + 1 < size ? first + 1 : size - 1, at - static_cast<double>(first)};
}
NN_DEVICE double share_of(const Source& s, int64_t place) {
  return (s.first == place ? 1 - s.share : 0) + (s.second == place ? s.share : 0);
}
NN_KERNEL upsample(Sizes s, const float* x, float* y) {
  const int64_t i = me(), oh = s.h * s.factor_h, ow = s.w * s.factor_w;
  if (i >= s.n * oh * ow) return;
  const Source row = source_of(i / ow % oh, s.h, s.factor_h, s.bilinear);
  const Source column = source_of(i % ow, s.w, s.factor_w, s.bilinear);
  const float* plane = x + i / ow / oh * s.h * s.w;
  const double a = static_cast<double>(plane[row.first * s.w + column.first]),
               b = static_cast<double>(plane[row.first * s.w + column.second]),
               c = static_cast<double>(plane[row.second * s.w + column.first]),
               d = static_cast<double>(plane[row.second * s.w + column.second]);
  const double above = a + column.share * (b - a), below = c + column.share * (d - c);
  y[i] = static_cast<float>(above + row.share * (below - above));
}
/// A thread an input: it asks the outputs around it.
NN_KERNEL upsample_back(Sizes s, const float* dy, float* dx, bool add) {
  const int64_t i = me(), oh = s.h * s.factor_h, ow = s.w * s.factor_w;
  if (i >= s.n * s.h * s.w) return;
  const int64_t r = i / s.w % s.h, c = i % s.w;
  const float* plane = dy + i / s.w / s.h * oh * ow;
  const int64_t top = r > 0 ? (r - 1) * s.factor_h : 0, left = c > 0 ? (c - 1) * s.factor_w : 0;
  double sum = 0;
  for (int64_t p = top; p < oh && p < (r + 2) * s.factor_h; ++p) {
    const double of_row = share_of(source_of(p, s.h, s.factor_h, s.bilinear), r);
    for (int64_t q = left; of_row != 0 && q < ow && q < (c + 2) * s.factor_w; ++q)
      sum += of_row * share_of(source_of(q, s.w, s.factor_w, s.bilinear), c) * static_cast<double>(plane[p * ow + q]);
  }
  put(dx + i, sum, add);
}
class UpsampleStep final : public OpStep {
 public:
  UpsampleStep(const Upsample& op, const Setup& setup)
      : OpStep(setup.device),
        sizes_{setup.batch() * setup.in()[0], setup.in()[1], setup.in()[2], op.factor_h, op.factor_w, op.bilinear} {}
  void forward(const OpArrays& a) override {
    launch(device_, &upsample, each(inputs() * sizes_.factor_h * sizes_.factor_w), sizes_, a.x[0], a.y);
  }
  void backward(const OpArrays& a) override {
    if (const Sink& dx = a.dx[0]) launch(device_, &upsample_back, each(inputs()), sizes_, a.dy, dx.at, dx.add);
  }

 private:
  int64_t inputs() const { return sizes_.n * sizes_.h * sizes_.w; }
  Sizes sizes_;
};

}  // namespace moves

std::unique_ptr<Step> make_step(const Shuffle& op, const Setup& setup) {
  return std::make_unique<moves::ShuffleStep>(op, setup);
}
std::unique_ptr<Step> make_step(const Concat& op, const Setup& setup) {
  return std::make_unique<moves::ConcatStep>(op, setup);
}
std::unique_ptr<Step> make_step(const Slice& op, const Setup& setup) {
  return std::make_unique<moves::SliceStep>(op, setup);
}
std::unique_ptr<Step> make_step(const Upsample& op, const Setup& setup) {
  return std::make_unique<moves::UpsampleStep>(op, setup);
}

}  // namespace nn::cuda
