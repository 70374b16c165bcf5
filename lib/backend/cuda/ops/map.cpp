// SPDX-License-Identifier: MIT
// The element-wise functions of formula/maps.h.
#include "backend/cuda/device_math.h"
#include "backend/cuda/launch.h"
#include "backend/cuda/steps.h"
#include "backend/formula/maps.h"

namespace nn::cuda {
namespace map {

struct Constants {
  float c[formula::max_map_constants];
};

template <class F>
NN_KERNEL forward(int64_t n, const float* x, float* y, Constants constants) {
  const int64_t i = me();
  if (i < n) y[i] = F::f(x[i], constants.c);
}
template <class F>
NN_KERNEL backward(int64_t n, const float* x, const float* y, const float* dy, float* dx, bool add,
                   Constants constants) {
  const int64_t i = me();
  if (i >= n) return;
  const float g = dy[i] * F::df(x[i], y[i], constants.c);
  dx[i] = add ? dx[i] + g : g;
}

template <class F>
class MapStep final : public OpStep {
 public:
  MapStep(const Map& op, const Setup& setup) : OpStep(setup.device), n_(setup.batch() * setup.in().count()) {
    const auto constants = formula::constants_of<float>(op.function, op.constants);
    std::copy(constants.begin(), constants.end(), constants_.c);
  }
  void forward(const OpArrays& a) override { launch(device_, &map::forward<F>, each(n_), n_, a.x[0], a.y, constants_); }
  void backward(const OpArrays& a) override {
    if (const Sink& dx = a.dx[0])
      launch(device_, &map::backward<F>, each(n_), n_, a.x[0], a.y, a.dy, dx.at, dx.add, constants_);
  }

 private:
  int64_t n_;
  Constants constants_;
};

}  // namespace map

std::unique_ptr<Step> make_step(const Map& op, const Setup& setup) {
#define MAP(name, Type) \
  if (op.function == #name) return std::make_unique<map::MapStep<formula::Type<float, DeviceMath>>>(op, setup);
#include "backend/formula/maps.def"
#undef MAP
  throw UsageError(unknown_name("function", op.function, formula::map_names()));
}

}  // namespace nn::cuda
