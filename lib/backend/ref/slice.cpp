// SPDX-License-Identifier: MIT
#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T>
class SliceRunner final : public SampleRunner<T> {
 public:
  SliceRunner(const Slice& op, const Setup& setup)
      : row_(elements_from(setup.in(), op.axis)),
        begin_(op.begin * elements_from(setup.in(), op.axis + 1)),
        part_(elements_from(setup.out(), op.axis)),
        rows_(part_ > 0 ? setup.out().count() / part_ : 0) {}
  void forward_samples(const OpData<T>& d, int64_t begin, int64_t end) override {
    each(begin, end, [&](int64_t from, int64_t to) { d.y[to] = d.x[0][from]; });
  }
  void input_gradient(const OpData<T>& d, int64_t begin, int64_t end) override {
    if (d.dx[0]) each(begin, end, [&](int64_t from, int64_t to) { d.dx[0][from] += d.dy[to]; });
  }

 private:
  /// visit(element of the input, element of the output)
  template <class Visit>
  void each(int64_t begin, int64_t end, Visit&& visit) const {
    for (int64_t r = begin * rows_; r < end * rows_; ++r)
      for (int64_t i = 0; i < part_; ++i) visit(r * row_ + begin_ + i, r * part_ + i);
  }

  int64_t row_, begin_, part_, rows_;  // elements from the axis on, and how many such rows a sample has
};
}  // namespace

template <class T>
Runner<T> make(const Slice& op, const Setup& setup) {
  return std::make_unique<SliceRunner<T>>(op, setup);
}
NN_REF_INSTANTIATE(Slice);

}  // namespace nn::ref
