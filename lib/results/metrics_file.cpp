// SPDX-License-Identifier: MIT
#include "results/metrics_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "h5/reading/reader.h"
#include "h5/schema.h"
#include "h5/writing/writer.h"

namespace nn {
namespace {

constexpr const char* samples_sum_name = "samples_sha256";
constexpr TargetMetric class_columns[] = {
    {"precision", "", &Metrics::precision}, {"recall", "", &Metrics::recall}, {"f1", "", &Metrics::f1}};

void scalar(h5::Writer& to, const std::string& path, double value, const char* words) {
  to.dataset(path, h5::Array::of<double>(Shape{}, std::span<const double>(&value, 1)));
  to.text(path, "long_name", words);
  to.text(path, "units", "1");
}

void columns(h5::Writer& to, const std::string& group, const Metrics& m, std::span<const TargetMetric> all,
             const h5::DatasetOptions& options) {
  for (const TargetMetric& column : all) {
    if ((m.*column.values).empty()) continue;
    to.dataset(group + "/" + column.name, h5::Array::of(m.*column.values), options);
    if (*column.words) to.text(group + "/" + column.name, "long_name", column.words);
  }
}

void write_one(h5::Writer& to, const std::string& group, const Metrics& m) {
  to.dataset(group + "/n", h5::Array::of<int64_t>(Shape{}, std::span<const int64_t>(&m.n, 1)));
  to.text(group + "/n", "long_name", "number of samples");
  to.text(group + "/n", "split", m.split);
  if (!m.samples_sum.empty()) to.text(group + "/n", samples_sum_name, m.samples_sum);
  scalar(to, group + "/loss", m.loss, "mean loss of a sample");
  for (const ScalarMetric& one : scalar_metrics())
    if (const auto value = m.*one.value) scalar(to, group + "/" + one.name, *value, one.words);
  columns(to, group, m, target_metrics(), {{"/target"}, false, false});
  if (m.has_labels) {
    scalar(to, group + "/top_k", m.top_k, "share of samples with the label among the k largest outputs");
    to.integer(group + "/top_k", "k", m.k);
  }
  if (m.support.empty()) return;
  const h5::DatasetOptions by_class{{m.independent ? "/target" : "/class"}, false, false};
  columns(to, group, m, class_columns, by_class);
  to.dataset(group + "/support", h5::Array::of(m.support), by_class);
  if (!m.predicted.empty()) {
    to.dataset(group + "/predicted", h5::Array::of(m.predicted), by_class);
    to.text(group + "/predicted", "long_name", "samples taken for the class");
  }
  if (m.confusion.empty()) return;
  const int64_t k = static_cast<int64_t>(m.support.size());
  to.dataset(group + "/confusion", h5::Array::of<int64_t>(Shape{k, k}, m.confusion),
             {{"/class_true", "/class"}, false, false});
  to.text(group + "/confusion", "long_name", "samples by true class and predicted class");
}

/// A file of ours, read with nothing taken for granted.
class MetricsReader {
 public:
  MetricsReader(const h5::Reader& file, std::string group) : file_(file), group_(std::move(group)) {}

  Metrics read() {
    Metrics m;
    m.split = file_.required_text(group_ + "/n", "split");
    m.samples_sum = file_.text(group_ + "/n", samples_sum_name).value_or("");
    m.n = one<int64_t>("n");
    if (m.n < 1) wrong("n", fmt::format("expected 1 or more samples, found {}", m.n));
    m.loss = one<double>("loss");
    if (std::isnan(m.loss)) wrong("loss", "not a number");
    for (const ScalarMetric& scalar : scalar_metrics())
      if (has(scalar.name)) m.*scalar.value = checked(scalar, one<double>(scalar.name));
    read_targets(m);
    m.has_labels = has("top_k");
    m.independent = !m.has_labels && has("accuracy");
    if (m.has_labels) read_top(m);
    if (has("support"))
      read_classes(m);
    else if (m.has_labels)
      wrong("support", "missing");
    if (m.has_labels && !m.accuracy) wrong("accuracy", "missing");
    return m;
  }

 private:
  bool has(const std::string& name) const { return file_.has(group_ + "/" + name); }
  [[noreturn]] void wrong(const std::string& name, const std::string& why) const {
    throw Error(fmt::format("{}: {}/{}: {}", printable(file_.name()), printable(group_), name, why));
  }
  double checked(const ScalarMetric& metric, double value) const {
    if (metric.may_be_undefined && std::isnan(value)) return value;
    if (!(value >= metric.least && value <= metric.most))
      wrong(metric.name, fmt::format("expected a number from {} to {}, found {}", metric.least, metric.most, value));
    return value;
  }
  double share(const std::string& name, double value) const {
    if (!(value >= 0 && value <= 1)) wrong(name, fmt::format("expected a share from 0 to 1, found {}", value));
    return value;
  }

  template <class T>
  std::vector<T> values(const std::string& name, const Shape& shape) const {
    const std::string path = group_ + "/" + name;
    if (!has(name)) wrong(name, "missing");
    if (const Shape found = file_.shape(path); found != shape)
      wrong(name, fmt::format("expected shape {}, found {}", shape.text(), found.text()));
    if (file_.type(path) != h5::type_of<T>())
      wrong(name, fmt::format("expected {}, found {}", h5::name_of(h5::type_of<T>()), h5::name_of(file_.type(path))));
    const h5::Array array = file_.read(path);
    const auto v = array.as<T>();
    return {v.begin(), v.end()};
  }
  template <class T>
  T one(const std::string& name) const {
    return values<T>(name, Shape{})[0];
  }

