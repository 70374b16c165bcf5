// SPDX-License-Identifier: MIT
// Metrics and predictions as text: TSV and JSON of nn-eval and nn-predict, and the gate --fail-under.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "train/evaluator.h"

namespace nn {

/// One line of nn-eval: the name as --fail-under takes it ("accuracy", "recall[Shirt]"), its value, its text.
struct MetricLine {
  std::string name;
  double value;
  std::string text;
};
/// brief: n, loss, accuracy and top_k only. Confusion cells of 0 are left out.
std::vector<MetricLine> metric_lines(const Metrics& metrics, const std::vector<std::string>& classes, bool brief);

/// A model judged on one split.
struct Verdict {
  std::string model, data;
  std::vector<std::string> classes;
  Metrics metrics;
};
/// Header, then "split metric value"; with several models a first column `model`.
std::string metrics_tsv(const std::vector<Verdict>& verdicts, bool brief);
/// {model, data, split, n, loss, accuracy, top_k, per_class, confusion}; an array only for several verdicts.
std::string metrics_json(const std::vector<Verdict>& verdicts);

/// Conditions "accuracy=0.98". A metric has to reach its value; `loss` has to stay at or below it.
class Gate {
 public:
  /// UsageError for anything but name=number.
  explicit Gate(const std::vector<std::string>& conditions);
  /// UsageError with the nearest name for a metric that there is not. Returns a message for each condition not met.
  std::vector<std::string> failures(const std::vector<Verdict>& verdicts) const;

 private:
  struct Condition {
    std::string metric;
    double limit;
  };
  std::vector<Condition> conditions_;
};

/// Header, then sample, label, predicted, class, confidence and the `top` most probable classes as class:probability;
/// for regression sample and the outputs.
std::string predictions_tsv(const Predictions& p, const std::vector<std::string>& classes, int top);
/// An array of objects with the same members.
std::string predictions_json(const Predictions& p, const std::vector<std::string>& classes, int top);

/// "0:10", "5:", ":10", "7" or several joined by commas, of n rows; UsageError when malformed or out of range.
std::vector<int64_t> parse_rows(const std::string& text, int64_t n);

}  // namespace nn
