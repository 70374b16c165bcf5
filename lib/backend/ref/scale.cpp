// SPDX-License-Identifier: MIT
// Factor and shift by the index along one axis of a sample.
#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T>
class ScaleRunner final : public SampleRunner<T> {
 public:
  ScaleRunner(const Scale& op, const Setup& setup)
      : count_(setup.in().count()),
        extent_(setup.in()[static_cast<size_t>(op.axis)]),
        inner_(elements_from(setup.in(), op.axis + 1)) {}

  void forward_samples(const OpData<T>& d, int64_t begin, int64_t end) override {
    const T *weight = d.param[0], *bias = d.optional_param(1);
    for (int64_t i = begin * count_; i < end * count_; ++i) {
      const int64_t k = index_of(i);
      d.y[i] = weight[k] * d.x[0][i] + (bias ? bias[k] : T(0));
    }
  }

  void input_gradient(const OpData<T>& d, int64_t begin, int64_t end) override {
    if (!d.dx[0]) return;
    for (int64_t i = begin * count_; i < end * count_; ++i) d.dx[0][i] += d.param[0][index_of(i)] * d.dy[i];
  }

  void param_gradients(const OpData<T>& d, int64_t part, int64_t parts) override {
    T *weight = d.dparam[0], *bias = d.optional_dparam(1);
    if (!weight && !bias) return;
    for (int64_t k = extent_ * part / parts; k < extent_ * (part + 1) / parts; ++k) {
      double sum = 0, dot = 0;
      for (int64_t row = k; row < d.samples * count_ / inner_; row += extent_)
        for (int64_t i = row * inner_; i < (row + 1) * inner_; ++i) {
          sum += static_cast<double>(d.dy[i]);
          dot += static_cast<double>(d.dy[i]) * static_cast<double>(d.x[0][i]);
        }
      if (weight) weight[k] += static_cast<T>(dot);
      if (bias) bias[k] += static_cast<T>(sum);
    }
  }

 private:
  int64_t index_of(int64_t element) const { return element / inner_ % extent_; }
  int64_t count_, extent_, inner_;  // elements of a sample, along the axis and of all axes behind it
};
}  // namespace

template <class T>
Runner<T> make(const Scale& op, const Setup& setup) {
  return std::make_unique<ScaleRunner<T>>(op, setup);
}
NN_REF_INSTANTIATE(Scale);

}  // namespace nn::ref
