// SPDX-License-Identifier: MIT
// Small files of each kind for the tests of pictures and reports.
#pragma once

#include <cmath>
#include <string>

#include "data/dataset.h"
#include "folder.h"
#include "h5/reading/reader.h"
#include "model/model_file.h"
#include "results/metrics.h"
#include "results/metrics_file.h"
#include "results/predictions.h"
#include "results/predictions_file.h"

namespace nn_test {

class Files {
 public:
  Files() {
    nn::Dataset data;
    data.title = "Three kinds";
    data.classes = {"cat", "it's `id` \"dog\"", "eel"};
    nn::Split split;
    split.name = "test";
    split.set_samples(nn::h5::Array(nn::h5::Type::u8, {4, 1, 6, 5}));
    uint8_t value = 0;
    for (uint8_t& v : split.samples()->values.as<uint8_t>()) v = static_cast<uint8_t>(value += 7);
    split.set("labels", std::vector<int32_t>{0, 1, 2, 1});
    split.set("sample", std::vector<int64_t>{10, 11, 12, 13});
    data.splits.push_back(split);
    data_ = folder_.put("data.h5", nn::write_dataset(data, {}, true));

    nn::Predictions p;
    p.split = "test";
    p.sample = {1, 3};
    p.labels = {1, 1};
    p.predicted = {1, 2};
    p.classes = 3;
    p.probability = {0.25f, 0.5f, 0.25f, 0.125f, 0.125f, 0.75f};
    predictions_ = folder_.put("predictions.h5", nn::write_predictions(p, data.classes, {}, true));

    nn::Metrics m;
    m.split = "test";
    m.n = 4;
    m.loss = 0.5;
    m.accuracy = 0.75;
    m.top_k = 1;
    m.precision = {1, 1, 0.5};
    m.recall = {1, 0.5, 1};
    m.f1 = {1, 2.0 / 3, 2.0 / 3};
    m.support = {1, 2, 1};
    m.predicted = {1, 1, 2};
    m.confusion = {1, 0, 0, 0, 1, 1, 0, 0, 1};
    m.has_labels = true;
    metrics_ = folder_.put("metrics.h5", nn::write_metrics({m}, data.classes, {}, true));

    nn::Model model;
    model.layers = "conv:2,3 relu flatten dense:3";
    model.input = model.raw_input = {1, 6, 5};
    model.classes = data.classes;
    model.weights = {{"conv1/weight", {2, 1, 3, 3}, std::vector<float>(18, 0.5f)},
                     {"conv1/bias", {2}, {0, 0}},
                     {"dense1/weight", {3, 24}, std::vector<float>(72, 0.1f)},
                     {"dense1/bias", {3}, {0, 0, 0}}};
    model.weights[0].values[3] = -1;
    model.history = {{"epoch", {1, 2}}, {"loss", {1.5, 0.25}}, {"val_loss", {1.25, 0.5}}, {"accuracy", {0.5, 0.75}}};
    model.steps = {{"step", {50, 100, 150}},
                   {"epoch", {1, 1, 2}},
                   {"loss", {2.5, 1.5, 0.25}},
                   {"accuracy", {0.25, 0.5, 0.75}},
                   {"gradient_norm", {4, 2, NAN}}};
    model.settings = {{"epochs", "2"}, {"init", ""}, {"seed", "0"}};
    model_ = folder_.put("model.h5", nn::write_model(model, {}, true));
  }

  /// The predictions as version 0.1 wrote them: no split, rows of the source.
  nn::h5::Reader old_predictions() {
    nn::Predictions p = nn::read_predictions(predictions());
    p.split.clear();
    p.sample = {11, 13};
    return nn::h5::Reader::open(
        folder_.put("old.h5", nn::write_predictions(p, nn::h5::read_classes(predictions()), {}, true)));
  }

  nn::h5::Reader data() const { return nn::h5::Reader::open(data_); }
  nn::h5::Reader predictions() const { return nn::h5::Reader::open(predictions_); }
  nn::h5::Reader metrics() const { return nn::h5::Reader::open(metrics_); }
  nn::h5::Reader model() const { return nn::h5::Reader::open(model_); }
  std::string folder() const { return folder_.path(); }

 private:
  Folder folder_;
  std::string data_, predictions_, metrics_, model_;
};

}  // namespace nn_test
