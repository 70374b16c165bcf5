// SPDX-License-Identifier: MIT
// Scale, PRelu, Add, Mul, Dropout: a thread an element.
#include "backend/cuda/ops/masks.h"
#include "backend/cuda/ops/sums.h"
#include "backend/cuda/steps.h"

namespace nn::cuda {
namespace elementwise {

// ---- Scale: by the index along one axis
NN_KERNEL scale(int64_t n, int64_t extent, int64_t inner, const float* x, const float* w, const float* bias, float* y) {
  const int64_t i = me(), k = i / inner % extent;
  if (i < n) y[i] = w[k] * x[i] + (bias ? bias[k] : 0.0f);
}
NN_KERNEL scale_back(int64_t n, int64_t extent, int64_t inner, const float* dy, const float* w, float* dx, bool add) {
  const int64_t i = me();
  if (i >= n) return;
  const float g = w[i / inner % extent] * dy[i];
  dx[i] = add ? dx[i] + g : g;
}
/// Of {outer, channels, inner}: dy x over outer and inner.
struct ScaleTerms {
  int64_t count, channels, inner;
  const float *x, *dy;
  NN_DEVICE double value(int64_t c, int64_t j) const {
    const int64_t at = (j / inner * channels + c) * inner + j % inner;
    return static_cast<double>(dy[at]) * static_cast<double>(x[at]);
  }
};
class ScaleStep final : public OpStep {
 public:
  ScaleStep(const Scale& op, const Setup& setup)
      : OpStep(setup.device),
        n_(setup.batch() * setup.in().count()),
        extent_(setup.in()[static_cast<size_t>(op.axis)]),
        inner_(elements_from(setup.in(), op.axis + 1)) {}
  void forward(const OpArrays& a) override {
    launch(device_, &scale, each(n_), n_, extent_, inner_, a.x[0], a.param[0], a.optional_param(1), a.y);
  }
  void backward(const OpArrays& a) override {
    if (const Sink& dx = a.dx[0])
      launch(device_, &scale_back, each(n_), n_, extent_, inner_, a.dy, a.param[0], dx.at, dx.add);
    sum_terms(device_, extent_, ScaleTerms{n_ / extent_, extent_, inner_, a.x[0], a.dy}, a.dparam[0]);
    sum_terms(device_, extent_, ChannelTerms{n_ / extent_, extent_, inner_, a.dy}, a.optional_dparam(1));
  }

 private:
  int64_t n_, extent_, inner_;
};

// ---- PRelu: a slope for each row of a sample
NN_KERNEL prelu(int64_t n, int64_t slopes, int64_t row, const float* x, const float* w, float* y) {
  const int64_t i = me();
  if (i < n) y[i] = x[i] > 0 ? x[i] : w[i / row % slopes] * x[i];
}
NN_KERNEL prelu_back(int64_t n, int64_t slopes, int64_t row, bool flat, const float* x, const float* dy, const float* w,
                     float* dx, bool add) {
  const int64_t i = me();
  if (i >= n) return;
  const float below = flat && x[i] == 0 ? 0.0f : w[i / row % slopes];
  const float g = dy[i] * (x[i] > 0 ? 1.0f : below);
  dx[i] = add ? dx[i] + g : g;
}
struct SlopeTerms {
  int64_t count, slopes, row;
  const float *x, *dy;
  NN_DEVICE double value(int64_t k, int64_t j) const {
    const int64_t at = (j / row * slopes + k) * row + j % row;
    return x[at] > 0 ? 0 : static_cast<double>(x[at]) * static_cast<double>(dy[at]);
  }
};
class PReluStep final : public OpStep {
 public:
  PReluStep(const PRelu& op, const Setup& setup)
      : OpStep(setup.device),
        n_(setup.batch() * setup.in().count()),
        row_(elements_from(setup.in(), op.axis)),
        slopes_(setup.in().count() / row_),
        flat_(op.flat_at_zero) {}
  void forward(const OpArrays& a) override {
    launch(device_, &prelu, each(n_), n_, slopes_, row_, a.x[0], a.param[0], a.y);
  }
  void backward(const OpArrays& a) override {
    if (const Sink& dx = a.dx[0])
      launch(device_, &prelu_back, each(n_), n_, slopes_, row_, flat_, a.x[0], a.dy, a.param[0], dx.at, dx.add);
    sum_terms(device_, slopes_, SlopeTerms{n_ / slopes_, slopes_, row_, a.x[0], a.dy}, a.dparam[0]);
  }

