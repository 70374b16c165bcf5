// SPDX-License-Identifier: MIT
#include "backend/rows_in_flight.h"

#include <stdexcept>

namespace nn {

RowsInFlight::RowsInFlight(const Graph& graph, const PlanOptions& options)
    : rows_(options.rows), most_(graph.value(graph.input()).most) {
  if (graph.is_ragged() != (rows_ > 0))
    throw std::logic_error("a plan needs rows if its samples are ragged, only then");
  if (rows_ == 0) return;
  start_.resize(static_cast<size_t>(options.batch) + 1);
  if (graph.value(graph.input()).type == ElementType::int32) ids_.resize(static_cast<size_t>(rows_));
}

void RowsInFlight::check() const {
  if (start_.empty()) return;
  bool right = start_.front() == 0 && start_.back() <= rows_;
  for (size_t i = 1; i < start_.size(); ++i) {
    const int64_t rows = start_[i] - start_[i - 1];
    right = right && rows >= 0 && (most_ == 0 || rows <= most_);
  }
  if (!right)
    throw std::logic_error("rows of a batch that do not begin at 0, fall, or are more than there is room for");
}

}  // namespace nn
