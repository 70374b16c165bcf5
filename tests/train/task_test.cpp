// SPDX-License-Identifier: MIT
// What is computed for one dataset: which of its columns the loss takes, and how many outputs that needs.
#include "train/engine/task.h"

#include <limits>

#include "base/error.h"
#include "catch.h"
#include "synthetic.h"

using namespace nn;

namespace {

/// Labels of two classes, and one target a sample beside them.
Dataset labels_and_target() {
  Dataset data = blob_data(60, 4, 2);
  for (Split& split : data.splits) {
    std::vector<float> targets(split.labels().begin(), split.labels().end());
    split.set("targets", h5::Array::of<float>(Shape{split.size(), 1}, std::span<const float>(targets)));
  }
  return data;
}

}  // namespace

TEST_CASE("labels beside one target: losses of targets count the targets, not the classes", "[task]") {
  const Dataset data = labels_and_target();
  for (const char* loss : {"mse", "bce"}) {
    TrainOptions o;
    o.loss = loss;
    o.epochs = 1;
    o.model = "dense:1";
    CHECK_NOTHROW(train_quietly(o, data));
    o.model = "dense:2";
    CHECK_THROWS_WITH(training_task(o, data), Contains("1 target per sample") && Contains("dense:1"));
  }
  TrainOptions o;
  o.model = "dense:2";
  CHECK(training_task(o, data).loss == "cross_entropy");
  o.loss = "bce";
  o.model = "dense:1";
  o.epochs = 20;
  o.rate = 0.05;
  const Model model = train_quietly(o, data);
  CHECK(model_task(model).outputs() == 1);
  CHECK(column(model.history, "val_accuracy").back() > 0.9);
}

TEST_CASE("the largest label there can be is out of range, not a class", "[task]") {
  Dataset data = blob_data();
  data.classes.clear();
  data.splits[0].labels()[0] = std::numeric_limits<int32_t>::max();
  TrainOptions o;
  o.model = "dense:3";
  CHECK_THROWS_AS(training_task(o, data), Error);
}
