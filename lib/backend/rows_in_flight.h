// SPDX-License-Identifier: MIT
// For backends on the host: the rows of a run whose samples are ragged.
#pragma once

#include "backend/plan.h"

namespace nn {

class RowsInFlight {
 public:
  /// logic_error when the samples are ragged and the options say no number of rows, or the other way round.
  RowsInFlight(const Graph& graph, const PlanOptions& options);
  explicit operator bool() const { return !start_.empty(); }

  /// Filled by the caller: {batch + 1}, and, where the input is ids, {rows}. Both empty where samples are not ragged.
  std::span<int64_t> start() { return start_; }
  std::span<int32_t> ids() { return ids_; }
  const int64_t* starts() const { return start_.data(); }
  const int32_t* id() const { return ids_.data(); }
  int64_t count() const { return start_.empty() ? 0 : start_.back(); }
  /// logic_error unless start rises from 0 to the number of rows at most, and no sample has more than the input says.
  void check() const;

 private:
  int64_t rows_, most_;
  std::vector<int64_t> start_;
  std::vector<int32_t> ids_;
};

}  // namespace nn
