// SPDX-License-Identifier: MIT
// How a run ends is said in one sentence, and a checkpoint that cannot be written takes nothing from it.
#include <filesystem>

#include "base/error.h"
#include "catch.h"
#include "folder.h"
#include "h5/reading/reader.h"
#include "synthetic.h"
#include "train/run/checkpoint.h"

using namespace nn;

namespace {

TrainOptions base() {
  TrainOptions o;
  o.model = "dense:3";
  o.batch = 50;
  o.epochs = 3;
  o.rate = 0.01;
  return o;
}

struct End {
  Outcome outcome;
  Model model;
};

End run(const TrainOptions& o, const std::function<void(int64_t steps)>& between = {},
        const std::function<Request()>& request = {}) {
  const auto backend = make_backend("ref", 1);
  End end;
  Progress progress;
  int64_t steps = 0;
  progress.step = [&](auto...) {
    if (between) between(++steps);
  };
  progress.request = request;
  progress.outcome = &end.outcome;
  end.model = train(o, blob_data(), *backend, Log("test", -2), progress);
  return end;
}

}  // namespace

TEST_CASE("a run says how many epochs it trained, and whose weights they are", "[outcome]") {
  TrainOptions o = base();
  CHECK(run(o).outcome.text == "trained all 3 epochs; weights of epoch 3");
  CHECK(run(o).model.weights_epoch == 3);
  o.epochs = 1;
  CHECK(run(o).outcome.text == "trained 1 epoch; weights of epoch 1");
  o.epochs = 0;
  CHECK(run(o).outcome.text == "no epoch was trained; initial weights");
  CHECK(run(o).model.weights_epoch == 0);
  o.epochs = 9;
  o.callbacks = {{"early-stop", "loss,mode=max,patience=2"}};
  CHECK(run(o).outcome.text == "stopped after epoch 3 of 9: loss has not improved for 2 epochs; weights of epoch 3");
  o.callbacks = {{"early-stop", "loss,mode=max,patience=2,restore-best"}};
  const End best = run(o);
  CHECK(best.outcome.text == "stopped after epoch 3 of 9: loss has not improved for 2 epochs; weights of epoch 1");
  CHECK(best.model.weights_epoch == 1);
  o.callbacks = {{"early-stop", "loss,patience=2,baseline=0"}};
  CHECK_THAT(run(o).outcome.text, !Contains("has not improved"));
  o.callbacks = {{"early-stop", "loss,mode=max,patience=1,baseline=1000"}};
  CHECK(run(o).outcome.text ==
        "stopped after epoch 2 of 9: loss was not better than the baseline 1000 in 2 epochs, and no longer improves; "
        "weights of epoch 2");
  const nn_test::Folder folder;
  CHECK(read_model(h5::Reader::open(folder.put("m.h5", write_model(best.model, {}, false)), "model")).weights_epoch ==
        1);
}

TEST_CASE("a checkpoint that cannot be written ends no training, and fails it only where it is required",
          "[outcome][checkpoint]") {
  for (const char* required : {"", ",required"}) {
    const nn_test::Folder folder;
    std::filesystem::create_directory(folder / "run");
    TrainOptions o = base();
    o.checkpoint = (folder / "run/ck.h5") + required;
    const End end = run(o, [&](int64_t steps) {
      if (steps == 4) std::filesystem::remove_all(folder / "run");
    });
    CHECK(end.model.weights_epoch == 3);
    CHECK(end.outcome.failure.empty() == !*required);
    if (*required)
      CHECK_THROWS_WITH(say_outcome(end.outcome, "m.h5", Log("test", -2)),
                        Contains("required") && Contains("run/ck.h5"));
  }
}

TEST_CASE("a folder that comes back gets the next checkpoint", "[checkpoint]") {
  const nn_test::Folder folder;
  std::filesystem::create_directory(folder / "run");
  TrainOptions o = base();
  o.checkpoint = (folder / "run/ck.h5") + ",required";
  const End end = run(o, [&](int64_t steps) {
    if (steps == 2) std::filesystem::remove_all(folder / "run");
    if (steps == 5) std::filesystem::create_directory(folder / "run");
  });
  CHECK(end.outcome.failure.empty());
  CHECK(read_checkpoint(h5::Reader::open(folder / "run/ck.h5", "model")).model.weights_epoch == 3);
}

TEST_CASE("a run that is asked to leave leaves when its checkpoint is written, not before", "[checkpoint]") {
  const nn_test::Folder folder;
  std::filesystem::create_directory(folder / "run");
  TrainOptions o = base();
  o.checkpoint = (folder / "run/ck.h5") + ",every=0";
  int64_t asked = 0;
  const auto once = [&] { return ++asked == 2 ? Request::requeue : Request::none; };
  const End end = run(
      o,
      [&](int64_t steps) {
        if (steps == 1) std::filesystem::remove_all(folder / "run");
      },
      once);
  CHECK(end.model.weights_epoch == 3);  // nowhere to leave its state: it goes on to the end
}

TEST_CASE("keep= replaces and removes only what this run wrote", "[checkpoint]") {
  const nn_test::Folder folder;
  TrainOptions o = base();
  o.checkpoint = (folder / "ck.h5") + ",keep=2";
  const std::string other = folder.put("ck.1.h5", "something else");
  CHECK_THROWS_WITH(run(o), Contains("ck.1.h5") && Contains("no checkpoint of this run"));
  CHECK(std::filesystem::file_size(other) == 14);
  std::filesystem::remove(other);
  CHECK_NOTHROW(run(o));
  CHECK_NOTHROW(run(o));  // the same run again: its own
  o.rate = 0.02;
  CHECK_THROWS_WITH(run(o), Contains("ck.1.h5"));
  // One that appears while it runs stays as well; the run goes on without keeping.
  const nn_test::Folder later;
  o.checkpoint = (later / "ck.h5") + ",keep=2";
  std::string appeared;
  CHECK_NOTHROW(run(o, [&](int64_t steps) {
    if (steps == 2) appeared = later.put("ck.1.h5", "another run's");
  }));
  CHECK(std::filesystem::file_size(appeared) == 13);
}
