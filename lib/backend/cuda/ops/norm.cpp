// SPDX-License-Identifier: MIT
// Batch, layer and group normalisation: rows of values, each with a mean and a scale of its own, a block a row, sums in
// double. They differ in which values are a row, and in which parameter belongs to each.
#include "backend/cuda/ops/sums.h"
#include "backend/cuda/steps.h"

namespace nn::cuda {
namespace norm {

/// Value i of row r, its parameter, and the terms of a parameter's gradient.
struct ByChannel {  // rows: channels; {batch, rows, space}
  int64_t rows, count, space;
  NN_HD int64_t at(int64_t r, int64_t i) const { return (i / space * rows + r) * space + i % space; }
  NN_HD int64_t param(int64_t r, int64_t) const { return r; }
  NN_HD int64_t params() const { return rows; }
  NN_HD int64_t terms() const { return count; }
  NN_HD int64_t row_of(int64_t p, int64_t) const { return p; }
  NN_HD int64_t place(int64_t p, int64_t j) const { return at(p, j); }
};
struct ByPlace {  // rows: of `count` values that lie `space` apart; a parameter for each place of a row
  int64_t rows, count, space;
  NN_HD int64_t at(int64_t r, int64_t i) const { return r / space * space * count + r % space + i * space; }
  NN_HD int64_t param(int64_t, int64_t i) const { return i; }
  NN_HD int64_t params() const { return count; }
  NN_HD int64_t terms() const { return rows; }
  NN_HD int64_t row_of(int64_t, int64_t j) const { return j; }
  NN_HD int64_t place(int64_t p, int64_t j) const { return at(j, p); }
};
struct ByGroup {  // rows: groups of channels of each sample; a parameter for each channel
  int64_t rows, count, space, channels;
  NN_HD int64_t at(int64_t r, int64_t i) const { return r * count + i; }
  NN_HD int64_t param(int64_t r, int64_t i) const { return at(r, i) / space % channels; }
  NN_HD int64_t params() const { return channels; }
  NN_HD int64_t terms() const { return rows * count / channels; }
  NN_HD int64_t row_of(int64_t p, int64_t j) const { return place(p, j) / count; }
  NN_HD int64_t place(int64_t p, int64_t j) const { return (j / space * channels + p) * space + j % space; }
};

/// The running statistics of batch norm, null elsewhere.
struct Running {
  float *mean = nullptr, *variance = nullptr;
  double momentum = 0;
  bool unbiased = false;
  bool used = false;  ///< instead of those of the values; then they stay as they are
};

struct Statistics {
  double mean, scale;
};

template <class Rows>
NN_KERNEL forward(Rows s, Running running, double epsilon, const float* x, const float* weight, const float* bias,
                  Statistics* kept, float* y) {
  NN_SHARED(double, scratch);
  const int64_t r = blockIdx.x;
  double mean, variance;
  if (running.used) {
    mean = static_cast<double>(running.mean[r]);
    variance = static_cast<double>(running.variance[r]);
  } else {
    double sum = 0, squares = 0;
    for (int64_t i = threadIdx.x; i < s.count; i += blockDim.x) sum += static_cast<double>(x[s.at(r, i)]);
    mean = sum_of_block(sum, scratch) / static_cast<double>(s.count);
    for (int64_t i = threadIdx.x; i < s.count; i += blockDim.x) {
      const double from_mean = static_cast<double>(x[s.at(r, i)]) - mean;
      squares += from_mean * from_mean;
    }
    squares = sum_of_block(squares, scratch);
    variance = squares / static_cast<double>(s.count);
    if (running.mean && threadIdx.x == 0) {
      const double shown = running.unbiased && s.count > 1 ? squares / static_cast<double>(s.count - 1) : variance;
      const double old = 1 - running.momentum;
      running.mean[r] = static_cast<float>(old * static_cast<double>(running.mean[r]) + running.momentum * mean);
      running.variance[r] =
          static_cast<float>(old * static_cast<double>(running.variance[r]) + running.momentum * shown);
    }
  }
  const double scale = 1 / sqrt(variance + epsilon);
  if (threadIdx.x == 0) kept[r] = {mean, scale};
  for (int64_t i = threadIdx.x; i < s.count; i += blockDim.x) {
    const int64_t at = s.at(r, i), p = s.param(r, i);
    y[at] = static_cast<float>((static_cast<double>(x[at]) - mean) * scale * static_cast<double>(weight[p]) +
                               static_cast<double>(bias[p]));
  }
}

/// fixed: the statistics do not depend on x.
template <class Rows>
NN_KERNEL input_gradient(Rows s, bool fixed, const float* x, const float* weight, const Statistics* kept,
                         const float* dy, float* dx, bool add) {
  NN_SHARED(double, scratch);
  const int64_t r = blockIdx.x;
  const double mean = kept[r].mean, scale = kept[r].scale, n = static_cast<double>(s.count);
  double sum = 0, dot = 0;
  for (int64_t i = threadIdx.x; !fixed && i < s.count; i += blockDim.x) {
    const int64_t at = s.at(r, i);
    const double g = static_cast<double>(dy[at]) * static_cast<double>(weight[s.param(r, i)]);
    sum += g;
    dot += g * (static_cast<double>(x[at]) - mean) * scale;
  }
  sum = sum_of_block(sum, scratch) / n;
  dot = sum_of_block(dot, scratch) / n;
  for (int64_t i = threadIdx.x; i < s.count; i += blockDim.x) {
    const int64_t at = s.at(r, i);
    const double g = static_cast<double>(dy[at]) * static_cast<double>(weight[s.param(r, i)]);
    put(dx + at, scale * (g - sum - (static_cast<double>(x[at]) - mean) * scale * dot), add);
  }
}

/// Of the weight: dy times the normalised x.
template <class Rows>
struct WeightTerms {
  int64_t count;
  Rows rows;
  const float *x, *dy;
  const Statistics* kept;
  NN_DEVICE double value(int64_t p, int64_t j) const {
    const int64_t at = rows.place(p, j);
    const Statistics s = kept[rows.row_of(p, j)];
    return static_cast<double>(dy[at]) * (static_cast<double>(x[at]) - s.mean) * s.scale;
  }
};
template <class Rows>
struct BiasTerms {
  int64_t count;
  Rows rows;
  const float* dy;
  NN_DEVICE double value(int64_t p, int64_t j) const { return static_cast<double>(dy[rows.place(p, j)]); }
};

template <class Rows>
class NormStep final : public OpStep {
 public:
  NormStep(const Rows& rows, double epsilon, const Running& running, const Setup& setup)
      : OpStep(setup.device),
        rows_(rows),
        epsilon_(epsilon),
        running_(running),
        kept_(setup.device, static_cast<size_t>(rows.rows)) {}
  size_t bytes() const override { return kept_.bytes(); }

