// SPDX-License-Identifier: MIT
// A two-layer net trained by loops written out here, independent of the library, against the trainer on ref.
#include <array>
#include <cmath>

#include "catch.h"
#include "synthetic.h"

using namespace nn;

namespace {

constexpr int width = 2, hidden = 3, classes = 2;

/// dense:3 tanh dense:2 with cross entropy, one gradient step of plain descent a batch.
struct HandNet {
  std::array<std::array<double, width>, hidden> w1{};
  std::array<double, hidden> b1{};
  std::array<std::array<double, hidden>, classes> w2{};
  std::array<double, classes> b2{};

  explicit HandNet(const Model& model) {
    for (int i = 0; i < hidden; ++i) {
      b1[i] = model.weights[1].values[i];
      for (int j = 0; j < width; ++j) w1[i][j] = model.weights[0].values[i * width + j];
    }
    for (int i = 0; i < classes; ++i) {
      b2[i] = model.weights[3].values[i];
      for (int j = 0; j < hidden; ++j) w2[i][j] = model.weights[2].values[i * hidden + j];
    }
  }

  void forward(const float* x, std::array<double, hidden>& h, std::array<double, classes>& p) const {
    double sum = 0;
    for (int i = 0; i < hidden; ++i) h[i] = std::tanh(w1[i][0] * x[0] + w1[i][1] * x[1] + b1[i]);
    for (int i = 0; i < classes; ++i) {
      double z = b2[i];
      for (int j = 0; j < hidden; ++j) z += w2[i][j] * h[j];
      sum += p[i] = std::exp(z);
    }
    for (double& v : p) v /= sum;
  }

  /// Returns the sum of the samples' losses before the update. scale: of the rate of the first layer.
  double step(const float* x, const int32_t* label, int n, double rate, double scale = 1) {
    HandNet g = *this;
    g.w1 = {}, g.b1 = {}, g.w2 = {}, g.b2 = {};
    double loss = 0;
    for (int s = 0; s < n; ++s) {
      std::array<double, hidden> h;
      std::array<double, classes> p;
      forward(x + s * width, h, p);
      loss -= std::log(p[label[s]]);
      std::array<double, hidden> dh{};
      for (int i = 0; i < classes; ++i) {
        const double dz = (p[i] - (i == label[s])) / n;
        g.b2[i] += dz;
        for (int j = 0; j < hidden; ++j) g.w2[i][j] += dz * h[j], dh[j] += dz * w2[i][j];
      }
      for (int j = 0; j < hidden; ++j) {
        const double dz = dh[j] * (1 - h[j] * h[j]);
        g.b1[j] += dz;
        for (int k = 0; k < width; ++k) g.w1[j][k] += dz * x[s * width + k];
      }
    }
    for (int i = 0; i < hidden; ++i) {
      b1[i] -= scale * rate * g.b1[i];
      for (int j = 0; j < width; ++j) w1[i][j] -= scale * rate * g.w1[i][j];
    }
    for (int i = 0; i < classes; ++i) {
      b2[i] -= rate * g.b2[i];
      for (int j = 0; j < hidden; ++j) w2[i][j] -= rate * g.w2[i][j];
    }
    return loss;
  }
};

TrainOptions hand_options() {
  TrainOptions o;
  o.model = "dense:3 tanh dense:2";
  o.optimizer = "sgd";
  o.rate = 0.3;
  o.batch = 2;
  o.shuffle = false;
  return o;
}

}  // namespace

TEST_CASE("layers of another learning rate move by it") {
  const Dataset data = blob_data(5, width, classes);
  TrainOptions o = hand_options();
  o.epochs = 0;
  HandNet hand(train_quietly(o, data));
  o.epochs = 2;
  o.rate_scales = {"dense*=0.5", "dense1=0.25", "dense2=1"};
  const Model model = train_quietly(o, data);
  const Split& train = data.at("train");
  for (int epoch = 0; epoch < 2; ++epoch)
    for (int first = 0; first < 5; first += 2)
      hand.step(train.x().as<float>().data() + first * width, train.labels().data() + first, std::min(2, 5 - first),
                0.3, 0.25);
  for (int i = 0; i < hidden; ++i)
    for (int j = 0; j < width; ++j)
      CHECK(model.weights[0].values[i * width + j] == Approx(hand.w1[i][j]).epsilon(1e-6));
  for (int i = 0; i < classes; ++i)
    for (int j = 0; j < hidden; ++j)
      CHECK(model.weights[2].values[i * hidden + j] == Approx(hand.w2[i][j]).epsilon(1e-6));
  for (const char* wrong : {"dense1", "=1", "dense1=x", "dense1=-1", "conv1=1"}) {
    o.rate_scales = {wrong};
    CHECK_THROWS_AS(train_quietly(o, data), Error);
  }
}

TEST_CASE("training equals loops written by hand, with a partial last batch") {
  const Dataset data = blob_data(5, width, classes);
  TrainOptions o = hand_options();
  o.loss_average = "samples";
  o.epochs = 0;
  HandNet hand(train_quietly(o, data));
  o.epochs = 3;
  const Model model = train_quietly(o, data);

  const Split& train = data.at("train");
  const float* x = train.x().as<float>().data();
  for (size_t epoch = 0; epoch < 3; ++epoch) {
    double loss = 0;
    for (int first = 0; first < 5; first += 2)
      loss += hand.step(x + first * width, train.labels().data() + first, std::min(2, 5 - first), 0.3);
    // Averaged over samples: the last batch of one sample weighs a fifth, not a third.
    CHECK(column(model.history, "loss")[epoch] == Approx(loss / 5).epsilon(1e-12));
  }
  for (int i = 0; i < hidden; ++i) {
    CHECK(model.weights[1].values[i] == Approx(hand.b1[i]).epsilon(1e-6));
    for (int j = 0; j < width; ++j)
      CHECK(model.weights[0].values[i * width + j] == Approx(hand.w1[i][j]).epsilon(1e-6));
  }
  for (int i = 0; i < classes; ++i)
    for (int j = 0; j < hidden; ++j)
      CHECK(model.weights[2].values[i * hidden + j] == Approx(hand.w2[i][j]).epsilon(1e-6));

  const Split& val = data.at("val");
  double loss = 0;
  for (int64_t s = 0; s < val.size(); ++s) {
    std::array<double, hidden> h;
    std::array<double, classes> p;
    hand.forward(val.x().as<float>().data() + s * width, h, p);
    loss -= std::log(p[val.labels()[s]]);
  }
  CHECK(column(model.history, "val_loss").back() == Approx(loss / static_cast<double>(val.size())).epsilon(1e-9));
}

TEST_CASE("the loss of an epoch is weighted by samples on cpu as on ref") {
  const Dataset data = blob_data(5, width, classes);
  TrainOptions o = hand_options();
  o.epochs = 2;
  const Model ref = train_quietly(o, data), cpu = train_quietly(o, data, "cpu");
  for (size_t e = 0; e < 2; ++e)
    CHECK(column(cpu.history, "loss")[e] == Approx(column(ref.history, "loss")[e]).epsilon(1e-5));
}