  int64_t length_of(const std::string& name) const {
    const Shape shape = file_.shape(group_ + "/" + name);
    if (shape.rank() != 1 || shape[0] < 1 || shape[0] > INT32_MAX)
      wrong(name, "expected one axis, found " + shape.text());
    return shape[0];
  }

  void read_targets(Metrics& m) const {
    if (!has("mae")) return;
    const int64_t k = length_of("mae");
    for (const TargetMetric& column : target_metrics()) m.*column.values = values<double>(column.name, Shape{k});
    for (const double v : m.mae)
      if (!(v >= 0)) wrong("mae", fmt::format("expected 0 or more, found {}", v));
    for (const double v : m.rmse)
      if (!(v >= 0)) wrong("rmse", fmt::format("expected 0 or more, found {}", v));
  }

  void read_top(Metrics& m) const {
    m.top_k = share("top_k", one<double>("top_k"));
    const double k = file_.number(group_ + "/top_k", "k").value_or(5);
    if (!(k >= 1 && k <= INT32_MAX && k == std::floor(k)))
      wrong("top_k", fmt::format("attribute k: expected 1 or more, found {}", k));
    m.k = static_cast<int>(k);
  }

  void read_classes(Metrics& m) const {
    const int64_t k = length_of("support");
    for (const TargetMetric& column : class_columns) {
      m.*column.values = values<double>(column.name, Shape{k});
      for (const double v : m.*column.values)
        if (!std::isnan(v)) (void)share(column.name, v);
    }
    m.support = counts("support", Shape{k}, m);
    if (has("predicted")) m.predicted = counts("predicted", Shape{k}, m);
    if (has("confusion")) read_confusion(m, k);
    // Earlier files have NaN where a class has no precision, recall or F1, and of one yes or no the averages of the yes
    // alone.
    for (const TargetMetric& column : class_columns)
      for (double& v : m.*column.values)
        if (std::isnan(v) && !m.predicted.empty()) v = 0;
    if (m.has_two_sides()) average_two_sides(m);
  }

  void read_confusion(Metrics& m, int64_t k) const {
    if (!m.has_labels) wrong("confusion", "of outputs that are not classes");
    m.confusion = counts("confusion", Shape{k, k}, m);
    std::vector<int64_t> rows(static_cast<size_t>(k)), columns(static_cast<size_t>(k));
    for (size_t i = 0; i < m.confusion.size(); ++i)
      rows[i / columns.size()] += m.confusion[i], columns[i % columns.size()] += m.confusion[i];
    for (size_t c = 0; c < rows.size(); ++c)
      if (rows[c] != m.support[c])
        wrong("confusion", fmt::format("row {} has {} samples, support says {}", c, rows[c], m.support[c]));
    if (m.predicted.empty()) m.predicted = columns;  // files of version 0.1
    if (m.predicted != columns) wrong("confusion", "its columns are not as /predicted says");
  }

  /// Of classes together no more than the samples; of independent outputs each.
  std::vector<int64_t> counts(const std::string& name, const Shape& shape, const Metrics& m) const {
    std::vector<int64_t> all = values<int64_t>(name, shape);
    int64_t left = m.n;
    for (const int64_t v : all) {
      if (v < 0 || v > m.n) wrong(name, fmt::format("expected counts from 0 to {}, found {}", m.n, v));
      if (!m.has_labels) continue;
      if (v > left) wrong(name, fmt::format("more samples than {}", m.n));
      left -= v;
    }
    return all;
  }

  const h5::Reader& file_;
  std::string group_;
};

}  // namespace

std::vector<std::byte> write_metrics(const std::vector<Metrics>& metrics, const std::vector<std::string>& names,
                                     const h5::Provenance& provenance, bool compress, const TrainingRecord& training) {
  h5::Writer to("metrics", "metrics of a model", compress);
  provenance.write(to);
  write_training_record(training, to);
  size_t classes = 0, targets = 0;
  bool confusion = false;
  for (const Metrics& m : metrics) {
    (m.independent ? targets : classes) = std::max(m.independent ? targets : classes, m.support.size());
    targets = std::max(targets, m.mae.size());
    confusion = confusion || !m.confusion.empty();
  }
  if (classes > 0 && names.size() == classes) {
    h5::write_classes(to, names);
    if (confusion) to.strings("/class_true", names, false, true);
  } else if (classes > 0) {
    to.axis("/class", static_cast<int64_t>(classes));
    if (confusion) to.axis("/class_true", static_cast<int64_t>(classes));
  }
  if (targets > 0 && names.size() == targets)
    h5::write_names(to, "target", names);
  else if (targets > 0)
    to.axis("/target", static_cast<int64_t>(targets));
  for (const Metrics& m : metrics) write_one(to, metrics.size() == 1 ? "" : "/" + m.split, m);
  return to.finish();
}

std::vector<Metrics> read_metrics(const h5::Reader& file) {
  std::vector<Metrics> all;
  if (file.has("/n")) {
    all.push_back(MetricsReader(file, "").read());
    return all;
  }
  for (const std::string& name : file.children())
    if (file.is_group("/" + name) && file.has("/" + name + "/n")) all.push_back(MetricsReader(file, "/" + name).read());
  if (all.empty())
    throw Error(printable(file.name()) + ": no metrics: expected /n and /loss, or a group with them for each split");
  return all;
}

std::vector<std::string> read_output_names(const h5::Reader& file) {
  std::vector<std::string> names = h5::read_classes(file);
  return names.empty() ? h5::read_names(file, "target") : names;
}

}  // namespace nn
