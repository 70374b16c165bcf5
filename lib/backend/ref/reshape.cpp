// SPDX-License-Identifier: MIT
// The same values in another shape: a copy, since here every value has memory of its own.
#include <algorithm>

#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T>
class ReshapeRunner final : public OpRunner<T> {
 public:
  explicit ReshapeRunner(const Setup& setup) : count_(setup.in().count()) {}
  void forward(const OpData<T>& d) override { std::copy_n(d.x[0], d.samples * count_, d.y); }
  void backward(const OpData<T>& d) override {
    if (!d.dx[0]) return;
    for (int64_t i = 0; i < d.samples * count_; ++i) d.dx[0][i] += d.dy[i];
  }

 private:
  int64_t count_;
};
}  // namespace

template <class T>
Runner<T> make(const Reshape&, const Setup& setup) {
  return std::make_unique<ReshapeRunner<T>>(setup);
}
NN_REF_INSTANTIATE(Reshape);

}  // namespace nn::ref
