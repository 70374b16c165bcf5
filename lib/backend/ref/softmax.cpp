// SPDX-License-Identifier: MIT
// Softmax along one axis of a sample: at each place of the axes before and behind it.
#include <algorithm>
#include <cmath>

#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T>
class SoftmaxRunner final : public SampleRunner<T> {
 public:
  SoftmaxRunner(const Softmax& op, const Setup& setup)
      : classes_(setup.in()[static_cast<size_t>(op.axis)]),
        space_(elements_from(setup.in(), op.axis + 1)),
        rows_(setup.in().count() / std::max<int64_t>(classes_ * space_, 1)) {}

  void forward_samples(const OpData<T>& d, int64_t begin, int64_t end) override {
    each_place(begin, end, [&](int64_t first) {
      const T* x = d.x[0] + first;
      T* y = d.y + first;
      double largest = static_cast<double>(x[0]), sum = 0;
      for (int64_t k = 1; k < classes_; ++k) largest = std::max(largest, static_cast<double>(x[k * space_]));
      for (int64_t k = 0; k < classes_; ++k) sum += std::exp(static_cast<double>(x[k * space_]) - largest);
      for (int64_t k = 0; k < classes_; ++k)
        y[k * space_] = static_cast<T>(std::exp(static_cast<double>(x[k * space_]) - largest) / sum);
    });
  }

  void input_gradient(const OpData<T>& d, int64_t begin, int64_t end) override {
    if (!d.dx[0]) return;
    each_place(begin, end, [&](int64_t first) {
      const T* y = d.y + first;
      const T* dy = d.dy + first;
      double dot = 0;
      for (int64_t k = 0; k < classes_; ++k)
        dot += static_cast<double>(y[k * space_]) * static_cast<double>(dy[k * space_]);
      for (int64_t k = 0; k < classes_; ++k)
        d.dx[0][first + k * space_] +=
            static_cast<T>(static_cast<double>(y[k * space_]) * (static_cast<double>(dy[k * space_]) - dot));
    });
  }

 private:
  template <class Visit>
  void each_place(int64_t begin, int64_t end, Visit&& visit) const {
    for (int64_t row = begin * rows_; row < end * rows_; ++row)
      for (int64_t place = 0; place < space_; ++place) visit(row * classes_ * space_ + place);
  }
  int64_t classes_, space_, rows_;  // extents of the axis, of all behind it, and of all before
};
}  // namespace

template <class T>
Runner<T> make(const Softmax& op, const Setup& setup) {
  return std::make_unique<SoftmaxRunner<T>>(op, setup);
}
NN_REF_INSTANTIATE(Softmax);

}  // namespace nn::ref