 private:
  int64_t n_, row_, slopes_;
  bool flat_;
};

// ---- Add and Mul
NN_KERNEL sum(int64_t n, const float* a, const float* b, float* y) {
  const int64_t i = me();
  if (i < n) y[i] = a[i] + b[i];
}
NN_KERNEL pass_on(int64_t n, const float* dy, float* dx, bool add) {
  const int64_t i = me();
  if (i < n) dx[i] = add ? dx[i] + dy[i] : dy[i];
}
class AddStep final : public OpStep {
 public:
  explicit AddStep(const Setup& setup) : OpStep(setup.device), n_(setup.batch() * setup.out().count()) {}
  void forward(const OpArrays& a) override { launch(device_, &sum, each(n_), n_, a.x[0], a.x[1], a.y); }
  void backward(const OpArrays& a) override {
    for (const Sink& dx : a.dx)
      if (dx) launch(device_, &pass_on, each(n_), n_, a.dy, dx.at, dx.add);
  }

 private:
  int64_t n_;
};

struct Factors {
  Mul::By by;
  int64_t count, factors, area;  ///< of a sample of x0, of x1; cells of a channel
  NN_HD int64_t of(int64_t i) const {
    const int64_t k = i % count;
    return i / count * factors + (by == Mul::By::element ? k : by == Mul::By::channel ? k / area : k % area);
  }
};
NN_KERNEL multiply(int64_t n, Factors f, const float* x, const float* factor, float* y, bool add) {
  const int64_t i = me();
  if (i >= n) return;
  const float v = x[i] * factor[f.of(i)];
  y[i] = add ? y[i] + v : v;
}
/// Of a factor: x dy over the elements that it multiplies.
struct FactorTerms {
  int64_t count;
  Factors f;
  const float *x, *dy;
  NN_DEVICE double value(int64_t p, int64_t j) const {
    const int64_t n = p / f.factors, k = p % f.factors;
    const int64_t at = n * f.count + (f.by == Mul::By::channel ? k * f.area + j : k + j * f.area);
    return static_cast<double>(x[at]) * static_cast<double>(dy[at]);
  }
};
class MulStep final : public OpStep {
 public:
  MulStep(const Mul& op, const Setup& setup)
      : OpStep(setup.device),
        n_(setup.batch() * setup.in(0).count()),
        factors_{op.by, setup.in(0).count(), setup.in(1).count(),
                 op.by == Mul::By::element ? 1 : elements_from(setup.in(0), 1)} {}
  void forward(const OpArrays& a) override {
    launch(device_, &multiply, each(n_), n_, factors_, a.x[0], a.x[1], a.y, false);
  }
  void backward(const OpArrays& a) override {
    if (const Sink& dx = a.dx[0]) launch(device_, &multiply, each(n_), n_, factors_, a.dy, a.x[1], dx.at, dx.add);
    const Sink& dx1 = a.dx[1];
    if (!dx1) return;
    if (factors_.by == Mul::By::element)
      launch(device_, &multiply, each(n_), n_, factors_, a.dy, a.x[0], dx1.at, dx1.add);
    else
      sum_terms(device_, n_ / factors_.count * factors_.factors,
                FactorTerms{factors_.count / factors_.factors, factors_, a.x[0], a.dy}, dx1);
  }

 private:
  int64_t n_;
  Factors factors_;
};

// ---- Dropout, in training
struct Rule {
  MaskRule mask;
  float scale;
};
NN_KERNEL dropout(int64_t n, Rule r, MaskPlace place, const float* x, float* y, bool add) {
  const int64_t i = me();
  if (i >= n) return;
  const float v = kept(r.mask, place, i) ? x[i] * r.scale : 0.0f;
  y[i] = add ? y[i] + v : v;
}
class DropoutStep final : public OpStep {
 public:
  DropoutStep(const Dropout& op, const Setup& setup)
      : OpStep(setup.device),
        n_(setup.batch() * setup.in().count()),
        rule_{mask_rule(op, setup.in().count()), op.scale<float>()} {}
  void forward(const OpArrays& a) override { drop(a, a.x[0], {a.y, false}); }
  void backward(const OpArrays& a) override {
    if (a.dx[0]) drop(a, a.dy, a.dx[0]);
  }

 private:
  void drop(const OpArrays& a, const float* from, const Sink& to) {
    launch(device_, &dropout, each(n_), n_, rule_, a.mask, from, to.at, to.add);
  }
  int64_t n_;
  Rule rule_;
};

}  // namespace elementwise

std::unique_ptr<Step> make_step(const Scale& op, const Setup& setup) {
  return std::make_unique<elementwise::ScaleStep>(op, setup);
}
std::unique_ptr<Step> make_step(const PRelu& op, const Setup& setup) {
  return std::make_unique<elementwise::PReluStep>(op, setup);
}
std::unique_ptr<Step> make_step(const Add&, const Setup& setup) {
  return std::make_unique<elementwise::AddStep>(setup);
}
std::unique_ptr<Step> make_step(const Mul& op, const Setup& setup) {
  return std::make_unique<elementwise::MulStep>(op, setup);
}
std::unique_ptr<Step> make_step(const Dropout& op, const Setup& setup) {
  return std::make_unique<elementwise::DropoutStep>(op, setup);
}

}  // namespace nn::cuda
