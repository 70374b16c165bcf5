// SPDX-License-Identifier: MIT
// Group normalisation: each group of channels of a sample by its own mean and biased variance, then weight and bias per
// channel.
#include <cmath>
#include <vector>

#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T>
class GroupNormRunner final : public SampleRunner<T> {
 public:
  GroupNormRunner(const GroupNorm& op, const Setup& setup)
      : epsilon_(op.epsilon),
        batch_(setup.batch),
        groups_(op.groups),
        channels_(setup.in()[0]),
        space_(elements_from(setup.in(), 1)),
        count_(channels_ / groups_ * space_),
        mean_(static_cast<size_t>(batch_ * groups_)),
        scale_(mean_.size()) {}
  size_t bytes() const override { return 2 * mean_.size() * sizeof(double); }

  void forward_samples(const OpData<T>& d, int64_t begin, int64_t end) override {
    for (int64_t g = begin * groups_; g < end * groups_; ++g) {
      const T* x = d.x[0] + g * count_;
      double sum = 0, squares = 0;
      for (int64_t i = 0; i < count_; ++i) sum += static_cast<double>(x[i]);
      const double mean = sum / static_cast<double>(count_);
      for (int64_t i = 0; i < count_; ++i) {
        const double from_mean = static_cast<double>(x[i]) - mean;
        squares += from_mean * from_mean;
      }
      mean_[static_cast<size_t>(g)] = mean;
      scale_[static_cast<size_t>(g)] = 1 / std::sqrt(squares / static_cast<double>(count_) + epsilon_);
      for (int64_t i = g * count_; i < (g + 1) * count_; ++i)
        d.y[i] = static_cast<T>(normalised(d, i) * weight(d, i) + static_cast<double>(d.param[1][channel_of(i)]));
    }
  }

  void input_gradient(const OpData<T>& d, int64_t begin, int64_t end) override {
    if (!d.dx[0]) return;
    for (int64_t g = begin * groups_; g < end * groups_; ++g) {
      double sum = 0, dot = 0;
      for (int64_t i = g * count_; i < (g + 1) * count_; ++i) {
        const double gradient = static_cast<double>(d.dy[i]) * weight(d, i);
        sum += gradient;
        dot += gradient * normalised(d, i);
      }
      const double count = static_cast<double>(count_), scale = scale_[static_cast<size_t>(g)];
      for (int64_t i = g * count_; i < (g + 1) * count_; ++i) {
        const double gradient = static_cast<double>(d.dy[i]) * weight(d, i);
        d.dx[0][i] += static_cast<T>(scale * (gradient - sum / count - normalised(d, i) * dot / count));
      }
    }
  }

  void param_gradients(const OpData<T>& d, int64_t part, int64_t parts) override {
    if (!d.dparam[0] && !d.dparam[1]) return;
    for (int64_t c = channels_ * part / parts; c < channels_ * (part + 1) / parts; ++c) {
      double sum = 0, dot = 0;
      for (int64_t plane = c; plane < batch_ * channels_; plane += channels_)
        for (int64_t i = plane * space_; i < (plane + 1) * space_; ++i) {
          sum += static_cast<double>(d.dy[i]);
          dot += static_cast<double>(d.dy[i]) * normalised(d, i);
        }
      if (d.dparam[0]) d.dparam[0][c] += static_cast<T>(dot);
      if (d.dparam[1]) d.dparam[1][c] += static_cast<T>(sum);
    }
  }

 private:
  int64_t channel_of(int64_t element) const { return element / space_ % channels_; }
  double weight(const OpData<T>& d, int64_t element) const {
    return static_cast<double>(d.param[0][channel_of(element)]);
  }
  double normalised(const OpData<T>& d, int64_t element) const {
    const auto g = static_cast<size_t>(element / count_);
    return (static_cast<double>(d.x[0][element]) - mean_[g]) * scale_[g];
  }

  double epsilon_;
  int64_t batch_, groups_, channels_, space_, count_;  // count: elements of a group
  std::vector<double> mean_, scale_;                   // of each group of each sample
};
}  // namespace

template <class T>
Runner<T> make(const GroupNorm& op, const Setup& setup) {
  return std::make_unique<GroupNormRunner<T>>(op, setup);
}
NN_REF_INSTANTIATE(GroupNorm);

}  // namespace nn::ref
