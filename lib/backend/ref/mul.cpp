// SPDX-License-Identifier: MIT
#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T>
class MulRunner final : public SampleRunner<T> {
 public:
  MulRunner(const Mul& op, const Setup& setup)
      : by_(op.by),
        count_(setup.in(0).count()),
        factors_(setup.in(1).count()),
        area_(op.by == Mul::By::element ? 1 : elements_from(setup.in(0), 1)) {}
  void forward_samples(const OpData<T>& d, int64_t begin, int64_t end) override {
    for (int64_t n = begin; n < end; ++n)
      for (int64_t i = 0; i < count_; ++i)
        d.y[n * count_ + i] = d.x[0][n * count_ + i] * d.x[1][n * factors_ + factor_of(i)];
  }
  void input_gradient(const OpData<T>& d, int64_t begin, int64_t end) override {
    for (int64_t n = begin; n < end; ++n) {
      const T *x = d.x[0] + n * count_, *factor = d.x[1] + n * factors_, *dy = d.dy + n * count_;
      if (d.dx[0])
        for (int64_t i = 0; i < count_; ++i) d.dx[0][n * count_ + i] += factor[factor_of(i)] * dy[i];
      if (d.dx[1])
        for (int64_t k = 0; k < factors_; ++k) d.dx[1][n * factors_ + k] += static_cast<T>(sum(x, dy, k));
    }
  }

 private:
  /// Which value of x1 element i of a sample is multiplied by.
  int64_t factor_of(int64_t i) const {
    return by_ == Mul::By::element ? i : by_ == Mul::By::channel ? i / area_ : i % area_;
  }
  /// Of x dy over the elements that factor k multiplies.
  double sum(const T* x, const T* dy, int64_t k) const {
    const int64_t first = by_ == Mul::By::channel ? k * area_ : k, step = by_ == Mul::By::cell ? area_ : 1,
                  terms = count_ / factors_;
    double total = 0;
    for (int64_t j = 0; j < terms; ++j)
      total += static_cast<double>(x[first + j * step]) * static_cast<double>(dy[first + j * step]);
    return total;
  }

  Mul::By by_;
  int64_t count_, factors_, area_;  // of a sample of x0, of x1; cells of a channel
};
}  // namespace

template <class T>
Runner<T> make(const Mul& op, const Setup& setup) {
  return std::make_unique<MulRunner<T>>(op, setup);
}
NN_REF_INSTANTIATE(Mul);

}  // namespace nn::ref
