// SPDX-License-Identifier: MIT
// The rows of a sample to one: their mean, the first, or the largest value of each column.
#include <algorithm>
#include <vector>

#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T>
class SegmentPoolRunner final : public SampleRunner<T> {
 public:
  SegmentPoolRunner(const SegmentPool& op, const Setup& setup)
      : kind_(op.kind),
        width_(setup.in().count()),
        from_(static_cast<size_t>(op.kind == SegmentPool::Kind::max ? setup.samples * width_ : 0)) {}
  size_t bytes() const override { return from_.size() * sizeof(int64_t); }

  void forward_samples(const OpData<T>& d, int64_t begin, int64_t end) override {
    for (int64_t s = begin; s < end; ++s)
      for (int64_t i = 0; i < width_; ++i) d.y[s * width_ + i] = static_cast<T>(pooled(d, s, i));
  }

  void input_gradient(const OpData<T>& d, int64_t begin, int64_t end) override {
    if (!d.dx[0]) return;
    for (int64_t s = begin; s < end; ++s)
      for (int64_t i = 0; i < width_; ++i) {
        const int64_t first = d.start[s], rows = d.start[s + 1] - first;
        const T dy = d.dy[s * width_ + i];
        if (rows == 0) continue;
        if (kind_ == SegmentPool::Kind::mean)
          for (int64_t r = first; r < first + rows; ++r) d.dx[0][r * width_ + i] += dy / static_cast<T>(rows);
        else
          d.dx[0][(kind_ == SegmentPool::Kind::max ? from_[place(s, i)] : first) * width_ + i] += dy;
      }
  }

 private:
  size_t place(int64_t s, int64_t i) const { return static_cast<size_t>(s * width_ + i); }
  double pooled(const OpData<T>& d, int64_t s, int64_t i) {
    const int64_t first = d.start[s], end = d.start[s + 1];
    if (first == end) return 0;
    const auto value = [&](int64_t r) { return static_cast<double>(d.x[0][r * width_ + i]); };
    if (kind_ == SegmentPool::Kind::first) return value(first);
    if (kind_ == SegmentPool::Kind::mean) {
      double sum = 0;
      for (int64_t r = first; r < end; ++r) sum += value(r);
      return sum / static_cast<double>(end - first);
    }
    int64_t& from = from_[place(s, i)] = first;
    for (int64_t r = first + 1; r < end; ++r)
      if (value(r) > value(from)) from = r;
    return value(from);
  }

  SegmentPool::Kind kind_;
  int64_t width_;
  std::vector<int64_t> from_;  // of max: the row of each value
};
}  // namespace

template <class T>
Runner<T> make(const SegmentPool& op, const Setup& setup) {
  return std::make_unique<SegmentPoolRunner<T>>(op, setup);
}
NN_REF_INSTANTIATE(SegmentPool);

}  // namespace nn::ref
