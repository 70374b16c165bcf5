// SPDX-License-Identifier: MIT
#include "backend/ref/runners.h"

namespace nn::ref {

namespace {
template <class T>
class ConcatRunner final : public SampleRunner<T> {
 public:
  ConcatRunner(const Concat& op, const Setup& setup) : row_(elements_from(setup.out(), op.axis)) {
    for (size_t i = 0; i < setup.op.inputs.size(); ++i) part_.push_back(elements_from(setup.in(i), op.axis));
    rows_ = row_ > 0 ? setup.out().count() / row_ : 0;
  }
  void forward_samples(const OpData<T>& d, int64_t begin, int64_t end) override {
    each_part(begin, end, [&](size_t k, int64_t from, int64_t to) { d.y[to] = d.x[k][from]; });
  }
  void input_gradient(const OpData<T>& d, int64_t begin, int64_t end) override {
    each_part(begin, end, [&](size_t k, int64_t from, int64_t to) {
      if (d.dx[k]) d.dx[k][from] += d.dy[to];
    });
  }

 private:
  /// visit(input, its element, element of the output)
  template <class Visit>
  void each_part(int64_t begin, int64_t end, Visit&& visit) const {
    for (int64_t r = begin * rows_; r < end * rows_; ++r) {
      int64_t to = r * row_;
      for (size_t k = 0; k < part_.size(); ++k)
        for (int64_t i = 0; i < part_[k]; ++i) visit(k, r * part_[k] + i, to++);
    }
  }

  int64_t row_, rows_ = 0;     // elements from the axis on, and how many such rows a sample has
  std::vector<int64_t> part_;  // of a row, by input
};
}  // namespace

template <class T>
Runner<T> make(const Concat& op, const Setup& setup) {
  return std::make_unique<ConcatRunner<T>>(op, setup);
}
NN_REF_INSTANTIATE(Concat);

}  // namespace nn::ref
