// SPDX-License-Identifier: MIT
#include <cmath>

#include "catch.h"
#include "random/torch.h"
#include "synthetic.h"
#include "train/engine/fine_tune.h"
#include "train/engine/task.h"

using namespace nn;

namespace {

TrainOptions mlp() {
  TrainOptions o;
  o.model = "dense:16 relu dropout:0.2 dense:3";
  o.epochs = 4;
  o.batch = 16;
  o.rate = 0.01;
  return o;
}

TrainOptions convnet() {
  TrainOptions o;
  o.model = "conv:4,3,same bn relu maxpool:2 flatten dropout:0.3 dense:3";
  o.epochs = 3;
  o.batch = 20;
  o.rate = 0.01;
  return o;
}

}  // namespace

TEST_CASE("training lowers the loss and learns") {
  for (const char* device : {"ref", "cpu"}) {
    INFO(device);
    const Model model = train_quietly(mlp(), blob_data(), device);
    const auto& loss = column(model.history, "loss");
    REQUIRE(loss.size() == 4);
    CHECK(loss.back() < 0.5 * loss.front());
    CHECK(column(model.history, "val_accuracy").back() > 0.95);
    CHECK(column(model.history, "epoch") == std::vector<double>{1, 2, 3, 4});
    const Model images = train_quietly(convnet(), bar_images(), device);
    CHECK(column(images.history, "loss").back() < column(images.history, "loss").front());
    CHECK(column(images.history, "accuracy").back() > 0.8);
  }
}

TEST_CASE("a step of a convnet goes down the slope that differences of its loss show") {
  const Dataset data = bar_images(32);
  TrainOptions o = convnet();
  o.optimizer = "sgd";
  o.batch = 32;
  o.epochs = 0;
  o.shuffle = false;
  const StartModel start = train_quietly(o, data);
  o.epochs = 1;
  // The first step's loss, of batch statistics and the seed's dropout mask; with a rate of 0 the weights stay.
  const auto loss_of = [&](const StartModel& from) {
    TrainOptions still = o;
    still.init_from = &from;
    still.rate = 0.0;
    return column(train_quietly(still, data).history, "loss")[0];
  };
  o.init_from = &start;
  o.rate = 0.5;
  const Model ref = train_quietly(o, data), cpu = train_quietly(o, data, "cpu");
  size_t steep = 0;
  for (size_t t = 0; t < start.weights.size(); ++t) {
    if (start.weights[t].path.find("running") != std::string::npos) continue;
    const size_t every = start.weights[t].values.size() > 64 ? 7 : 1;
    for (size_t i = 0; i < start.weights[t].values.size(); i += every) {
      Model up = start, down = start;
      up.weights[t].values[i] += 1e-5F;
      down.weights[t].values[i] -= 1e-5F;
      const double width = double{up.weights[t].values[i]} - double{down.weights[t].values[i]};
      const double slope = (loss_of(up) - loss_of(down)) / width;
      steep += std::fabs(slope) > 1e-2;
      for (const Model* stepped : {&ref, &cpu}) {
        INFO(start.weights[t].path << '[' << i << "] on " << (stepped == &ref ? "ref" : "cpu"));
        CHECK((double{start.weights[t].values[i]} - double{stepped->weights[t].values[i]}) / 0.5 ==
              Approx(slope).epsilon(2e-3).margin(2e-4));
      }
    }
  }
  CHECK(steep > 20);
}

TEST_CASE("--exact is refused where it changes nothing, but of a run that is resumed") {
  TrainOptions o;
  o.model = "dense:3";
  o.epochs = 1;
  o.exact = true;
  CHECK_THROWS_WITH(train_quietly(o, blob_data(), "ref"), Contains("--exact has no effect on --device ref"));
  CHECK_NOTHROW(train_quietly(o, blob_data(), "cpu"));
  o.goes_on = true;
  CHECK_NOTHROW(train_quietly(o, blob_data(), "ref"));
}

TEST_CASE("columns are those that were measured") {
  const auto names = [](const Model& m) {
    std::vector<std::string> out;
    for (const auto& [name, values] : m.history) out.push_back(name);
    return out;
  };
  TrainOptions o = mlp();
  o.epochs = 1;
  CHECK(names(train_quietly(o, blob_data())) ==
        std::vector<std::string>{"epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"});
  o.validation = "none";
  CHECK(names(train_quietly(o, blob_data())) ==
        std::vector<std::string>{"epoch", "loss", "accuracy", "learning_rate", "seconds"});
}

