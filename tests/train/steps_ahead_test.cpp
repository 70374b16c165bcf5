// SPDX-License-Identifier: MIT
// A training whose plan takes several steps in one call is the training that takes them one by one: weights, history,
// checkpoints, messages. And it takes several only where nobody looks in between.
#include <filesystem>
#include <functional>
#include <numeric>

#include "backend/ref/backend.h"
#include "base/error.h"
#include "catch.h"
#include "folder.h"
#include "synthetic.h"
#include "train/run/checkpoint.h"

using namespace nn;

namespace {

constexpr int64_t at_once = 7;

struct Change {
  std::string name;
  std::function<void(TrainOptions&)> make;
};

struct Ended {
  Model model;
  std::vector<int64_t> looks;  ///< batches of the epoch that were done whenever the run looked
};

Ended run(const TrainOptions& options, const Dataset& data, int64_t steps, int64_t stop_at_look = 0,
          const Checkpoint* from = nullptr) {
  const auto backend = ref::make_backend({}, {.steps_at_once = steps});
  Ended ended;
  Progress progress;
  progress.step = [&](int64_t, int64_t, int64_t in_epoch, int64_t, double, double, double) {
    ended.looks.push_back(in_epoch);
  };
  bool asked = false;
  progress.request = [&] {
    if (asked || static_cast<int64_t>(ended.looks.size()) != stop_at_look) return Request::none;
    asked = true;
    return Request::requeue;
  };
  ended.model = train(options, data, *backend, Log("test", -2), progress, from);
  return ended;
}

TrainOptions dropout_run() {
  TrainOptions o;
  o.model = "dropout:0.1 dense:8 relu dropout:0.3 dense:3";
  o.like = "keras";  // masks that can be described
  o.batch = 8;
  o.epochs = 2;
  o.rate = 0.01;
  o.seed = 3;
  o.history_every = 3;
  return o;
}

void check_same(const Ended& a, const Ended& b) {
  CHECK(same_weights(a.model, b.model));
  for (const char* name : {"loss", "accuracy", "val_loss", "learning_rate"})
    CHECK(column(a.model.history, name) == column(b.model.history, name));
  REQUIRE(a.model.steps.size() == b.model.steps.size());
  for (size_t i = 0; i < a.model.steps.size(); ++i) CHECK(a.model.steps[i].second == b.model.steps[i].second);
}

}  // namespace

TEST_CASE("a training in calls of seven steps is the training step by step") {
  const Dataset data = blob_data(150);  // 18 full batches and one of 6
  const std::vector<Change> changes{
      {"as it is", [](TrainOptions&) {}},
      {"a rate and a momentum that change with every step",
       [](TrainOptions& run) { run.optimizer = "sgd,momentum=0.9", run.schedule = "onecycle"; }},
      {"constants that count the steps", [](TrainOptions& run) { run.optimizer = "adam"; }},
  };
  for (const Change& change : changes) {
    INFO(change.name);
    TrainOptions o = dropout_run();
    change.make(o);
    const Ended one = run(o, data, 1), seven = run(o, data, at_once);
    check_same(one, seven);
    CHECK(one.looks.size() == 38);
    CHECK(seven.looks == std::vector<int64_t>{7, 14, 18, 19, 7, 14, 18, 19});
    CHECK(column(seven.model.steps, "step").size() == 12);
  }
}

TEST_CASE("checkpoints are made at their steps, and a run goes on from them in either way") {
  Dataset data = blob_data(150);
  data.digest = std::string(64, 'd');
  const nn_test::Folder folder;
  TrainOptions o = dropout_run();
  o.checkpoint = folder / "ck.h5" + ",steps=5";
  const Ended one = run(o, data, 1), seven = run(o, data, at_once);
  check_same(one, seven);
  CHECK(seven.looks == std::vector<int64_t>{5, 10, 15, 18, 19, 1, 6, 11, 16, 18, 19});
  for (const int64_t after : {2, 4, 8}) {
    INFO("stopped at look " << after);
    CHECK_THROWS_WITH(run(o, data, at_once, after), Contains("continue with --resume"));
    const Checkpoint left = read_checkpoint(h5::Reader::open(folder / "ck.h5", "model"));
    check_same(one, run(o, data, at_once, 0, &left));
    check_same(one, run(o, data, 1, 0, &left));
  }
}

TEST_CASE("steps are taken one at a time where something looks between them") {
  const Dataset data = blob_data(152);  // 19 full batches
  const nn_test::Folder folder;
  const std::vector<int64_t> all_at_once{7, 14, 19};
  std::vector<int64_t> single(19);
  std::iota(single.begin(), single.end(), int64_t{1});
  const std::string logs = folder / "logs";
  const std::vector<std::pair<Change, std::vector<int64_t>>> changes{
      {{"nothing looks", [](TrainOptions&) {}}, all_at_once},
      {{"gradients of the last batch are kept",
        [&](TrainOptions& o) {
          o.callbacks.push_back({"tensorboard", logs + ",histograms=1"});
        }},
       {7, 14, 18, 19}},
      {{"a norm is tracked", [](TrainOptions& o) { o.track = {"gradient-norm"}; }}, single},
      {{"weights are averaged", [](TrainOptions& o) { o.ema = 0.9; }}, single},
      {{"gradients are summed", [](TrainOptions& o) { o.accumulate = 2; }}, single},
      {{"torch's masks come from a generator with a state", [](TrainOptions& o) { o.like = "pytorch"; }}, single},
      {{"torch without dropout", [](TrainOptions& o) { o.like = "pytorch", o.model = "dense:3"; }}, all_at_once},
      {{"the steps are timed", [](TrainOptions& o) { o.profile = true; }}, single},
  };
  for (const auto& [change, looks] : changes) {
    INFO(change.name);
    TrainOptions o = dropout_run();
    o.epochs = 1;
    change.make(o);
    const Ended seven = run(o, data, at_once);
    CHECK(seven.looks == looks);
    std::filesystem::remove_all(logs);
    check_same(run(o, data, 1), seven);
    std::filesystem::remove_all(logs);
  }
}

TEST_CASE("a loss that is not a number is found in its step") {
  const Dataset data = blob_data(150);
  TrainOptions o = dropout_run();
  o.optimizer = "sgd";
  o.rate = 1e200;
  std::vector<std::string> messages;
  for (const int64_t steps : {int64_t{1}, at_once}) {
    try {
      run(o, data, steps);
    } catch (const ConditionError& e) {
      messages.emplace_back(e.what());
    }
  }
  REQUIRE(messages.size() == 2);
  CHECK(messages[0] == messages[1]);
  CHECK(messages[0].find("step 1 of") == std::string::npos);
}
