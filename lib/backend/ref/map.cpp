// SPDX-License-Identifier: MIT
// The element-wise functions of formula/maps.h.
#include "backend/formula/maps.h"
#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T, class F>
class MapRunner final : public OpRunner<T> {
 public:
  MapRunner(const Map& op, const Setup& setup)
      : constants_(formula::constants_of<T>(op.function, op.constants)), count_(setup.in().count()) {}
  void forward(const OpData<T>& d) override {
    for (int64_t i = 0; i < d.samples * count_; ++i) d.y[i] = F::f(d.x[0][i], constants_.data());
  }
  void backward(const OpData<T>& d) override {
    if (!d.dx[0]) return;
    for (int64_t i = 0; i < d.samples * count_; ++i)
      d.dx[0][i] += d.dy[i] * F::df(d.x[0][i], d.y[i], constants_.data());
  }

 private:
  std::array<T, formula::max_map_constants> constants_;
  int64_t count_;
};
}  // namespace

template <class T>
Runner<T> make(const Map& op, const Setup& setup) {
  return formula::visit_map(op.function, [&]<template <class, class> class F>() -> Runner<T> {
    return std::make_unique<MapRunner<T, F<T, formula::Math<T>>>>(op, setup);
  });
}
NN_REF_INSTANTIATE(Map);

}  // namespace nn::ref
