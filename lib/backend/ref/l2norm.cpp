// SPDX-License-Identifier: MIT
// A sample divided by its length, epsilon at least (torch.nn.functional.normalize).
#include <algorithm>
#include <cmath>

#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T>
class L2NormRunner final : public SampleRunner<T> {
 public:
  L2NormRunner(const L2Norm& op, const Setup& setup) : epsilon_(op.epsilon), count_(setup.in().count()) {}

  void forward_samples(const OpData<T>& d, int64_t begin, int64_t end) override {
    for (int64_t n = begin; n < end; ++n) {
      const double length = std::max(length_of(d.x[0] + n * count_), epsilon_);
      for (int64_t i = n * count_; i < (n + 1) * count_; ++i)
        d.y[i] = static_cast<T>(static_cast<double>(d.x[0][i]) / length);
    }
  }

  void input_gradient(const OpData<T>& d, int64_t begin, int64_t end) override {
    if (!d.dx[0]) return;
    for (int64_t n = begin; n < end; ++n) {
      const T *x = d.x[0] + n * count_, *dy = d.dy + n * count_;
      const double length = length_of(x);
      double dot = 0;
      if (length > epsilon_)
        for (int64_t i = 0; i < count_; ++i) dot += static_cast<double>(x[i]) * static_cast<double>(dy[i]);
      const double divisor = std::max(length, epsilon_), along = dot / (divisor * divisor * divisor);
      for (int64_t i = 0; i < count_; ++i)
        d.dx[0][n * count_ + i] +=
            static_cast<T>(static_cast<double>(dy[i]) / divisor - static_cast<double>(x[i]) * along);
    }
  }

 private:
  double length_of(const T* x) const {
    double sum = 0;
    for (int64_t i = 0; i < count_; ++i) sum += static_cast<double>(x[i]) * static_cast<double>(x[i]);
    return std::sqrt(sum);
  }
  double epsilon_;
  int64_t count_;
};
}  // namespace

template <class T>
Runner<T> make(const L2Norm& op, const Setup& setup) {
  return std::make_unique<L2NormRunner<T>>(op, setup);
}
NN_REF_INSTANTIATE(L2Norm);

}  // namespace nn::ref
