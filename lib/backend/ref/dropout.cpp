// SPDX-License-Identifier: MIT
// Inverted dropout: an element, or a whole sample, is kept when its word >= rate * 2^32 and multiplied by 1/(1-rate);
// identity in evaluation.
#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T>
class DropoutRunner final : public OpRunner<T> {
 public:
  DropoutRunner(const Dropout& op, const Setup& setup)
      : threshold_(static_cast<uint64_t>(op.rate * 4294967296.0)),
        scale_(op.scale<T>()),
        count_(setup.in().count()),
        word_(op.whole_samples ? setup.in().count() : 1),
        training_(setup.training) {}

  void forward(const OpData<T>& d) override {
    for (int64_t i = 0; i < d.samples * count_; ++i)
      d.y[i] = !training_ ? d.x[0][i] : kept(d, i) ? d.x[0][i] * scale_ : T(0);
  }
  void backward(const OpData<T>& d) override {
    if (!d.dx[0]) return;
    for (int64_t i = 0; i < d.samples * count_; ++i)
      if (!training_)
        d.dx[0][i] += d.dy[i];
      else if (kept(d, i))
        d.dx[0][i] += d.dy[i] * scale_;
  }

 private:
  bool kept(const OpData<T>& d, int64_t i) const { return d.words[i / word_] >= threshold_; }
  uint64_t threshold_;  // 2^32 for rate 1: nothing is kept
  T scale_;
  int64_t count_, word_;  // elements of a sample, and those that a word decides
  bool training_;
};
}  // namespace

template <class T>
Runner<T> make(const Dropout& op, const Setup& setup) {
  return std::make_unique<DropoutRunner<T>>(op, setup);
}
NN_REF_INSTANTIATE(Dropout);

}  // namespace nn::ref
