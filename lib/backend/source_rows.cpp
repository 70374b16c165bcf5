// SPDX-License-Identifier: MIT
#include "backend/source_rows.h"

#include <algorithm>
#include <stdexcept>

namespace nn {

SourceRows::SourceRows(const Graph& graph, const PlanOptions& options)
    : source_(options.source), count_(graph.value(graph.input()).shape.count()) {
  if (!source_) return;
  const size_t size = static_cast<size_t>(count_) * (of_bytes() ? 1 : sizeof(float));
  samples_ = static_cast<int64_t>(source_->x.size() / size);
  const auto samples = static_cast<size_t>(samples_);
  if (samples == 0 || source_->x.size() % size != 0 || source_->byte_values.size() % 256 != 0 ||
      (has_labels() && source_->labels.size() != samples) || (has_targets() && source_->targets.size() % samples != 0))
    throw std::logic_error("a source that does not hold samples of the network's input");
  const auto batch = static_cast<size_t>(options.batch);
  index_.resize(batch);
  if (of_bytes())
    bytes_.resize(batch);
  else
    floats_.resize(batch);
}

bool SourceRows::complete(const Graph& graph, const PlanOptions& options) const {
  if (!source_ || source_->refilled) return false;
  const Op* loss = graph.loss();
  const bool labels = wants_labels(options.hits) || (loss && traits_of(loss->what).target == LossTarget::labels),
             targets = loss && traits_of(loss->what).target == LossTarget::targets;
  return (!labels || has_labels()) && (!targets || has_targets());
}

void SourceRows::find(std::span<int32_t> labels, std::span<float> targets) {
  const auto count = static_cast<size_t>(count_);
  for (size_t n = 0; n < index_.size(); ++n) {
    if (index_[n] < 0 || index_[n] >= samples_) throw std::logic_error("a row that the source of the samples lacks");
    const size_t first = static_cast<size_t>(index_[n]) * count;
    if (of_bytes())
      bytes_[n] = reinterpret_cast<const uint8_t*>(source_->x.data()) + first;
    else
      floats_[n] = reinterpret_cast<const float*>(source_->x.data()) + first;
  }
  if (has_labels() && !labels.empty())
    for (size_t n = 0; n < index_.size(); ++n) labels[n] = source_->labels[static_cast<size_t>(index_[n])];
  if (!has_targets() || targets.empty()) return;
  const size_t width = targets.size() / index_.size();
  for (size_t n = 0; n < index_.size(); ++n)
    std::copy_n(source_->targets.data() + static_cast<size_t>(index_[n]) * width, width, targets.data() + n * width);
}

}  // namespace nn
