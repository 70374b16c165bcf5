// SPDX-License-Identifier: MIT
// Metrics and predictions as text: tables and JSON of nn-eval and nn-predict, and the gate --fail-under.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/output_form.h"
#include "base/table.h"
#include "train/engine/evaluator.h"

namespace nn {

/// Forms of nn-eval and nn-predict; text is for nn-eval's report only.
std::span<const OutputForm> result_forms();
std::span<const OutputForm> metrics_forms();

/// One line of nn-eval: the name as --fail-under takes it ("accuracy", "recall[Shirt]"), its value, its text.
struct MetricLine {
  std::string name;
  double value;
  std::string text;
};
/// brief: n, loss, accuracy and top_k only, and mae, rmse and r2 of targets. Confusion cells of 0 are left out, and metrics that the model does not have.
std::vector<MetricLine> metric_lines(const Metrics& metrics, const std::vector<std::string>& names, bool brief);

/// A model judged on one split.
struct Verdict {
  std::string model, data;
  std::vector<std::string> classes;  ///< names of the classes, or of the targets
  Metrics metrics;
};
/// Columns split, metric, value; with several models a first column `model`.
TextTable metrics_table(const std::vector<Verdict>& verdicts, bool brief);
/// {model, data, split, n, loss, accuracy, ..., per_class, confusion} without what the model does not have;
/// an array only for several verdicts. brief: model, data, split and the lines of metric_lines(), as a flat object.
std::string metrics_json(const std::vector<Verdict>& verdicts, bool brief = false);
/// For a person: a head line for each verdict, then precision, recall, F1 and support of the classes as scikit-learn's
/// classification_report prints them, or the errors of the targets.
std::string metrics_report(const std::vector<Verdict>& verdicts);

/// UsageError for a form that has no brief one, and for a confusion matrix, which would not be printed.
void check_brief(const std::string& form, bool confusion);
/// In one of the metrics_forms() but h5.
std::string metrics_text(const std::vector<Verdict>& verdicts, const std::string& form, bool brief);
/// The metrics file of one model's verdicts.
std::vector<std::byte> metrics_file(const std::vector<Verdict>& verdicts, const h5::Provenance& provenance, bool compress);

/// Conditions "accuracy=0.98". A metric has to reach its value; loss, ece, mae and rmse have to stay at or below it.
class Gate {
 public:
  /// UsageError for anything but name=number.
  explicit Gate(const std::vector<std::string>& conditions);
  /// UsageError with the nearest name for a metric that there is not. Returns a message for each condition not met.
  std::vector<std::string> failures(const std::vector<Verdict>& verdicts) const;
  bool empty() const { return conditions_.empty(); }

 private:
  struct Condition {
    std::string metric;
    double limit;
  };
  std::vector<Condition> conditions_;
};

/// A row a sample. Classes: row, label, label_name, predicted, predicted_name, confidence and the `top` most probable
/// classes as "class:probability, ...". Independent outputs: target and probability of each, and the names of those above
/// one half. Regression: target and prediction of each. names: of the classes or targets.
TextTable predictions_table(const Predictions& p, const std::vector<std::string>& names, int top);
/// The same for JSON: numbers with all their digits, the most probable classes are an array, what is not known is null.
TextTable predictions_cells(const Predictions& p, const std::vector<std::string>& names, int top);
/// Most probable classes that are printed where nothing else is said.
constexpr int usual_top = 3;
/// An array of objects.
std::string predictions_json(const Predictions& p, const std::vector<std::string>& names, int top);

/// "0:10", "5:", ":10", "7" or several joined by commas, of n rows; UsageError when malformed or out of range.
std::vector<int64_t> parse_rows(const std::string& text, int64_t n);

/// "97 %"; a share that is not quite one is never "100 %" but ">99 %", and one above none never "0 %" but "<1 %".
std::string percent_text(double share, int digits = 0);

}  // namespace nn
