// SPDX-License-Identifier: MIT
#include "results/compare/run.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/log.h"
#include "base/text/one_line.h"
#include "base/text/split.h"
#include "results/accumulator.h"
#include "results/evaluation.h"
#include "results/history.h"
#include "results/metrics_file.h"
#include "results/predictions_file.h"
#include "results/training_record.h"

namespace nn {
namespace {

template <class Value>
const Value* find(const std::vector<std::pair<std::string, Value>>& pairs, const std::string& name) {
  for (const auto& [known, value] : pairs)
    if (known == name) return &value;
  return nullptr;
}

/// Ends of lines, with the blanks around them, become `between`: "; " for the steps of a recipe.
std::string joined_lines(const std::string& text, const std::string& between) {
  std::string out;
  for (const std::string_view line : split_at(text, '\n')) {
    const size_t begin = line.find_first_not_of(" \t"), end = line.find_last_not_of(" \t");
    if (begin == std::string_view::npos) continue;
    out += out.empty() ? "" : between;
    out += line.substr(begin, end - begin + 1);
  }
  return out;
}

/// "val.accuracy" of the column "val_accuracy", "train.loss" of "loss"; empty of what is no metric.
std::string name_of_column(const std::string& column) {
  if (column.starts_with("val_")) return "val." + column.substr(4);
  for (const char* other : {"epoch", "seconds", "learning_rate", "step"})
    if (column == other) return {};
  return "train." + column;
}

double best_of(const std::vector<double>& values, bool smaller) {
  double best = not_measured;
  for (const double v : values)
    if (std::isfinite(v) && (std::isnan(best) || (smaller ? v < best : v > best))) best = v;
  return best;
}

/// The row of the epoch whose weights the file holds; the last one where that is not known.
size_t row_of_weights(const h5::Reader& file, const h5::Columns& history) {
  const double epoch = file.has("/weights") ? file.number("/weights", "epoch").value_or(0) : 0;
  const std::vector<double>* epochs = find(history, "epoch");
  const size_t rows = history.front().second.size();
  for (size_t i = 0; epochs && i < rows; ++i)
    if ((*epochs)[i] == epoch) return i;
  return rows - 1;
}

void read_model_metrics(const h5::Reader& file, AtEpoch at, const std::string& data, ComparedRun& run) {
  for (const char* split : {"test", "val", "train"}) run.samples[split] = data;
  const auto test = [&](const std::string& name) {
    const auto values = file.read("/metrics/test/" + name).to_double();
    return values.size() == 1 ? std::optional(values[0]) : std::nullopt;
  };
  if (file.has("/metrics/test")) {
    const std::vector<std::string> names = file.children("/metrics/test");
    const bool has_loss = std::find(names.begin(), names.end(), "loss") != names.end();
    const bool failed = has_loss && std::isnan(test("loss").value_or(0));
    for (const std::string& name : names)
      if (const auto value = test(name); name != "n" && value)
        run.metrics.emplace_back("test." + name, failed ? not_measured : *value);
  }
  const h5::Columns history = read_history(file);
  if (history.empty() || history.front().second.empty()) return;
  const size_t row = at == AtEpoch::weights ? row_of_weights(file, history) : history.front().second.size() - 1;
  for (const auto& [column, values] : history) {
    const std::string name = name_of_column(column);
    if (name.empty()) continue;
    const std::vector<double>* loss = find(history, column.starts_with("val_") ? "val_loss" : "loss");
    const bool failed = loss && !std::isfinite((*loss)[row]);
    // A column without any number was not measured, unless the training went wrong.
    if (!failed && std::none_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); })) continue;
    // With a loss that is no number, others are none either: an accuracy of 0 is that of no answers.
    run.metrics.emplace_back(name, at == AtEpoch::best ? best_of(values, smaller_is_better(name))
                                   : failed            ? not_measured
                                                       : values[row]);
  }
}

void add_measured(const Metrics& m, bool with_loss, ComparedRun& run) {
  for (const MetricLine& line : metric_lines(m, run.outputs, false)) {
    const bool counts = line.name == "n" || line.name.starts_with("support[") || line.name.starts_with("confusion[");
    if (!counts && (with_loss || line.name != "loss")) run.metrics.emplace_back(m.split + "." + line.name, line.value);
  }
  run.samples[m.split] = m.samples_sum;
  run.measured.push_back(m);
}

/// The classes as the file has them: rounded to float, two probabilities may be equal where the outputs were not.
void take_stored_classes(const Predictions& p, int64_t classes, Metrics& m) {
  std::fill(m.confusion.begin(), m.confusion.end(), 0);
  double hits = 0;
  for (size_t i = 0; i < p.labels.size(); ++i) {
    ++m.confusion[static_cast<size_t>(p.labels[i] * classes + p.predicted[i])];
    hits += p.labels[i] == p.predicted[i] ? 1 : 0;
  }
  m.accuracy = hits / static_cast<double>(m.n);
  per_class(m, classes);
}

