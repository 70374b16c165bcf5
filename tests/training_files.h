// SPDX-License-Identifier: MIT
// What trainings of several settings and seeds leave: models with next to no weights, metrics, predictions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "folder.h"
#include "h5/reading/reader.h"
#include "model/model_file.h"
#include "results/metrics_file.h"
#include "results/predictions_file.h"

namespace nn_test {

class TrainingFiles {
 public:
  /// m0.h5, m1.h5, ...
  void add_model(const std::vector<std::pair<std::string, std::string>>& settings, const nn::h5::Columns& history) {
    nn::Model model;
    model.layers = "dense:2";
    model.input = model.raw_input = {1};
    model.classes = {"a", "b"};
    model.weights = {{"dense1/weight", {2, 1}, {1, 2}}, {"dense1/bias", {2}, {0, 0}}};
    model.history = history;
    model.settings = settings;
    put("m", nn::write_model(model, {}, true));
  }
  /// e0.h5, ...: of a confusion matrix {true, predicted} of the classes a, b, ...
  void add_metrics(const std::vector<std::pair<std::string, std::string>>& settings,
                   const std::vector<int64_t>& confusion, double loss = 0.5) {
    nn::Metrics m;
    m.split = "test";
    m.loss = loss, m.accuracy = m.top_k = 1;
    m.has_labels = true;
    m.confusion = confusion;
    std::vector<std::string> classes;
    while (classes.size() * classes.size() < confusion.size())
      classes.emplace_back(1, static_cast<char>('a' + classes.size()));
    for (const int64_t n : confusion) m.n += n;
    nn::per_class(m, static_cast<int64_t>(classes.size()));
    nn::TrainingRecord training;
    training.settings = settings;
    put("e", nn::write_metrics({m}, classes, {}, true, training));
  }
  /// p0.h5, ...: of two classes, from the probability of the second.
  void add_predictions(const std::vector<std::pair<std::string, std::string>>& settings,
                       const std::vector<int32_t>& labels, const std::vector<float>& second) {
    nn::Predictions p;
    p.split = "test";
    p.labels = labels;
    p.classes = 2;
    for (size_t i = 0; i < labels.size(); ++i) {
      p.sample.push_back(static_cast<int64_t>(i));
      p.predicted.push_back(second[i] > 0.5F);
      p.probability.push_back(1 - second[i]), p.probability.push_back(second[i]);
    }
    p.training.settings = settings;
    put("p", nn::write_predictions(p, {"a", "b"}, {}, true));
  }
  std::vector<nn::h5::Reader> readers() const {
    std::vector<nn::h5::Reader> all;
    for (const std::string& name : names_) all.push_back(nn::h5::Reader::open(name));
    return all;
  }
  std::string folder() const { return folder_.path(); }

 private:
  void put(const std::string& kind, const std::vector<std::byte>& bytes) {
    names_.push_back(folder_.put(kind + std::to_string(names_.size()) + ".h5", bytes));
  }
  Folder folder_;
  std::vector<std::string> names_;
};

}  // namespace nn_test