  void forward(const OpArrays& a) override {
    Running running = running_;
    running.mean = a.optional_param(2);
    running.variance = a.optional_param(3);
    launch(device_, &norm::forward<Rows>, blocks(rows_.rows, threads_for(rows_.count)), rows_, running, epsilon_,
           a.x[0], a.param[0], a.param[1], kept_.get(), a.y);
  }
  void backward(const OpArrays& a) override {
    sum_terms(device_, rows_.params(), WeightTerms<Rows>{rows_.terms(), rows_, a.x[0], a.dy, kept_.get()}, a.dparam[0]);
    sum_terms(device_, rows_.params(), BiasTerms<Rows>{rows_.terms(), rows_, a.dy}, a.dparam[1]);
    if (const Sink& dx = a.dx[0])
      launch(device_, &input_gradient<Rows>, blocks(rows_.rows, threads_for(rows_.count)), rows_, running_.used, a.x[0],
             a.param[0], kept_.get(), a.dy, dx.at, dx.add);
  }

 private:
  Rows rows_;
  double epsilon_;
  Running running_;
  Array<Statistics> kept_;
};

template <class Rows>
std::unique_ptr<Step> step_of(const Rows& rows, double epsilon, const Running& running, const Setup& setup) {
  return std::make_unique<NormStep<Rows>>(rows, epsilon, running, setup);
}

}  // namespace norm

std::unique_ptr<Step> make_step(const BatchNorm& op, const Setup& setup) {
  const int64_t space = setup.in().count() / op.channels;
  norm::Running running;
  running.momentum = op.momentum;
  running.unbiased = op.unbiased_running;
  running.used = !setup.training() || op.at_rest;
  return norm::step_of(norm::ByChannel{op.channels, setup.batch() * space, space}, op.epsilon, running, setup);
}
std::unique_ptr<Step> make_step(const LayerNorm& op, const Setup& setup) {
  const int64_t space = op.last < 0 ? 1 : elements_from(setup.in(), op.last + 1);
  const int64_t count = elements_from(setup.in(), op.axis) / space;
  return norm::step_of(norm::ByPlace{setup.batch() * setup.in().count() / count, count, space}, op.epsilon, {}, setup);
}
std::unique_ptr<Step> make_step(const GroupNorm& op, const Setup& setup) {
  const int64_t channels = setup.in()[0], space = elements_from(setup.in(), 1);
  return norm::step_of(norm::ByGroup{setup.batch() * op.groups, channels / op.groups * space, space, channels},
                       op.epsilon, {}, setup);
}

}  // namespace nn::cuda
