// SPDX-License-Identifier: MIT
#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T>
class AddRunner final : public OpRunner<T> {
 public:
  explicit AddRunner(const Setup& setup) : count_(setup.in().count()) {}
  void forward(const OpData<T>& d) override {
    for (int64_t i = 0; i < d.samples * count_; ++i) d.y[i] = d.x[0][i] + d.x[1][i];
  }
  void backward(const OpData<T>& d) override {
    for (T* dx : d.dx)  // both may be the same value, which then gets twice dy
      if (dx)
        for (int64_t i = 0; i < d.samples * count_; ++i) dx[i] += d.dy[i];
  }

 private:
  int64_t count_;
};
}  // namespace

template <class T>
Runner<T> make(const Add&, const Setup& setup) {
  return std::make_unique<AddRunner<T>>(setup);
}
NN_REF_INSTANTIATE(Add);

}  // namespace nn::ref
