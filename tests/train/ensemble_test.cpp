// SPDX-License-Identifier: MIT
#include "train/engine/ensemble.h"

#include <algorithm>
#include <cmath>

#include "catch.h"
#include "synthetic.h"

using namespace nn;

namespace {

Model trained(const Dataset& data, uint64_t seed, const std::string& layers = "dense:8 relu dense:3") {
  TrainOptions o;
  o.model = layers;
  o.epochs = 2;
  o.batch = 16;
  o.rate = 0.02;
  o.seed = seed;
  return train_quietly(o, data);
}

/// The same network with its classes the other way round.
Model turned(Model model) {
  std::reverse(model.classes.begin(), model.classes.end());
  for (NamedTensor& tensor : model.weights) {
    if (tensor.shape[0] != 3) continue;
    const size_t row = tensor.values.size() / 3;
    std::swap_ranges(tensor.values.begin(), tensor.values.begin() + static_cast<ptrdiff_t>(row),
                     tensor.values.end() - static_cast<ptrdiff_t>(row));
  }
  return model;
}

}  // namespace

TEST_CASE("several models answer with the mean of their probabilities") {
  const Dataset data = blob_data();
  const auto backend = make_backend("cpu", 2);
  const Model one = trained(data, 1), two = trained(data, 2), three = trained(data, 3, "dense:3");
  const Ensemble all({{"one", one, {}}, {"two", turned(two), {}}, {"three", three, {}}});
  const SharedData shared = all.align(data, "blobs", Log("test", -2));
  CHECK(all.name() == "ensemble of one, two, three");
  CHECK(all.names() == data.classes);

  const Predictions p = all.predict(shared, "test", {}, *backend, {.batch = 16});
  std::vector<double> mean(p.probability.size());
  for (const Model* model : {&one, &two, &three})
    for (size_t i = 0; const float v : predict(*model, data, "test", {}, *backend).probability) mean[i++] += v / 3.0;
  double loss = 0;
  int right = 0;
  REQUIRE(p.predicted.size() == 50);
  for (size_t row = 0; row < 50; ++row) {
    const auto mine = std::span(mean).subspan(3 * row, 3);
    for (size_t i = 0; i < 3; ++i) CHECK(double{p.probability[3 * row + i]} == Approx(mine[i]).margin(1e-6));
    CHECK(p.predicted[row] == std::max_element(mine.begin(), mine.end()) - mine.begin());
    const int32_t label = data.at("test").labels()[row];
    CHECK(p.labels[row] == label);
    loss -= std::log(mine[static_cast<size_t>(label)]) / 50;
    right += p.predicted[row] == label;
  }
  const Metrics m = all.evaluate(shared, "test", *backend);
  CHECK(m.n == 50);
  CHECK(m.loss == Approx(loss).epsilon(1e-6));
  CHECK(m.accuracy == right / 50.0);
  const Predictions rows = all.predict(shared, "test", std::vector<int64_t>{41, 3}, *backend);
  CHECK(rows.predicted == std::vector<int32_t>{p.predicted[41], p.predicted[3]});
}

TEST_CASE("one model is an ensemble with the same results") {
  const Dataset data = blob_data();
  const auto backend = make_backend("cpu", 1);
  const Model model = trained(data, 1);
  const Ensemble one({{"one", model, {}}});
  const SharedData shared = one.align(data, "blobs", Log("test", -2));
  CHECK(one.predict(shared, "test", {}, *backend).probability ==
        predict(model, data, "test", {}, *backend).probability);
  CHECK(one.evaluate(shared, "test", *backend).loss == evaluate(model, data, "test", *backend).loss);
}

TEST_CASE("models whose outputs stand for other things are not averaged") {
  const Dataset data = blob_data(), four = blob_data(150, 4, 4);
  const Model model = trained(data, 1);
  CHECK_THROWS_WITH(Ensemble({{"a.h5", model, {}}, {"b.h5", trained(four, 1, "dense:4"), {}}}),
                    Contains("a.h5 and b.h5 cannot be averaged") && Contains("3") && Contains("4"));
  CHECK_THROWS_WITH(Ensemble({{"a.h5", model, {}}, {"b.h5", trained(data, 2), {}}, {"c.h5", model, {}}}),
                    Contains("a.h5 and c.h5 are the same network"));
  Model renamed = model;
  renamed.classes[1] = "other";
  CHECK_THROWS_WITH(Ensemble({{"a.h5", model, {}}, {"b.h5", renamed, {}}}), Contains("c1") && Contains("b.h5"));
  Model numbers = model;
  numbers.loss = "mse", numbers.classes.clear();
  CHECK_THROWS_WITH(Ensemble({{"a.h5", model, {}}, {"b.h5", numbers, {}}}), Contains("logits") && Contains("numbers"));
}
