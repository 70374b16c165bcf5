// SPDX-License-Identifier: MIT
// A model and a dataset are matched by their names, whatever the order of classes and columns.
#include "train/engine/align.h"

#include <algorithm>

#include "catch.h"
#include "results/metrics.h"
#include "results/predictions.h"
#include "synthetic.h"
#include "train/engine/evaluator.h"

using namespace nn;

namespace {

Model trained(const Dataset& data, const std::string& layers = "dense:3", const std::string& loss = "") {
  TrainOptions o;
  o.model = layers;
  o.loss = loss;
  o.epochs = 20;
  o.rate = 0.05;
  return train_quietly(o, data);
}

Dataset named_blobs() {
  Dataset data = blob_data();
  data.classes = {"ant", "bee", "cow"};
  data.feature_names = {"u", "v", "w", "x"};
  return data;
}

/// The split without the samples of its first class, whose labels are numbered anew, as if it were converted alone.
Dataset without_ants(const Dataset& data) {
  Dataset out = data;
  out.classes = {"cow", "bee"};
  for (Split& split : out.splits) {
    Split kept;
    kept.name = split.name;
    std::vector<float> values;
    std::vector<int32_t> labels;
    for (int64_t i = 0; i < split.size(); ++i) {
      const int32_t label = split.labels()[static_cast<size_t>(i)];
      if (label == 0) continue;
      const auto row = split.x().as<float>().subspan(static_cast<size_t>(i) * 4, 4);
      values.insert(values.end(), row.begin(), row.end());
      labels.push_back(label == 2 ? 0 : 1);
    }
    kept.set_samples(h5::Array::of<float>(Shape{static_cast<int64_t>(labels.size()), 4}, values));
    kept.set("labels", labels);
    split = kept;
  }
  return out;
}

/// Columns in the order 2, 0, 3, 1.
Dataset mixed_columns(Dataset data) {
  const size_t order[] = {2, 0, 3, 1};
  Dataset out = data;
  for (size_t s = 0; s < data.splits.size(); ++s) {
    const auto from = data.splits[s].x().as<float>();
    const auto to = out.splits[s].samples()->values.as<float>();
    for (size_t i = 0; i < from.size(); ++i) to[i] = from[i / 4 * 4 + order[i % 4]];
  }
  for (size_t j = 0; j < 4; ++j) out.feature_names[j] = data.feature_names[order[j]];
  return out;
}

}  // namespace

TEST_CASE("classes are matched by name: a test file without one of them scores as the whole one") {
  const Dataset data = named_blobs(), fewer = without_ants(data);
  const Model model = trained(data);
  const auto backend = make_backend("ref", 1);
  const Metrics whole = evaluate(model, data, "test", *backend), part = evaluate(model, fewer, "test", *backend);
  REQUIRE(whole.accuracy > 0.9);
  CHECK(part.support == std::vector<int64_t>{0, whole.support[1], whole.support[2]});
  for (size_t i = 3; i < 9; ++i) CHECK(part.confusion[i] == whole.confusion[i]);
  const Predictions p = predict(model, fewer, "test", {}, *backend);
  for (size_t i = 0; i < p.labels.size(); ++i) CHECK(p.labels[i] == (fewer.at("test").labels()[i] == 0 ? 2 : 1));
  CHECK(align(model, fewer).notes().empty());
}

TEST_CASE("a class that the model does not know is an error that names it, when a sample has it") {
  Dataset data = named_blobs();
  const Model model = trained(data);
  const auto backend = make_backend("ref", 1);
  Dataset other = without_ants(data);
  other.classes = {"yak", "zebra", "unused"};
  CHECK_THROWS_WITH(evaluate(model, other, "test", *backend),
                    Contains("'yak', 'zebra'") && Contains("'ant', 'bee', 'cow'") && !Contains("unused"));
  CHECK_THROWS_WITH(predict(model, other, "test", {}, *backend), Contains("'yak', 'zebra'") && Contains("--no-labels"));
  CHECK_NOTHROW(predict(model, align(model, other, Answers::ignored).data(), "test", {}, *backend));
  other.classes = {"cow", "bee", "unused"};
  CHECK(evaluate(model, other, "test", *backend).support[2] > 0);
  other.classes.clear();
  REQUIRE(align(model, other).notes().size() == 1);
  CHECK_THAT(align(model, other).notes()[0], Contains("classes") && Contains("by number") && Contains("--classes"));
}

TEST_CASE("features are matched by name: columns in another order score the same") {
  const Dataset data = named_blobs(), mixed = mixed_columns(data);
  const Model model = trained(data);
  const auto backend = make_backend("ref", 1);
  REQUIRE(model.feature_names == data.feature_names);
  const Metrics straight = evaluate(model, data, "test", *backend), turned = evaluate(model, mixed, "test", *backend);
  CHECK(turned.loss == straight.loss);
  CHECK(turned.confusion == straight.confusion);
  Dataset other = data;
  other.feature_names = {"u", "v", "w", "z"};
  CHECK_THROWS_WITH(evaluate(model, other, "test", *backend),
                    Contains("lacks feature 'x'") && Contains("'z'") && Contains("unknown to the model"));
  other.feature_names.clear();
  CHECK(evaluate(model, other, "test", *backend).loss == straight.loss);
  CHECK_THAT(align(model, other).notes().at(0), Contains("features") && Contains("by number"));
}

