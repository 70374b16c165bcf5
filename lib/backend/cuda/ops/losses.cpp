// SPDX-License-Identifier: MIT
// Losses: one of each sample, then one block that sums them and makes the divisor, in order; the formulas stand in
// ref/softmax_loss.cpp, ref/mse_loss.cpp and ref/bce_loss.cpp. What a loss sums stays on the device.
#include "backend/cuda/ops/sums.h"
#include "backend/cuda/rows.h"
#include "backend/cuda/steps.h"
#include "base/error.h"

namespace nn::cuda {
namespace losses {

/// loss[0] = sum of the samples' terms / divisor, loss[1] = the divisor: the sum of the labels' weights, or the batch.
NN_KERNEL batch_loss(int64_t batch, const double* terms, LabelsPlace labels, const double* weights, double* loss) {
  NN_SHARED(double, scratch);
  double sum = 0, divisor = 0;
  for (int64_t n = threadIdx.x; n < batch; n += blockDim.x) {
    sum += terms[n];
    divisor += weights ? weights[label_of(labels, n)] : 1;
  }
  sum = sum_of_block(sum, scratch);
  divisor = sum_of_block(divisor, scratch);
  if (threadIdx.x != 0) return;
  loss[0] = divisor > 0 ? sum / divisor : 0;
  loss[1] = divisor;
}

// ---- softmax and cross entropy, a warp a sample
struct Rule {
  int64_t batch, classes;
  double smoothing, lowest, highest;  ///< of a logarithm
  bool weights_divide;
  NN_HD double cut(double v) const { return v < lowest ? lowest : v > highest ? highest : v; }
};
constexpr int samples_of_block = 4;
NN_DEVICE int64_t my_sample() { return static_cast<int64_t>(blockIdx.x) * samples_of_block + threadIdx.x / 32; }

/// weighted: what the batch's loss sums.
NN_KERNEL softmax_loss(Rule r, const float* x, LabelsPlace labels, const double* weights, double* log_p, double* sample,
                       double* weighted) {
  const int64_t n = my_sample(), lane = threadIdx.x % 32;
  if (n >= r.batch) return;
  const float* row = x + n * r.classes;
  const double even = r.smoothing / static_cast<double>(r.classes);
  const int64_t label = label_of(labels, n);
  double largest = -HUGE_VAL, sum = 0, all = 0, all_weighted = 0;
  for (int64_t k = lane; k < r.classes; k += 32) {
    const double v = static_cast<double>(row[k]);
    largest = v > largest ? v : largest;
  }
  largest = largest_of_warp(largest);
  for (int64_t k = lane; k < r.classes; k += 32) sum += exp(static_cast<double>(row[k]) - largest);
  const double log_sum = log(sum_of_warp(sum));
  for (int64_t k = lane; k < r.classes; k += 32) {
    const double v = static_cast<double>(row[k]) - largest - log_sum;
    log_p[n * r.classes + k] = v;
    all -= r.cut(v);
    all_weighted -= weights[r.weights_divide ? k : label] * r.cut(v);
  }
  all = sum_of_warp(all);
  all_weighted = sum_of_warp(all_weighted);
  if (lane != 0) return;
  const double hard = (r.smoothing - 1) * r.cut(static_cast<double>(row[label]) - largest - log_sum);
  sample[n] = hard + (even > 0 ? even * all : 0);
  weighted[n] = weights[label] * hard + (even > 0 ? even * all_weighted : 0);
}
NN_KERNEL softmax_loss_back(Rule r, LabelsPlace labels, const double* weights, const double* log_p, const double* loss,
                            float* dx, bool add) {
  const int64_t n = my_sample(), lane = threadIdx.x % 32;
  if (n >= r.batch) return;
  const int64_t label = label_of(labels, n);
  const double even = r.smoothing / static_cast<double>(r.classes), hard = (1 - r.smoothing) * weights[label];
  const double* p = log_p + n * r.classes;
  const auto target = [&](int64_t k) {
    const double spread = even * weights[r.weights_divide ? k : label];
    return p[k] == r.cut(p[k]) ? (k == label ? hard : 0) + spread : 0;
  };
  double all = 0;
  for (int64_t k = lane; k < r.classes; k += 32) all += target(k);
  all = sum_of_warp(all);
  for (int64_t k = lane; k < r.classes; k += 32)
    put(dx + n * r.classes + k, loss[1] > 0 ? (all * exp(p[k]) - target(k)) / loss[1] : 0, add);
}

class SoftmaxLossStep final : public OpStep {
 public:
  SoftmaxLossStep(const SoftmaxLoss& op, const Setup& setup) : OpStep(setup.device) {
    const double clip = static_cast<double>(static_cast<float>(op.clip));
    rule_ = {setup.batch(),
             setup.in().count(),
             op.label_smoothing,
             clip > 0 ? std::log(clip) : -HUGE_VAL,
             clip > 0 ? std::log(static_cast<double>(1.0f - static_cast<float>(op.clip))) : 0,
             op.weights_divide};
    std::vector<double> weights = op.class_weights;
    if (weights.empty()) weights.assign(static_cast<size_t>(rule_.classes), 1);
    if (static_cast<int64_t>(weights.size()) != rule_.classes)
      throw UsageError("cross_entropy has " + std::to_string(weights.size()) + " class weights, the network has " +
                       std::to_string(rule_.classes) + " outputs: give one weight an output");
    weights_ = {device_, weights};
    weighted_ = {device_, static_cast<size_t>(rule_.batch)};
    log_p_ = {device_, static_cast<size_t>(rule_.batch * rule_.classes)};
  }
  size_t bytes() const override { return weights_.bytes() + weighted_.bytes() + log_p_.bytes(); }
  void forward(const OpArrays& a) override {
    launch(device_, &softmax_loss, how(), rule_, a.x[0], a.labels, weights_.get(), log_p_.get(), a.sample_loss,
           weighted_.get());
    launch(device_, &batch_loss, blocks(1), rule_.batch, weighted_.get(), a.labels,
           rule_.weights_divide ? weights_.get() : nullptr, a.loss);
  }
  void backward(const OpArrays& a) override {
    if (const Sink& dx = a.dx[0])
      launch(device_, &softmax_loss_back, how(), rule_, a.labels, weights_.get(), log_p_.get(), a.loss, dx.at, dx.add);
  }

