// SPDX-License-Identifier: MIT
// Files of kind "predictions", nn-hdf5(5).
#include <algorithm>

#include <fmt/format.h>

#include "h5/reader.h"
#include "h5/schema.h"
#include "h5/writer.h"
#include "train/evaluator.h"

namespace nn {
namespace {

template <class T>
std::vector<T> column(const h5::Reader& file, const std::string& path, size_t count) {
  if (!file.has(path)) return {};
  const h5::Array array = file.read(path);
  const auto v = array.as<T>();
  if (v.size() != count) throw Error(fmt::format("{}: {}: expected {} values, found {}", file.name(), path, count, v.size()));
  return {v.begin(), v.end()};
}

}  // namespace

std::vector<std::byte> write_predictions(const Predictions& p, const std::vector<std::string>& classes,
                                         const h5::Provenance& provenance, bool compress) {
  h5::Writer to("predictions", "predictions of a model", compress);
  provenance.write(to);
  const bool named = static_cast<int64_t>(classes.size()) == p.classes;
  const std::string axis = named || !p.predicted.empty() ? "/class" : "/output";
  if (named)
    h5::write_classes(to, classes);
  else
    to.axis(axis, p.classes);
  h5::DatasetOptions scale;
  scale.is_scale = true;
  to.dataset("/sample", h5::Array::of(p.sample), scale);
  to.text("/sample", "long_name", "row in the source");
  h5::DatasetOptions by_sample;
  by_sample.axes = {"/sample"};
  if (!p.labels.empty()) to.dataset("/labels", h5::Array::of(p.labels), by_sample);
  if (!p.predicted.empty()) to.dataset("/predicted", h5::Array::of(p.predicted), by_sample);
  h5::DatasetOptions table;
  table.axes = {"/sample", axis};
  const int64_t n = static_cast<int64_t>(p.sample.size());
  to.dataset("/probability", h5::Array::of<float>(Shape{n, p.classes}, p.probability), table);
  to.text("/probability", "long_name", p.predicted.empty() ? "outputs of the network" : "probability of the class");
  return to.finish();
}

Predictions read_predictions(const h5::Reader& file) {
  const Shape shape = file.shape("/probability");
  if (shape.rank() != 2) throw Error(fmt::format("{}: /probability: expected samples x classes, found {}", file.name(), shape.text()));
  const size_t n = static_cast<size_t>(shape[0]);
  Predictions p;
  p.classes = shape[1];
  p.sample = column<int64_t>(file, "/sample", n);
  p.labels = column<int32_t>(file, "/labels", n);
  p.predicted = column<int32_t>(file, "/predicted", n);
  p.probability = column<float>(file, "/probability", n * static_cast<size_t>(p.classes));
  const int64_t most = std::max<int64_t>(p.classes, 2);  // one output knows two classes
  for (const auto* values : {&p.labels, &p.predicted})
    for (int32_t v : *values)
      if (v < 0 || v >= most) throw Error(fmt::format("{}: class {} is out of range: there are {}", file.name(), v, p.classes));
  return p;
}

}  // namespace nn
