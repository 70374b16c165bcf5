// SPDX-License-Identifier: MIT
// Ids to rows. The gradient of a table's row is the sum over the rows of the batch that took it, in their order: ids
// are sorted once, and each worker makes a part of the table.
#include <algorithm>

#include "backend/cpu/plan/pattern.h"

namespace nn::cpu {
namespace {

class EmbedStep final : public Step {
 public:
  explicit EmbedStep(StepData data)
      : Step(std::move(data)),
        op_(d.as<Embed>()),
        width_(op_.width),
        sorted_(d.array<uint64_t>(d.training && d.gradient(0) ? d.batch : 0)) {}

  void forward(int, const Tile& t) override {
    const int64_t* start = d.in_flight->starts();
    const float *words = d.weight(0), *positions = op_.positions ? d.weight(1) : nullptr,
                *type = op_.types ? d.weight(types()) : nullptr;
    for (int64_t s = t.whole.begin; s < t.whole.end; ++s)
      for (int64_t r = start[s]; r < start[s + 1]; ++r) {
        const float* word = words + checked_id(d.in_flight->id(), r, op_.vocabulary) * width_;
        float* y = d.y + r * width_;
        if (!type && !positions) std::copy_n(word, width_, y);
        if (type) d.kernels.add(word, type, y, width_);
        if (positions) d.kernels.add(type ? y : word, positions + (op_.first + r - start[s]) * width_, y, width_);
      }
  }

  bool joint(Pass pass, int) const override { return pass == Pass::backward; }
  void backward(int, const Tile& t) override {
    if (t.index != 0 || sorted_.size() == 0) return;
    const int64_t rows = d.in_flight->count();
    for (int64_t r = 0; r < rows; ++r)
      sorted_[r] = static_cast<uint64_t>(d.in_flight->id()[r]) << 32 | static_cast<uint64_t>(r);
    std::sort(sorted_.get(), sorted_.get() + rows);
  }

  void finish(const Tile& t, const Updater& updater) override {
    if (float* dw = d.gradient(0)) words_gradient(of_table(op_.vocabulary, t), dw);
    if (float* dp = op_.positions ? d.gradient(1) : nullptr) positions_gradient(of_table(op_.positions, t), dp);
    if (float* dt = op_.types ? d.gradient(types()) : nullptr) {
      const Range part = part_of(op_.types * width_, t.index, t.count);
      const int64_t first = std::min(part.end, width_);
      if (part.begin < first)
        d.kernels.sum_rows(d.dy + part.begin, d.in_flight->count(), width_, dt + part.begin, first - part.begin);
      std::fill(dt + std::max(part.begin, width_), dt + std::max(part.end, width_), 0.0F);
      updater.done(d.op().params[types()], part.begin, part.end);
    }
    for (size_t i = 0; i < types() && i < d.op().params.size(); ++i)
      if (d.gradient(i)) {
        const Range rows = of_table(i == 0 ? op_.vocabulary : op_.positions, t);
        updater.done(d.op().params[i], rows.begin * width_, rows.end * width_);
      }
  }
  size_t bytes() const override { return sorted_.bytes(); }
  std::string kernel() const override { return "rows of tables"; }

 private:
  size_t types() const { return op_.positions ? 2 : 1; }
  static Range of_table(int64_t extent, const Tile& t) { return part_of(extent, t.index, t.count); }

  void words_gradient(Range part, float* dw) const {
    std::fill(dw + part.begin * width_, dw + part.end * width_, 0.0F);
    const uint64_t *first = sorted_.get(), *end = first + d.in_flight->count();
    const uint64_t* next = std::lower_bound(first, end, static_cast<uint64_t>(part.begin) << 32);
    for (; next != end && static_cast<int64_t>(*next >> 32) < part.end; ++next) {
      float* row = dw + static_cast<int64_t>(*next >> 32) * width_;
      d.kernels.add(row, d.dy + static_cast<int64_t>(*next & 0xFFFFFFFFU) * width_, row, width_);
    }
  }
  void positions_gradient(Range part, float* dp) const {
    std::fill(dp + part.begin * width_, dp + part.end * width_, 0.0F);
    const int64_t* start = d.in_flight->starts();
    for (int64_t s = 0; s < d.plan_batch; ++s) {
      const int64_t end = std::min(part.end, op_.first + start[s + 1] - start[s]);
      for (int64_t p = std::max(part.begin, op_.first); p < end; ++p)
        d.kernels.add(dp + p * width_, d.dy + (start[s] + p - op_.first) * width_, dp + p * width_, width_);
    }
  }

  Embed op_;
  int64_t width_;
  Aligned<uint64_t> sorted_;  // id and row
};

}  // namespace

extern const Pattern embed_pattern;
const Pattern embed_pattern{.name = "embed",
                            .match = &match_one<Embed>,
                            .make = [](StepData d) -> StepPointer { return std::make_unique<EmbedStep>(std::move(d)); },
                            .samples = Samples::ragged};

}  // namespace nn::cpu