 private:
  Launch how() const {
    return {{static_cast<unsigned>((rule_.batch + samples_of_block - 1) / samples_of_block)}, {32 * samples_of_block}};
  }
  Rule rule_{};
  Array<double> weights_, weighted_, log_p_;
};

// ---- losses that are a formula of each element, mean over a sample's
struct SquaredError {
  static NN_DEVICE double loss(double x, double t) { return (x - t) * (x - t); }
  static NN_DEVICE double slope(double x, double t) { return 2 * (x - t); }
};
struct Bce {
  static NN_DEVICE double loss(double x, double t) { return (x > 0 ? x : 0) - x * t + log1p(exp(-fabs(x))); }
  static NN_DEVICE double slope(double x, double t) { return 1 / (1 + exp(-x)) - t; }
};
template <class Formula>
NN_KERNEL element_loss(int64_t size, const float* x, const float* targets, double* sample) {
  NN_SHARED(double, scratch);
  const int64_t first = static_cast<int64_t>(blockIdx.x) * size;
  double sum = 0;
  for (int64_t i = threadIdx.x; i < size; i += blockDim.x)
    sum += Formula::loss(static_cast<double>(x[first + i]), static_cast<double>(targets[first + i]));
  sum = sum_of_block(sum, scratch);
  if (threadIdx.x == 0) sample[blockIdx.x] = sum / static_cast<double>(size);
}
template <class Formula>
NN_KERNEL element_loss_back(int64_t n, const float* x, const float* targets, float* dx, bool add) {
  const int64_t i = me();
  if (i < n)
    put(dx + i, Formula::slope(static_cast<double>(x[i]), static_cast<double>(targets[i])) / static_cast<double>(n),
        add);
}

template <class Formula>
class ElementLossStep final : public OpStep {
 public:
  explicit ElementLossStep(const Setup& setup)
      : OpStep(setup.device), batch_(setup.batch()), size_(setup.in().count()) {}
  void forward(const OpArrays& a) override {
    launch(device_, &element_loss<Formula>, blocks(batch_, threads_for(size_)), size_, a.x[0], a.x[1], a.sample_loss);
    launch(device_, &batch_loss, blocks(1), batch_, a.sample_loss, LabelsPlace(), nullptr, a.loss);
  }
  void backward(const OpArrays& a) override {
    if (const Sink& dx = a.dx[0])
      launch(device_, &element_loss_back<Formula>, each(batch_ * size_), batch_ * size_, a.x[0], a.x[1], dx.at, dx.add);
  }

 private:
  int64_t batch_, size_;
};

}  // namespace losses

std::unique_ptr<Step> make_step(const SoftmaxLoss& op, const Setup& setup) {
  return std::make_unique<losses::SoftmaxLossStep>(op, setup);
}
std::unique_ptr<Step> make_step(const MseLoss&, const Setup& setup) {
  return std::make_unique<losses::ElementLossStep<losses::SquaredError>>(setup);
}
std::unique_ptr<Step> make_step(const BceLoss&, const Setup& setup) {
  return std::make_unique<losses::ElementLossStep<losses::Bce>>(setup);
}

}  // namespace nn::cuda
