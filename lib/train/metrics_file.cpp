// SPDX-License-Identifier: MIT
// Files of kind "metrics", nn-hdf5(5): one split at the root, several in a group each.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "h5/reader.h"
#include "h5/schema.h"
#include "h5/writer.h"
#include "train/evaluator.h"

namespace nn {
namespace {

void scalar(h5::Writer& to, const std::string& path, double value, const char* name) {
  to.dataset(path, h5::Array::of<double>(Shape{}, std::span<const double>(&value, 1)));
  to.text(path, "long_name", name);
  to.text(path, "units", "1");
}

void write_one(h5::Writer& to, const std::string& group, const Metrics& m) {
  to.dataset(group + "/n", h5::Array::of<int64_t>(Shape{}, std::span<const int64_t>(&m.n, 1)));
  to.text(group + "/n", "long_name", "number of samples");
  to.text(group + "/n", "split", m.split);
  scalar(to, group + "/loss", m.loss, "mean loss of a sample");
  if (!m.has_labels) return;
  scalar(to, group + "/accuracy", m.accuracy, "share of samples with the right class");
  scalar(to, group + "/top_k", m.top_k, "share of samples with the label among the k largest outputs");
  to.integer(group + "/top_k", "k", m.k);
  h5::DatasetOptions by_class;
  by_class.axes = {"/class"};
  to.dataset(group + "/precision", h5::Array::of(m.precision), by_class);
  to.dataset(group + "/recall", h5::Array::of(m.recall), by_class);
  to.dataset(group + "/f1", h5::Array::of(m.f1), by_class);
  to.dataset(group + "/support", h5::Array::of(m.support), by_class);
  const int64_t k = static_cast<int64_t>(m.support.size());
  h5::DatasetOptions square;
  square.axes = {"/class_true", "/class"};
  to.dataset(group + "/confusion", h5::Array::of<int64_t>(Shape{k, k}, m.confusion), square);
  to.text(group + "/confusion", "long_name", "samples by true class and predicted class");
}

template <class T>
std::vector<T> values(const h5::Reader& file, const std::string& path, size_t count) {
  const h5::Array array = file.read(path);
  const auto v = array.as<T>();
  if (v.size() != count)
    throw Error(fmt::format("{}: {}: expected {} values, found {}", file.name(), path, count, v.size()));
  return {v.begin(), v.end()};
}

Metrics read_one(const h5::Reader& file, const std::string& group) {
  Metrics m;
  m.split = file.required_text(group + "/n", "split");
  m.n = values<int64_t>(file, group + "/n", 1)[0];
  m.loss = values<double>(file, group + "/loss", 1)[0];
  m.has_labels = file.has(group + "/confusion");
  if (!m.has_labels) return m;
  const Shape shape = file.shape(group + "/confusion");
  if (shape.rank() != 2 || shape[0] != shape[1] || shape[0] > 1 << 20)
    throw Error(fmt::format("{}: {}/confusion: expected a square, found {}", file.name(), group, shape.text()));
  const size_t k = static_cast<size_t>(shape[0]);
  m.accuracy = values<double>(file, group + "/accuracy", 1)[0];
  m.top_k = values<double>(file, group + "/top_k", 1)[0];
  const double top = file.number(group + "/top_k", "k").value_or(5);
  m.k = top >= 1 && top <= 1e6 ? static_cast<int>(top) : 5;
  m.precision = values<double>(file, group + "/precision", k);
  m.recall = values<double>(file, group + "/recall", k);
  m.f1 = values<double>(file, group + "/f1", k);
  m.support = values<int64_t>(file, group + "/support", k);
  m.confusion = values<int64_t>(file, group + "/confusion", k * k);
  return m;
}

}  // namespace

std::vector<std::byte> write_metrics(const std::vector<Metrics>& metrics, const std::vector<std::string>& classes,
                                     const h5::Provenance& provenance, bool compress) {
  h5::Writer to("metrics", "metrics of a model", compress);
  provenance.write(to);
  size_t k = 0;
  for (const Metrics& m : metrics) k = std::max(k, m.support.size());
  if (k > 0 && classes.size() == k) {
    h5::write_classes(to, classes);
    to.strings("/class_true", classes, false, true);
  } else if (k > 0) {
    to.axis("/class", static_cast<int64_t>(k));
    to.axis("/class_true", static_cast<int64_t>(k));
  }
  for (const Metrics& m : metrics) write_one(to, metrics.size() == 1 ? "" : "/" + m.split, m);
  return to.finish();
}

std::vector<Metrics> read_metrics(const h5::Reader& file) {
  std::vector<Metrics> all;
  if (file.has("/n")) {
    all.push_back(read_one(file, ""));
    return all;
  }
  for (const std::string& name : file.children())
    if (file.is_group("/" + name) && file.has("/" + name + "/n")) all.push_back(read_one(file, "/" + name));
  if (all.empty()) throw Error(file.name() + ": no metrics: expected /n and /loss, or a group with them for each split");
  return all;
}

}  // namespace nn