TEST_CASE("targets are matched by name, one-hot ones by class") {
  Dataset data = named_blobs();
  data.classes.clear();
  data.target_names = {"p", "q"};
  for (Split& split : data.splits) {
    std::vector<float> targets;
    for (const int32_t label : split.labels())
      targets.push_back(static_cast<float>(label)), targets.push_back(static_cast<float>(-label));
    split.set("targets", h5::Array::of<float>(Shape{split.size(), 2}, targets));
    split.remove("labels");
  }
  const Model model = trained(data, "dense:2");
  const auto backend = make_backend("ref", 1);
  Dataset turned = data;
  turned.target_names = {"q", "p"};
  for (Split& split : turned.splits) {
    const auto values = split.column("targets")->values.as<float>();
    for (size_t i = 0; i < values.size(); i += 2) std::swap(values[i], values[i + 1]);
  }
  CHECK(evaluate(model, turned, "test", *backend).loss == evaluate(model, data, "test", *backend).loss);
  turned.target_names = {"q", "r"};
  CHECK_THROWS_WITH(evaluate(model, turned, "test", *backend), Contains("'p'") && Contains("'r'"));
  CHECK(output_names(model) == std::vector<std::string>{"p", "q"});

  Dataset hot = named_blobs();
  for (Split& split : hot.splits) {
    split.set("targets", h5::Array(h5::Type::f32, {split.size(), 3}));
    for (size_t i = 0; i < split.labels().size(); ++i)
      split.column("targets")->values.as<float>()[i * 3 + static_cast<size_t>(split.labels()[i])] = 1;
  }
  const Model of_classes = trained(hot, "dense:3", "mse");
  Dataset fewer = without_ants(hot);
  for (Split& split : fewer.splits) {
    split.set("targets", h5::Array(h5::Type::f32, {split.size(), 2}));
    for (size_t i = 0; i < split.labels().size(); ++i)
      split.column("targets")->values.as<float>()[i * 2 + static_cast<size_t>(split.labels()[i])] = 1;
  }
  const Metrics whole = evaluate(of_classes, hot, "test", *backend),
                part = evaluate(of_classes, fewer, "test", *backend);
  CHECK(part.support == std::vector<int64_t>{0, whole.support[1], whole.support[2]});
  for (size_t i = 3; i < 9; ++i) CHECK(part.confusion[i] == whole.confusion[i]);
}

TEST_CASE("another range of pixels than the model was trained on is told, with both") {
  Dataset data = bar_images();
  data.valid_max = 210;
  TrainOptions o;
  o.model = "flatten dense:3";
  o.epochs = 1;
  const Model model = train_quietly(o, data);
  CHECK(align(model, data).warnings().empty());
  data.valid_max = 255;
  REQUIRE(align(model, data).warnings().size() == 1);
  CHECK_THAT(align(model, data).warnings()[0], Contains("0 to 255") && Contains("0 to 210"));
}

TEST_CASE("labels beside targets of their own say nothing about a model of those targets") {
  Dataset data = named_blobs();
  data.target_names = {"y"};
  for (Split& split : data.splits) {
    std::vector<float> targets;
    for (const int32_t label : split.labels()) targets.push_back(label == 1 ? 1.0F : 0.0F);
    split.set("targets", h5::Array::of<float>(Shape{split.size(), 1}, targets));
  }
  Dataset plain = data;
  plain.classes.clear();
  for (Split& split : plain.splits) split.remove("labels");
  Model model = trained(plain, "dense:1", "bce");
  model.classes = data.classes;
  const auto backend = make_backend("ref", 1);
  const Metrics m = evaluate(model, data, "test", *backend);
  CHECK_FALSE(m.has_labels);
  CHECK(m.independent);
  CHECK(m.support.size() == 1);
  CHECK(m.accuracy > 0.5);
  Dataset other = data;
  other.classes = {"x", "y", "z"};
  const Predictions p = predict(model, other, "test", {}, *backend);
  CHECK(p.predicted.empty());
  CHECK(p.labels.empty());
  CHECK(p.targets.size() == p.sample.size());
}

TEST_CASE("a model of a target trains beside labels of two classes, and is not judged by them") {
  Dataset data = blob_data(60, 4, 2);
  data.target_names = {"y"};
  for (Split& split : data.splits) {
    std::vector<float> targets;
    for (const int32_t label : split.labels()) targets.push_back(label == 0 ? 1.0F : 0.0F);  // the other way round
    split.set("targets", h5::Array::of<float>(Shape{split.size(), 1}, targets));
  }
  for (const char* loss : {"bce", "mse"}) {
    const Model model = trained(data, "dense:1", loss);
    const auto accuracy = std::find_if(model.history.begin(), model.history.end(),
                                       [](const auto& column) { return column.first == "accuracy"; });
    REQUIRE((accuracy != model.history.end()) == (std::string(loss) == "bce"));
    if (accuracy != model.history.end()) CHECK(accuracy->second.back() > 0.9);  // by the labels it would be below 0.1
    const auto backend = make_backend("ref", 1);
    const Metrics m = evaluate(model, data, "test", *backend);
    CHECK_FALSE(m.has_labels);
    CHECK(m.independent == (std::string(loss) == "bce"));
    if (m.independent)
      CHECK(m.accuracy > 0.9);
    else
      CHECK(m.r2.at(0) > 0.5);
  }
}
