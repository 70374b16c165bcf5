// SPDX-License-Identifier: MIT
// Layer normalisation: each row by its own mean and biased variance, then weight and bias per element. A row is the
// axes of a sample from LayerNorm::axis to ::last; a sample has as many rows as the axes before and behind.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T>
class LayerNormRunner final : public SampleRunner<T> {
 public:
  LayerNormRunner(const LayerNorm& op, const Setup& setup)
      : epsilon_(op.epsilon),
        space_(op.last < 0 ? 1 : elements_from(setup.in(), op.last + 1)),
        count_(elements_from(setup.in(), op.axis) / std::max<int64_t>(space_, 1)),
        rows_(setup.in().count() / std::max<int64_t>(count_, 1)),
        mean_(static_cast<size_t>(setup.batch * rows_)),
        scale_(mean_.size()) {}
  size_t bytes() const override { return 2 * mean_.size() * sizeof(double); }

  void forward_samples(const OpData<T>& d, int64_t begin, int64_t end) override {
    for (int64_t r = begin * rows_; r < end * rows_; ++r) {
      const T* x = d.x[0] + first(r);
      T* y = d.y + first(r);
      double sum = 0, squares = 0;
      for (int64_t i = 0; i < count_; ++i) sum += static_cast<double>(x[i * space_]);
      const double mean = sum / static_cast<double>(count_);
      for (int64_t i = 0; i < count_; ++i) {
        const double from_mean = static_cast<double>(x[i * space_]) - mean;
        squares += from_mean * from_mean;
      }
      mean_[static_cast<size_t>(r)] = mean;
      const double scale = scale_[static_cast<size_t>(r)] =
          1 / std::sqrt(squares / static_cast<double>(count_) + epsilon_);
      for (int64_t i = 0; i < count_; ++i)
        y[i * space_] =
            static_cast<T>((static_cast<double>(x[i * space_]) - mean) * scale * static_cast<double>(d.param[0][i]) +
                           static_cast<double>(d.param[1][i]));
    }
  }

  void input_gradient(const OpData<T>& d, int64_t begin, int64_t end) override {
    if (!d.dx[0]) return;
    for (int64_t r = begin * rows_; r < end * rows_; ++r) {
      const int64_t begin_of_row = first(r);
      const T *x = d.x[0] + begin_of_row, *dy = d.dy + begin_of_row;
      T* dx = d.dx[0] + begin_of_row;
      double sum = 0, dot = 0;
      for (int64_t i = 0; i < count_; ++i) {
        const double g = static_cast<double>(dy[i * space_]) * static_cast<double>(d.param[0][i]);
        sum += g;
        dot += g * normalised(x[i * space_], r);
      }
      const double count = static_cast<double>(count_), scale = scale_[static_cast<size_t>(r)];
      for (int64_t i = 0; i < count_; ++i) {
        const double g = static_cast<double>(dy[i * space_]) * static_cast<double>(d.param[0][i]);
        dx[i * space_] += static_cast<T>(scale * (g - sum / count - normalised(x[i * space_], r) * dot / count));
      }
    }
  }

  void param_gradients(const OpData<T>& d, int64_t part, int64_t parts) override {
    if (!d.dparam[0] && !d.dparam[1]) return;
    const int64_t end = count_ * (part + 1) / parts;
    for (int64_t i = count_ * part / parts; i < end; i += together)
      param_gradients(d, i, static_cast<size_t>(std::min(together, end - i)), Sums{});
  }

 private:
  static constexpr int64_t together = 64;  // elements whose sums are made in one pass over the rows
  struct Sums {
    std::array<double, together> sum, dot;
  };

  void param_gradients(const OpData<T>& d, int64_t from, size_t n, Sums s) const {
    for (int64_t r = 0; r < d.samples * rows_; ++r) {
      const int64_t begin = first(r) + from * space_;
      const T *x = d.x[0] + begin, *dy = d.dy + begin;
      for (size_t k = 0; k < n; ++k) {
        const int64_t i = static_cast<int64_t>(k) * space_;
        s.sum[k] += static_cast<double>(dy[i]);
        s.dot[k] += static_cast<double>(dy[i]) * normalised(x[i], r);
      }
    }
    for (size_t k = 0; k < n; ++k) {
      const int64_t i = from + static_cast<int64_t>(k);
      if (d.dparam[0]) d.dparam[0][i] += static_cast<T>(s.dot[k]);
      if (d.dparam[1]) d.dparam[1][i] += static_cast<T>(s.sum[k]);
    }
  }
  int64_t first(int64_t r) const { return r / space_ * space_ * count_ + r % space_; }  ///< where row r begins
  double normalised(T x, int64_t r) const {
    return (static_cast<double>(x) - mean_[static_cast<size_t>(r)]) * scale_[static_cast<size_t>(r)];
  }

  double epsilon_;
  int64_t space_;         // distance of neighbouring elements of a row
  int64_t count_, rows_;  // elements of a row, rows of a sample
  std::vector<double> mean_, scale_;
};
}  // namespace

template <class T>
Runner<T> make(const LayerNorm& op, const Setup& setup) {
  return std::make_unique<LayerNormRunner<T>>(op, setup);
}
NN_REF_INSTANTIATE(LayerNorm);

}  // namespace nn::ref
