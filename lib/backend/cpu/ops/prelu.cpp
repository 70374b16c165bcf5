// SPDX-License-Identifier: MIT
// prelu: a row is the axes of a sample from PRelu::axis on, with one slope each; a sample has as many rows as slopes.
// Where a row is one element, all of a sample are done at once. The gradient of a slope is summed sample by sample, in
// their order, whatever the tiles.
#include <algorithm>

#include "backend/cpu/plan/pattern.h"

namespace nn::cpu {
namespace {

class PReluStep final : public Step {
 public:
  explicit PReluStep(StepData data)
      : Step(std::move(data)),
        slopes_(d.size_of(0)),
        row_(d.in().count() / std::max<int64_t>(slopes_, 1)),
        flat_at_zero_(d.as<PRelu>().flat_at_zero),
        sums_(d.array<double>(d.training && !by_element() ? d.batch * slopes_ : 0)) {}
  void forward(int, const Tile& t) override {
    each_row(t, [&](int64_t, int64_t first, const float* slope, int64_t n) {
      d.kernels.prelu(d.x[0] + first, slope, !by_element(), d.y + first, n);
    });
  }
  void backward(int, const Tile& t) override {
    each_row(t, [&](int64_t r, int64_t first, const float* slope, int64_t n) {
      if (d.dx[0])
        d.kernels.prelu_backward(d.x[0] + first, slope, !by_element(), flat_at_zero_, d.dy + first, d.dx[0] + first, n);
      if (!by_element()) sums_.get()[r] = d.kernels.dot_below(d.x[0] + first, d.dy + first, n);
    });
  }
  void finish(const Tile& t, const Updater& updater) override {
    if (float* gradient = d.gradient(0)) {
      const Range part = part_of(slopes_, t.index, t.count);
      if (by_element())
        d.kernels.products_below(d.x[0] + part.begin, d.dy + part.begin, d.batch, slopes_, gradient + part.begin,
                                 part.end - part.begin);
      for (int64_t k = part.begin; !by_element() && k < part.end; ++k) {
        double sum = 0;
        for (int64_t n = 0; n < d.batch; ++n) sum += sums_.get()[n * slopes_ + k];
        gradient[k] = static_cast<float>(sum);
      }
    }
    tell(t, updater);
  }
  size_t bytes() const override { return sums_.bytes(); }
  std::string kernel() const override { return "prelu"; }

 private:
  bool by_element() const { return row_ == 1; }
  /// visit(row of the batch, its first element, its slope, elements); where rows are elements, all of a sample.
  template <class Visit>
  void each_row(const Tile& t, Visit&& visit) const {
    const int64_t rows = by_element() ? 1 : slopes_, n = by_element() ? slopes_ : row_;
    for (int64_t r = t.begin * rows; r < t.end * rows; ++r) visit(r, r * n, d.weight(0) + r % rows, n);
  }

  int64_t slopes_, row_;
  bool flat_at_zero_;
  Aligned<double> sums_;  // of each row of the batch, for the gradient of its slope
};

}  // namespace

extern const Pattern prelu_pattern;
const Pattern prelu_pattern{
    "prelu", &match_one<PRelu>, only(Layout::nchw), only(Layout::nchw), false, [](StepData d) -> StepPointer {
      return std::make_unique<PReluStep>(std::move(d));
    }};

}  // namespace nn::cpu
