// SPDX-License-Identifier: MIT
#include "backend/cpu/dense/dense_step.h"

namespace nn::cpu {

size_t match_dense(const Chain& c) {
  const MatMul* m = c.as<MatMul>(0);
  if (!m || c.in().count() != m->in) return 0;
  if (!c.is_map(1, "relu")) return 1;
  const Dropout* drop = c.as<Dropout>(2);
  return c.options.training && drop && !drop->whole_samples ? 3 : 2;
}

DenseStep::DenseStep(StepData data)
    : Step(std::move(data)),
      in_(d.as<MatMul>().in),
      out_(d.as<MatMul>().out),
      width_(d.extent.width),
      relu_(d.ops.size() > 1),
      drop_(d.ops.size() > 2 ? &d.as<Dropout>(2) : nullptr),
      learns_(d.training && d.gradient(0)) {
  if (d.training && d.dy && (relu_ || d.y_lay == Layout::nchw))
    dz_ = d.floats(d.extent.size(Layout::batch_innermost, d.out()) + 64);
  if (drop_) words_ = d.array<uint32_t>(d.batch * out_ + 16);
}

void DenseStep::words(RandomSource* source) {
  if (!drop_) return;
  if (!source) throw std::logic_error("dropout in training needs a source of random words");
  source->words(d.place(2), {words_.get(), static_cast<size_t>(d.batch * out_)});
}

void DenseStep::make_dz(const Tile& t) const {
  if (!dz_.size()) return;
  const Slice s = d.y_slice(t);
  const float scale = drop_ ? drop_->scale<float>() : 1;
  float* dz = dz_.get() + t.index * out_ * width_;
  if (d.y_lay == Layout::batch_innermost)
    return d.kernels.relu_backward(d.y + s.begin, d.dy + s.begin, scale, dz, s.size);
  const float* rows = d.dy + s.begin;
  if (relu_) d.kernels.relu_backward(d.y + s.begin, rows, scale, t.scratch, s.size), rows = t.scratch;
  d.kernels.rows_to_lanes(rows, t.samples(), out_, out_, dz, width_, width_);
}

void DenseStep::bias_gradient(const Tile& t, const Updater& updater) const {
  const Range part = part_of(out_, t.index, t.count);
  float* bias = d.gradient(1);
  if (!bias || part.begin == part.end) return;
  for (int u = 0; u < d.tiles; ++u)
    d.kernels.sum_over_lanes(dz(u) + part.begin * width_, part.end - part.begin, width_, samples(u), u > 0,
                             bias + part.begin);
  updater.done(d.op().params[1], part.begin, part.end);
}

}  // namespace nn::cpu
