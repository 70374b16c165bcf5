// SPDX-License-Identifier: MIT
#include "results/predictions_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "h5/reading/reader.h"
#include "h5/schema.h"
#include "h5/writing/writer.h"

namespace nn {
namespace {

constexpr const char *split_name = "split", *rows_sum_name = "samples_sha256", *independent_name = "independent";

template <class T>
std::vector<T> column(const h5::Reader& file, const std::string& path, const Shape& shape) {
  if (!file.has(path)) return {};
  if (const Shape found = file.shape(path); found != shape)
    throw Error(
        fmt::format("{}: {}: expected shape {}, found {}", printable(file.name()), path, shape.text(), found.text()));
  if (file.type(path) != h5::type_of<T>())
    throw Error(fmt::format("{}: {}: expected {}, found {}", printable(file.name()), path,
                            h5::name_of(h5::type_of<T>()), h5::name_of(file.type(path))));
  const h5::Array array = file.read(path);
  const auto v = array.as<T>();
  return {v.begin(), v.end()};
}

/// Labels and classes must be among those that the outputs stand for.
void check_range(const h5::Reader& file, const Predictions& p) {
  const int64_t most = p.predicted.empty() ? std::max<int64_t>(p.classes, INT32_MAX)
                                           : std::max<int64_t>(p.classes, 2);  // one output knows two
  for (const auto& [path, values] : {std::pair{"/labels", &p.labels}, {"/predicted", &p.predicted}})
    for (size_t i = 0; i < values->size(); ++i)
      if ((*values)[i] < 0 || (*values)[i] >= most)
        throw Error(fmt::format("{}: {}: class {} in row {} is out of range: there are {}", printable(file.name()),
                                path, (*values)[i], i, p.classes));
  for (const int64_t row : p.sample)
    if (row < 0) throw Error(fmt::format("{}: /sample: row {} is negative", printable(file.name()), row));
  for (const auto& [path, values] : {std::pair{"/probability", &p.probability}, {"/targets", &p.targets}})
    for (size_t i = 0; i < values->size(); ++i)
      if (!std::isfinite((*values)[i]))
        throw Error(fmt::format("{}: {}: a value in row {} is not a number", printable(file.name()), path,
                                i / static_cast<size_t>(p.classes)));
}

}  // namespace

std::vector<std::byte> write_predictions(const Predictions& p, const std::vector<std::string>& names,
                                         const h5::Provenance& provenance, bool compress) {
  h5::Writer to("predictions", "predictions of a model", compress);
  provenance.write(to);
  write_training_record(p.training, to);
  const bool exclusive = !p.predicted.empty(), named = static_cast<int64_t>(names.size()) == p.classes;
  // One output that tells two classes apart stands on no axis of classes; their names are kept all the same.
  const bool two_of_one = exclusive && p.classes == 1 && names.size() == 2;
  const std::string axis = two_of_one ? "/output" : exclusive ? "/class" : named ? "/target" : "/output";
  if (two_of_one || (named && exclusive))
    h5::write_classes(to, names);
  else if (named)
    h5::write_names(to, "target", names);
  if (two_of_one || !named) to.axis(axis, p.classes);
  h5::DatasetOptions scale;
  scale.is_scale = true;
  to.dataset("/sample", h5::Array::of(p.sample), scale);
  to.text("/sample", "long_name", p.split.empty() ? "row in the source" : "row of the split");
  if (!p.split.empty()) to.text("/sample", split_name, p.split);
  if (!p.samples_sum.empty()) to.text("/sample", rows_sum_name, p.samples_sum);
  h5::DatasetOptions by_sample;
  by_sample.axes = {"/sample"};
  if (!p.labels.empty()) to.dataset("/labels", h5::Array::of(p.labels), by_sample);
  if (exclusive) to.dataset("/predicted", h5::Array::of(p.predicted), by_sample);
  h5::DatasetOptions table;
  table.axes = {"/sample", axis};
  const Shape shape{static_cast<int64_t>(p.sample.size()), p.classes};
  if (!p.targets.empty()) to.dataset("/targets", h5::Array::of<float>(shape, p.targets), table);
  to.dataset("/probability", h5::Array::of<float>(shape, p.probability), table);
  to.text("/probability", "long_name",
          exclusive       ? "probability of the class"
          : p.independent ? "probability of a yes"
                          : "outputs of the network");
  if (p.independent) to.integer("/probability", independent_name, 1);
  return to.finish();
}

Predictions read_predictions(const h5::Reader& file) {
  if (!file.has("/probability") || !file.has("/sample"))
    throw Error(printable(file.name()) + ": no predictions: expected /sample and /probability");
  const Shape shape = file.shape("/probability");
  if (shape.rank() != 2 || shape[0] < 1 || shape[1] < 1)
    throw Error(
        fmt::format("{}: /probability: expected samples x classes, found {}", printable(file.name()), shape.text()));
  Predictions p;
  p.classes = shape[1];
  p.split = file.text("/sample", split_name).value_or("");
  p.samples_sum = file.text("/sample", rows_sum_name).value_or("");
  p.training = training_record(file);
  p.independent = file.number("/probability", independent_name).value_or(0) == 1;
  p.sample = column<int64_t>(file, "/sample", Shape{shape[0]});
  p.labels = column<int32_t>(file, "/labels", Shape{shape[0]});
  p.predicted = column<int32_t>(file, "/predicted", Shape{shape[0]});
  p.targets = column<float>(file, "/targets", shape);
  p.probability = column<float>(file, "/probability", shape);
  check_range(file, p);
  return p;
}

}  // namespace nn
