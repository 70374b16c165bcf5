// SPDX-License-Identifier: MIT
// Cross-entropy of logits with integer labels, as torch's CrossEntropyLoss: label smoothing e and class weights w give
//   sample: (1-e)(-log p_y) + e/K sum_c(-log p_c)                                        (no weights)
//   batch:  sum_i[(1-e) w_y (-log p_y) + e/K sum_c w_c (-log p_c)] / sum_i w_y
// A batch whose weights sum to 0 has loss 0 and no gradient. As Keras (weights_divide = false): w_y weighs the whole
// sample,
//   batch:  sum_i w_y [(1-e)(-log p_y) + e/K sum_c(-log p_c)] / n
// and p is cut to clip..1-clip, beyond which it has no gradient.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "backend/ref/runners.h"
#include "base/error.h"

namespace nn::ref {

namespace {
template <class T>
class SoftmaxLossRunner final : public OpRunner<T> {
 public:
  SoftmaxLossRunner(const SoftmaxLoss& op, const Setup& setup)
      : batch_(setup.batch),
        classes_(setup.in().count()),
        smoothing_(op.label_smoothing),
        weights_divide_(op.weights_divide),
        lowest_(op.clip > 0 ? std::log(static_cast<double>(static_cast<T>(op.clip))) : -HUGE_VAL),
        highest_(op.clip > 0 ? std::log(static_cast<double>(T(1) - static_cast<T>(op.clip))) : 0),
        weights_(op.class_weights),
        log_p_(static_cast<size_t>(batch_ * classes_)) {
    if (weights_.empty()) weights_.assign(static_cast<size_t>(classes_), 1.0);
    if (static_cast<int64_t>(weights_.size()) != classes_)
      throw UsageError(
          fmt::format("cross_entropy has {} class weights, the network has {} outputs: give one weight an output",
                      weights_.size(), classes_));
  }
  size_t bytes() const override { return (log_p_.size() + weights_.size()) * sizeof(double); }

  void forward(const OpData<T>& d) override {
    const double even = smoothing_ / static_cast<double>(classes_);
    double total = 0;
    weight_sum_ = 0;
    for (int64_t n = 0; n < batch_; ++n) {
      const double* log_p = log_softmax(d.x[0] + n * classes_, n);
      const size_t label = static_cast<size_t>(checked_label(d.labels, n, classes_));
      double all = 0, all_weighted = 0;
      for (size_t k = 0; k < weights_.size(); ++k) {
        all -= cut(log_p[k]);
        all_weighted -= even_weight(label, k) * cut(log_p[k]);
      }
      d.sample_loss[n] = (smoothing_ - 1) * cut(log_p[label]) + (even > 0 ? even * all : 0);
      total += (smoothing_ - 1) * weights_[label] * cut(log_p[label]) + (even > 0 ? even * all_weighted : 0);
      weight_sum_ += weights_divide_ ? weights_[label] : 1;
    }
    *d.loss = weight_sum_ > 0 ? total / weight_sum_ : 0;
  }

  void backward(const OpData<T>& d) override {
    if (!d.dx[0] || !(weight_sum_ > 0)) return;
    const double even = smoothing_ / static_cast<double>(classes_);
    for (int64_t n = 0; n < batch_; ++n) {
      const size_t label = static_cast<size_t>(d.labels[n]);
      const double hard = (1 - smoothing_) * weights_[label];
      const double* log_p = log_p_.data() + n * classes_;
      const auto target = [&](size_t k) {
        return log_p[k] == cut(log_p[k]) ? (k == label ? hard : 0) + even * even_weight(label, k) : 0;
      };
      double all = 0;
      for (size_t k = 0; k < weights_.size(); ++k) all += target(k);
      for (size_t k = 0; k < weights_.size(); ++k)
        d.dx[0][n * classes_ + static_cast<int64_t>(k)] +=
            static_cast<T>((all * std::exp(log_p[k]) - target(k)) / weight_sum_);
    }
  }

 private:
  double* log_softmax(const T* x, int64_t n) {
    double* log_p = log_p_.data() + n * classes_;
    double largest = static_cast<double>(x[0]), sum = 0;
    for (int64_t k = 1; k < classes_; ++k) largest = std::max(largest, static_cast<double>(x[k]));
    for (int64_t k = 0; k < classes_; ++k) sum += std::exp(static_cast<double>(x[k]) - largest);
    for (int64_t k = 0; k < classes_; ++k) log_p[k] = static_cast<double>(x[k]) - largest - std::log(sum);
    return log_p;
  }

  /// Of the part that smoothing spreads to class k.
  double even_weight(size_t label, size_t k) const { return weights_[weights_divide_ ? k : label]; }
  double cut(double log_p) const { return std::clamp(log_p, lowest_, highest_); }

  int64_t batch_, classes_;
  double smoothing_, weight_sum_ = 0;
  bool weights_divide_;
  double lowest_, highest_;  // of a logarithm
  std::vector<double> weights_, log_p_;
};
}  // namespace

template <class T>
Runner<T> make(const SoftmaxLoss& op, const Setup& setup) {
  return std::make_unique<SoftmaxLossRunner<T>>(op, setup);
}
NN_REF_INSTANTIATE(SoftmaxLoss);

}  // namespace nn::ref
