// SPDX-License-Identifier: MIT
// The first steps of seeded trainings with dropout behind convolutions and poolings, against those that Keras on torch
// really took: tests/golden/training/keras-torch-dropout.json, by make_dropout.py there. torch draws a mask in the
// order in which the values lie in memory, so a wrong order shows in the first loss.
#include <algorithm>
#include <cmath>

#include "base/text/json.h"
#include "catch.h"
#include "json_file.h"
#include "paths.h"
#include "synthetic.h"

using namespace nn;

namespace {

/// The samples of make_dropout.py.
Dataset samples(const Shape& input, int64_t rows) {
  Dataset data;
  data.classes = {"a", "b", "c"};
  Split split;
  split.name = "train";
  std::vector<float> x;
  std::vector<int32_t> labels;
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < input.count(); ++j) x.push_back(static_cast<float>((i * 37 + j * 11 + i * j) % 17) / 17.0F);
    labels.push_back(static_cast<int32_t>(i % 3));
  }
  split.set_samples(h5::Array::of<float>(input.with_batch(rows), x));
  split.set("labels", labels);
  split.number_rows();
  data.splits.push_back(std::move(split));
  return data;
}

}  // namespace

TEST_CASE("first losses and steps with dropout behind convolutions and poolings are those of Keras on torch") {
  const Json file = nn_test::json_file(nn_test::source_folder() + "/tests/golden/training/keras-torch-dropout.json");
  const int64_t rows = file.at("rows").integer();
  CHECK(file.at("trainings").items().size() == 28);
  for (const Json& entry : file.at("trainings").items()) {
    const auto& extents = entry.at("input").items();
    const Shape input{extents[0].integer(), extents[1].integer(), extents[2].integer()};
    const Dataset data = samples(input, rows);
    TrainOptions o;
    o.like = "keras-torch";
    o.model = entry.at("model").string();
    o.seed = static_cast<uint64_t>(entry.at("seed").integer());
    o.batch = rows;
    o.epochs = 2;
    o.optimizer = "sgd";
    o.rate = file.at("rate").number();
    o.validation = "none";
    for (const char* device : {"ref", "cpu"}) {
      INFO(device << ", seed " << o.seed << ", input " << input.text() << ": " << o.model);
      const Model two = train_quietly(o, data, device);
      const auto& losses = column(two.history, "loss");
      for (size_t e = 0; e < 2; ++e) CHECK(losses[e] == Approx(entry.at("loss").items()[e].number()).epsilon(1e-6));
      TrainOptions once = o;
      once.epochs = 1;
      const Model one = train_quietly(once, data, device);
      const auto& expected = entry.at("weights").items();
      REQUIRE(one.weights.size() == expected.size());
      for (size_t i = 0; i < expected.size(); ++i) {
        INFO(one.weights[i].path);
        const std::vector<double> theirs = nn_test::numbers(expected[i]);
        REQUIRE(one.weights[i].values.size() == theirs.size());
        double largest = 0, most = 0;
        for (size_t k = 0; k < theirs.size(); ++k) {
          largest = std::max(largest, std::fabs(theirs[k]));
          most = std::max(most, std::fabs(static_cast<double>(one.weights[i].values[k]) - theirs[k]));
        }
        CHECK(most <= 1e-6 * std::max(largest, 0.1));
      }
    }
  }
}
