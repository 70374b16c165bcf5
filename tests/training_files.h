// SPDX-License-Identifier: MIT
// Models as trainings of several settings and seeds leave them, without their weights.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "folder.h"
#include "h5/reading/reader.h"
#include "model/model_file.h"

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
    const std::string name = "m" + std::to_string(names_.size()) + ".h5";
    names_.push_back(folder_.put(name, nn::write_model(model, {}, true)));
  }
  std::vector<nn::h5::Reader> readers() const {
    std::vector<nn::h5::Reader> all;
    for (const std::string& name : names_) all.push_back(nn::h5::Reader::open(name));
    return all;
  }
  std::string folder() const { return folder_.path(); }

 private:
  Folder folder_;
  std::vector<std::string> names_;
};

}  // namespace nn_test
