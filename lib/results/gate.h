// SPDX-License-Identifier: MIT
// The gate --fail-under.
#pragma once

#include <string>
#include <vector>

#include "results/evaluation.h"

namespace nn {

/// Conditions "accuracy=0.98". A metric has to reach its value; loss, ece, mae and rmse have to stay at or below it.
class Gate {
 public:
  /// UsageError for anything but name=number.
  explicit Gate(const std::vector<std::string>& conditions);
  /// UsageError with the nearest name for a metric that there is not. Returns a message for each condition not met.
  std::vector<std::string> failures(const std::vector<Evaluation>& evaluations) const;
  bool empty() const { return conditions_.empty(); }

 private:
  struct Condition {
    std::string metric;
    double limit;
  };
  std::vector<Condition> conditions_;
};

}  // namespace nn
