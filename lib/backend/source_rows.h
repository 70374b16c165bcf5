// SPDX-License-Identifier: MIT
// For backends on the host: the rows of a Source that a step takes, found where they lie.
#pragma once

#include "backend/plan.h"

namespace nn {

class SourceRows {
 public:
  /// logic_error when the source does not hold whole samples of the graph's input, with as many labels and targets.
  SourceRows(const Graph& graph, const PlanOptions& options);
  explicit operator bool() const { return source_ != nullptr; }
  bool of_bytes() const { return source_ && !source_->byte_values.empty(); }
  bool has_labels() const { return source_ && !source_->labels.empty(); }
  bool has_targets() const { return source_ && !source_->targets.empty(); }
  /// Whether a step needs nothing but row numbers, and rows stay as they are.
  bool complete(const Graph& graph, const PlanOptions& options) const;

  /// Row numbers, filled by the caller: {batch}, none without a source.
  std::span<int64_t> index() { return index_; }
  /// Finds what they mean, and copies labels and targets of the rows, those that the source has and that have room.
  /// logic_error for a row that there is not. Allocates nothing.
  void find(std::span<int32_t> labels, std::span<float> targets);
  /// Where each sample begins, after find(), in arrays that stay in place.
  const uint8_t* const* bytes() const { return bytes_.data(); }
  const float* const* floats() const { return floats_.data(); }

 private:
  const Source* source_;
  int64_t count_, samples_ = 0;  // values of a sample, samples of the source
  std::vector<int64_t> index_;
  std::vector<const uint8_t*> bytes_;
  std::vector<const float*> floats_;
};

}  // namespace nn
