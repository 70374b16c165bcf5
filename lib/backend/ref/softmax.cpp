// SPDX-License-Identifier: MIT
// Softmax over the first axis of a sample: {K}, or {K,H,W} at each place.
#include <algorithm>
#include <cmath>

#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T>
class SoftmaxRunner final : public OpRunner<T> {
 public:
  explicit SoftmaxRunner(const Setup& setup)
      : batch_(setup.batch), classes_(setup.in()[0]), space_(setup.in().count() / std::max<int64_t>(classes_, 1)) {}

  void forward(const OpData<T>& d) override {
    each_place([&](int64_t first) {
      const T* x = d.x[0] + first;
      T* y = d.y + first;
      double largest = static_cast<double>(x[0]), sum = 0;
      for (int64_t k = 1; k < classes_; ++k) largest = std::max(largest, static_cast<double>(x[k * space_]));
      for (int64_t k = 0; k < classes_; ++k) sum += std::exp(static_cast<double>(x[k * space_]) - largest);
      for (int64_t k = 0; k < classes_; ++k)
        y[k * space_] = static_cast<T>(std::exp(static_cast<double>(x[k * space_]) - largest) / sum);
    });
  }

  void backward(const OpData<T>& d) override {
    if (!d.dx[0]) return;
    each_place([&](int64_t first) {
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
  void each_place(Visit&& visit) const {
    for (int64_t n = 0; n < batch_; ++n)
      for (int64_t place = 0; place < space_; ++place) visit(n * classes_ * space_ + place);
  }
  int64_t batch_, classes_, space_;
};
}  // namespace

template <class T>
Runner<T> make(const Softmax&, const Setup& setup) {
  return std::make_unique<SoftmaxRunner<T>>(setup);
}
NN_REF_INSTANTIATE(Softmax);

}  // namespace nn::ref
