// SPDX-License-Identifier: MIT
// x above 0, slope * x below, with one slope per row: a row is the axes of a sample from PRelu::axis on, and each
// sample uses the slopes in order.
#include <algorithm>
#include <vector>

#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T>
class PReluRunner final : public SampleRunner<T> {
 public:
  PReluRunner(const PRelu& op, const Setup& setup)
      : row_(elements_from(setup.in(), op.axis)),
        slopes_(setup.in().count() / std::max<int64_t>(row_, 1)),
        flat_at_zero_(op.flat_at_zero),
        sums_(static_cast<size_t>(setup.training && row_ > 1 ? setup.batch * slopes_ : 0)) {}
  size_t bytes() const override { return sums_.size() * sizeof(double); }

  void forward_samples(const OpData<T>& d, int64_t begin, int64_t end) override {
    each_row(d, begin, end, [&](int64_t r, T slope) {
      for (int64_t i = r * row_; i < (r + 1) * row_; ++i) d.y[i] = d.x[0][i] > T(0) ? d.x[0][i] : slope * d.x[0][i];
    });
  }

  void input_gradient(const OpData<T>& d, int64_t begin, int64_t end) override {
    each_row(d, begin, end, [&](int64_t r, T slope) {
      if (d.dx[0])
        for (int64_t i = r * row_; i < (r + 1) * row_; ++i) {
          const T below = flat_at_zero_ && d.x[0][i] == T(0) ? T(0) : slope;
          d.dx[0][i] += d.dy[i] * (d.x[0][i] > T(0) ? T(1) : below);
        }
      if (!sums_.empty()) sums_[static_cast<size_t>(r)] = slope_gradient(d, r);
    });
  }

  void param_gradients(const OpData<T>& d, int64_t part, int64_t parts) override {
    if (!d.dparam[0]) return;
    for (int64_t k = slopes_ * part / parts; k < slopes_ * (part + 1) / parts; ++k) {
      double sum = 0;
      for (int64_t r = k; r < d.samples * slopes_; r += slopes_)
        sum += sums_.empty() ? slope_gradient(d, r) : sums_[static_cast<size_t>(r)];
      d.dparam[0][k] += static_cast<T>(sum);
    }
  }

 private:
  template <class Visit>
  void each_row(const OpData<T>& d, int64_t begin, int64_t end, Visit&& visit) const {
    for (int64_t n = begin; n < end; ++n)
      for (int64_t k = 0; k < slopes_; ++k) visit(n * slopes_ + k, d.param[0][k]);
  }
  /// What row r adds to the gradient of its slope.
  double slope_gradient(const OpData<T>& d, int64_t r) const {
    double sum = 0;
    for (int64_t i = r * row_; i < (r + 1) * row_; ++i)
      if (!(d.x[0][i] > T(0))) sum += static_cast<double>(d.x[0][i]) * static_cast<double>(d.dy[i]);
    return sum;
  }

  int64_t row_, slopes_;
  bool flat_at_zero_;
  std::vector<double> sums_;  // of each row, made sample by sample; none where a row is one element
};
}  // namespace

template <class T>
Runner<T> make(const PRelu& op, const Setup& setup) {
  return std::make_unique<PReluRunner<T>>(op, setup);
}
NN_REF_INSTANTIATE(PRelu);

}  // namespace nn::ref