TEST_CASE("any number of threads and a second run give the same bits") {
  for (const auto& [options, data] : {std::pair(mlp(), blob_data()), std::pair(convnet(), bar_images())}) {
    const Model one = train_quietly(options, data, "cpu", 1);
    CHECK(same_weights(one, train_quietly(options, data, "cpu", 1)));
    for (int threads = 2; threads <= 4; ++threads) {
      INFO(threads);
      const Model other = train_quietly(options, data, "cpu", threads);
      CHECK(same_weights(one, other));
      CHECK(column(one.history, "loss") == column(other.history, "loss"));
    }
  }
}

TEST_CASE("the seed decides, each use of it by itself") {
  TrainOptions o = mlp();
  const Model zero = train_quietly(o, blob_data());
  o.seed = 1;
  CHECK_FALSE(same_weights(zero, train_quietly(o, blob_data())));
  o.seed = 0;
  o.shuffle = false;
  CHECK_FALSE(same_weights(zero, train_quietly(o, blob_data())));
}

TEST_CASE("no epochs: the initialised model") {
  TrainOptions o = mlp();
  o.epochs = 0;
  const Dataset data = blob_data();
  const Model model = train_quietly(o, data);
  CHECK(model.history.empty());
  const Task task = training_task(o, data);
  const auto backend = make_backend("ref", 1);
  const auto memory = backend->allocate(task.graph, 0);
  TorchGenerator init(0);
  initialise(*memory, init);
  Model expected;
  expected.weights = weights_of(*memory);
  CHECK(same_weights(model, expected));
}

TEST_CASE("the learning rate follows the schedule") {
  TrainOptions o = mlp();
  o.schedule = "step,size=2,factor=0.1";
  const Model model = train_quietly(o, blob_data());
  const auto& rate = column(model.history, "learning_rate");
  CHECK(rate[1] == Approx(0.01));
  CHECK(rate[2] == Approx(0.001));
}

TEST_CASE("a loss that is not a number ends the run") {
  TrainOptions o = mlp();
  o.optimizer = "sgd";
  o.model = "dense:16 dense:16 dense:3";
  o.rate = 1e30;
  try {
    train_quietly(o, blob_data());
    FAIL("no error");
  } catch (const Error& e) {
    CHECK(e.status() == Exit::condition);
    CHECK_THAT(e.what(), Contains("diverged"));
  }
}

TEST_CASE("weights that an epoch's last update left without a value end the run as well") {
  TrainOptions o = mlp();
  o.optimizer = "sgd";
  o.batch = 1 << 20;  // all samples: no second loss tells
  o.epochs = 1;
  o.rate = 1e39;
  CHECK_THROWS_WITH(train_quietly(o, blob_data(), "cpu"),
                    Contains("diverged") && Contains("weight") && Contains("epoch 1"));
  o.terminate_on_nan = false;
  CHECK_NOTHROW(train_quietly(o, blob_data(), "cpu"));
}

TEST_CASE("a softmax before cross entropy is refused with a hint") {
  TrainOptions o = mlp();
  o.model = "dense:4 relu\ndense:3 softmax";
  CHECK_THROWS_WITH(train_quietly(o, blob_data()), Contains("line 2") && Contains("column 9") && Contains("remove"));
}

TEST_CASE("layers that do not fit the classes name the place") {
  TrainOptions o = mlp();
  o.model = "dense:4 relu dense:7";
  CHECK_THROWS_WITH(train_quietly(o, blob_data()), Contains("dense:7") && Contains("column 14"));
}

TEST_CASE("targets without labels are learned by mse") {
  Dataset data = blob_data(60, 3, 3);
  for (Split& split : data.splits) {
    std::vector<float> targets;
    const auto x = std::as_const(split.x()).as<float>();
    for (size_t i = 0; i < x.size(); i += 3) targets.push_back(x[i] + 2 * x[i + 1]);
    split.remove("labels");
    split.set("targets", h5::Array::of<float>(Shape{split.size(), 1}, targets));
  }
  data.classes.clear();
  TrainOptions o = mlp();
  o.model = "dense:1";
  o.rate = 0.1;
  o.epochs = 30;
  const Model model = train_quietly(o, data);
  CHECK(model.loss == "mse");
  CHECK(column(model.history, "loss").back() < 0.01);
  CHECK(column(model.history, "val_loss").back() < 0.01);
  for (const auto& [name, values] : model.history) CHECK(name != "accuracy");
}