/// What predictions beside their labels or targets say. Their loss is not known.
std::optional<Metrics> metrics_of(const Predictions& p) {
  const size_t n = p.sample.size();
  const std::vector<double> losses(n);
  std::vector<float> outputs = p.probability;
  int64_t classes = p.classes;
  const bool exclusive = !p.predicted.empty();
  if (exclusive ? p.labels.empty() : p.targets.empty()) return std::nullopt;
  if (exclusive && classes == 1) {  // one output tells two classes apart
    outputs.clear(), classes = 2;
    for (const float one : p.probability) outputs.push_back(1 - one), outputs.push_back(one);
  }
  if (p.independent)
    for (float& one : outputs) one -= 0.5F;  // on the side of 0 on which its logit is
  // As nn-eval does it, of 1,000 classes and more no confusion matrix.
  const bool confusion = exclusive && classes < 1000;
  const MetricAccumulator::Keep keep{true, confusion, false, exclusive ? 0 : classes};
  const OutputKind kind = exclusive ? OutputKind::largest : p.independent ? OutputKind::independent : OutputKind::none;
  MetricAccumulator sums(kind, exclusive ? classes : 0, static_cast<int>(std::min<int64_t>(5, classes)), keep);
  sums.add(outputs, p.labels, losses, p.targets);
  Metrics m = sums.metrics(p.split.empty() ? "samples" : p.split);
  m.samples_sum = p.samples_sum;
  if (confusion) take_stored_classes(p, classes, m);
  return m;
}

void read_results(const h5::Reader& file, AtEpoch at, const TrainingRecord& training, ComparedRun& run) {
  if (run.kind == "model") return read_model_metrics(file, at, training.data, run);
  run.outputs = read_output_names(file);
  if (run.kind == "metrics")
    for (const Metrics& m : read_metrics(file)) add_measured(m, true, run);
  if (run.kind != "predictions") return;
  run.predictions = std::make_shared<const Predictions>(read_predictions(file));
  if (const auto m = metrics_of(*run.predictions)) add_measured(*m, false, run);
}

}  // namespace

const std::string* ComparedRun::key(const std::string& name) const { return find(keys, name); }
const double* ComparedRun::metric(const std::string& name) const { return find(metrics, name); }

ComparedRun read_compared_run(const h5::Reader& file, AtEpoch at) {
  ComparedRun run;
  run.file = file.name(), run.kind = file.kind();
  if (run.kind == "dataset")
    throw Error(printable(run.file) + ": expected a model, metrics or predictions file, found a dataset");
  const TrainingRecord training = training_record(file);
  run.keys = training.settings;
  for (auto& [name, value] : run.keys)
    value = name == "model" ? in_one_line(value) : joined_lines(value, name == "recipe" ? "; " : " ");
  // Without dates and seconds: the same training once more is no second run. Results of several seeds may be equal, as
  // those of trainings that went wrong.
  run.identity = file.digest() + training.data;
  for (const auto& [name, value] : run.keys) run.identity += "\n" + name + "=" + value;
  run.keys.insert(run.keys.end(), training.machine.begin(), training.machine.end());
  if (!training.data.empty()) run.keys.emplace_back("data", training.data.substr(0, 12));
  const size_t slash = run.file.rfind('/');
  run.keys.emplace_back("folder", slash == std::string::npos ? "." : run.file.substr(0, slash));
  run.keys.emplace_back("file", run.file);
  read_results(file, at, training, run);
  for (const auto& [name, value] : {std::pair{"parameters", training.parameters},
                                    {"epochs", training.epochs},
                                    {"seconds", training.seconds},
                                    {"samples_per_second", training.samples_per_second}})
    if (value) run.metrics.emplace_back(name, *value);
  return run;
}

std::string split_of(const std::string& metric) {
  const size_t dot = metric.find('.');
  return dot == std::string::npos || dot > metric.find('[') ? "" : metric.substr(0, dot);
}

bool smaller_is_better(const std::string& metric) {
  const std::string split = split_of(metric), name = split.empty() ? metric : metric.substr(split.size() + 1),
                    plain = name.substr(0, name.find('['));
  for (const char* one : {"loss", "seconds", "parameters", "epochs"})
    if (plain == one) return true;
  for (const ScalarMetric& row : scalar_metrics())
    if (plain == row.name) return row.smaller_is_better;
  for (const TargetMetric& row : target_metrics())
    if (plain == row.name) return row.smaller_is_better;
  return false;
}

bool is_of_place(const std::string& key) {
  for (const char* one : {"device", "isa", "threads", "version", "data", "folder", "file"})
    if (key == one) return true;
  return false;
}

}  // namespace nn