TEST_CASE("class weights: the loss is the weighted mean") {
  Dataset data = blob_data(40, 2, 2);
  TrainOptions o;
  o.model = "dense:2";
  o.optimizer = "sgd";
  o.rate = 0.0;  // the weights stay, so the loss can be computed afterwards
  o.epochs = 1;
  o.batch = 40;
  o.shuffle = false;
  o.class_weight = "1,3";
  const Model model = train_quietly(o, data);
  const Split& split = data.at("train");
  const auto x = std::as_const(split.x()).as<float>();
  double sum = 0, weights = 0;
  for (size_t i = 0; i < split.labels().size(); ++i) {
    double z[2];
    for (size_t c = 0; c < 2; ++c)
      z[c] = double{model.weights[0].values[2 * c]} * x[2 * i] +
             double{model.weights[0].values[2 * c + 1]} * x[2 * i + 1] + model.weights[1].values[c];
    const double w = split.labels()[i] ? 3 : 1;
    sum += w * (std::log(std::exp(z[0]) + std::exp(z[1])) - z[split.labels()[i]]);
    weights += w;
  }
  CHECK(column(model.history, "loss")[0] == Approx(sum / weights).epsilon(1e-9));
  o.class_weight = "1,2,3";
  CHECK_THROWS_AS(train_quietly(o, data), UsageError);
  o.class_weight = "balanced";
  CHECK_NOTHROW(train_quietly(o, data));
}

TEST_CASE("options out of range") {
  const auto refused = [](auto change) {
    TrainOptions o = mlp();
    change(o);
    CHECK_THROWS_AS(train_quietly(o, blob_data()), UsageError);
  };
  refused([](TrainOptions& o) { o.epochs = -1; });
  refused([](TrainOptions& o) { o.batch = 0; });
  refused([](TrainOptions& o) { o.rate = -1.0; });
  refused([](TrainOptions& o) { o.clip_norm = 0.0; });
  refused([](TrainOptions& o) { o.label_smoothing = 1; });
  refused([](TrainOptions& o) { o.class_weight = "a"; });
  refused([](TrainOptions& o) { o.optimizer = "adm"; });
  refused([](TrainOptions& o) { o.init = "he_norml"; });
  refused([](TrainOptions& o) { o.validation = "train"; });
  TrainOptions o = mlp();
  o.validation = "other";
  CHECK_THROWS_WITH(train_quietly(o, blob_data()), Contains("other"));
}

TEST_CASE("clipping bounds the step") {
  TrainOptions o;
  o.model = "dense:3";
  o.optimizer = "sgd";
  o.rate = 1.0;
  o.batch = 150;
  o.shuffle = false;
  o.epochs = 0;
  const Model start = train_quietly(o, blob_data());
  o.epochs = 1;
  o.clip_norm = 0.001;
  const Model end = train_quietly(o, blob_data());
  double moved = 0;
  for (size_t t = 0; t < start.weights.size(); ++t)
    for (size_t i = 0; i < start.weights[t].values.size(); ++i)
      moved += std::pow(double{end.weights[t].values[i]} - double{start.weights[t].values[i]}, 2);
  CHECK(std::sqrt(moved) == Approx(0.001).epsilon(1e-3));
}

TEST_CASE("--test keeps the metrics of the test split, and a dry run measures") {
  TrainOptions o = mlp();
  o.test = true;
  const Dataset data = blob_data();
  const Model model = train_quietly(o, data, "cpu");
  CHECK(column(model.test_metrics, "n")[0] == 50);
  CHECK(column(model.test_metrics, "accuracy")[0] > 0.9);
  const auto backend = make_backend("cpu", 1);
  const TrainPlan plan = dry_run(o, data, *backend, Log("test", -2));
  CHECK(plan.seconds_per_epoch > 0);
  CHECK(plan.bytes > data.splits[0].x().bytes.size());
  CHECK_THAT(plan.summary, Contains("dense:16"));
}
