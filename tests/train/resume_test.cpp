// SPDX-License-Identifier: MIT
// A run that is stopped and goes on ends with the bits of one that was never stopped: every optimizer, schedule and
// callback, at every kind of place. And each field of the state is needed: with a fresh run's value in its place the
// end is another.
#include <filesystem>
#include <map>
#include <set>

#include "base/error.h"
#include "catch.h"
#include "folder.h"
#include "h5/reading/reader.h"
#include "optim/optimizer.h"
#include "schedules/schedule.h"
#include "synthetic.h"
#include "train/callbacks/callback.h"
#include "train/run/checkpoint.h"

using namespace nn;

namespace {

constexpr int64_t steps_per_epoch = 5;

struct Case {
  std::string name;
  std::function<void(TrainOptions&, const nn_test::Folder&)> set;
  bool images = false;
};

const Dataset& data_of(const Case& c) {
  static const Dataset points = [] {
    Dataset d = blob_data(150);
    d.digest = std::string(64, 'p');
    return d;
  }();
  static const Dataset images = [] {
    Dataset d = bar_images(150);
    d.prep.recipe = "scale 0:1\naugment shift=1";
    d.digest = std::string(64, 'i');
    return d;
  }();
  return c.images ? images : points;
}

TrainOptions options_of(const Case& c, const nn_test::Folder& folder) {
  TrainOptions o;
  o.model =
      c.images ? "conv:3,3,same bn relu maxpool:2 flatten dropout:0.3 dense:3" : "dense:8 bn relu dropout:0.3 dense:3";
  o.batch = 32;  // 5 batches, the last one shorter
  o.epochs = 4;
  o.rate = 0.01;
  o.seed = 3;
  c.set(o, folder);
  return o;
}

/// What a run leaves: digests of its model and of all other files but checkpoints, and how many checkpoints.
using Result = std::map<std::string, std::string>;

std::string digest_of(const nn_test::Folder& folder, const Model& model) {
  return h5::Reader::open(folder.put("model.h5", write_model(model, {}, false)), "model").digest();
}

Result result_of(const nn_test::Folder& folder, const Model& model) {
  Result result{{"model", digest_of(folder, model)}};
  int64_t checkpoints = 0;
  for (const std::string& name : folder.names()) {
    if (name.starts_with("ck"))
      ++checkpoints;
    else if (name.ends_with(".h5") && name != "model.h5")
      result[name] = h5::Reader::open(folder / name, "model").digest();
  }
  result["checkpoints"] = std::to_string(checkpoints);
  return result;
}

struct Ended {
  bool finished = false;
  Model model;
};

/// Runs until it ends, or until `stop_after` batches of this process are done; then ck.h5 is there.
Ended run(const TrainOptions& options, const Dataset& data, int64_t stop_after, const Checkpoint* from,
          const std::string& device, int threads) {
  const auto backend = make_backend(device, threads);
  Progress progress;
  int64_t asked = 0;
  progress.request = [&] { return ++asked == stop_after ? Request::requeue : Request::none; };
  try {
    return {true, train(options, data, *backend, Log("test", -2), progress, from)};
  } catch (const Error& e) {
    if (e.status() != Exit::again) throw;
    return {};
  }
}

Checkpoint checkpoint_in(const nn_test::Folder& folder) {
  return read_checkpoint(h5::Reader::open(folder / "ck.h5", "model"));
}

Result unbroken(const Case& c, const std::string& device = "ref", int threads = 1) {
  const nn_test::Folder folder;
  TrainOptions options = options_of(c, folder);
  if (options.checkpoint.empty()) options.checkpoint = (folder / "ck.h5") + ",every=0";
  const Ended end = run(options, data_of(c), -1, nullptr, device, threads);
  return result_of(folder, end.model);
}

/// Stopped after the given numbers of batches, one process after the other; each with another number of threads.
Result broken(const Case& c, const std::vector<int64_t>& stops, const std::string& device = "ref",
              std::vector<int> threads = {1}) {
  const nn_test::Folder folder;
  TrainOptions options = options_of(c, folder);
  if (options.checkpoint.empty()) options.checkpoint = (folder / "ck.h5") + ",every=0";
  std::optional<Checkpoint> from;
  for (size_t i = 0;; ++i) {
    const Ended end = run(options, data_of(c), i < stops.size() ? stops[i] : -1, from ? &*from : nullptr, device,
                          threads[i % threads.size()]);
    if (end.finished) return result_of(folder, end.model);
    from = checkpoint_in(folder);
  }
}

Case with(const std::string& name, std::function<void(TrainOptions&)> set, bool images = false) {
  return {name, [set](TrainOptions& o, const nn_test::Folder&) { set(o); }, images};
}

std::vector<Case> optimizer_cases() {
  std::vector<Case> cases;
  for (const OptimizerType* type : optimizer_types()) {
    std::vector<std::string> texts{type->name};
    const auto made = type->make();
    OptionSet set;
    made->options(set);
    for (const Option& o : set.all()) {  // momentum, nesterov, amsgrad, centered: they have slots of their own
      if (o.name == "momentum") texts.push_back(texts[0] + ",momentum=0.9");
      if (o.name == "amsgrad" || o.name == "centered") texts.push_back(texts[0] + "," + o.name);
    }
    for (const std::string& text : texts)
      cases.push_back(with("--optimizer " + text, [text](TrainOptions& o) { o.optimizer = text; }));
  }
  return cases;
}

std::vector<Case> schedule_cases() {
  std::vector<Case> cases;
  for (const ScheduleType* type : schedule_types()) {
    const std::string text = type->example ? type->example : type->name;
    cases.push_back(with("--schedule " + text, [text](TrainOptions& o) { o.schedule = text + ",warmup=1"; }));
  }
  return cases;
}

void callback(TrainOptions& o, const std::string& name, const std::string& value) {
  o.callbacks.emplace_back(name, value);
}

/// A value for each callback of the table, such that it acts within four epochs.
std::vector<Case> callback_cases() {
  using Folder = nn_test::Folder;
  std::vector<Case> cases;
  for (const CallbackType* type : callback_types()) {
    const std::string name = type->name;
    const auto add = [&](std::function<std::string(const Folder&)> value, double rate = 0.01) {
      cases.push_back({"--" + name, [=](TrainOptions& o, const Folder& f) {
                         o.rate = rate;
                         o.epochs = 6;
                         callback(o, name, value(f));
                       }});
    };
    // mode=max on a loss: the first epoch stays the best, so that the counters count.
    if (name == "early-stop") {
      add([](const Folder&) { return "accuracy,patience=2,restore-best"; }, 0.3);
      add([](const Folder&) { return "val_loss,mode=max,patience=4,restore-best"; });
    } else if (name == "reduce-lr") {
      add([](const Folder&) { return "loss,patience=0,factor=0.5,min-delta=0.3,cooldown=1"; });
      for (const char* like : {"pytorch", "keras"})
        cases.push_back(with(std::string("--reduce-lr --like ") + like, [like](TrainOptions& o) {
          o.epochs = 6;
          o.like = like;
          callback(o, "reduce-lr", "val_loss,mode=max,patience=1,factor=0.5,cooldown=1");
        }));
    } else if (name == "save-best") {
      add([](const Folder& f) { return (f / "best.h5") + ",val_loss"; }, 0.3);
      add([](const Folder& f) { return (f / "best.h5") + ",val_loss,mode=max"; });
    } else if (name == "log") {
      add([](const Folder& f) { return f / "log.tsv"; });
    } else if (name == "tensorboard") {
      add([](const Folder& f) { return f / "events"; });
    } else {
      FAIL("no value for --" << name << ": a new callback needs one here");
    }
  }
  return cases;
}

std::vector<Case> engine_cases() {
  return {with("nothing more", [](TrainOptions&) {}),
          with("--ema", [](TrainOptions& o) { o.ema = 0.8; }),
          with("--accumulate", [](TrainOptions& o) { o.accumulate = 2; }),
          with("--accumulate --ema --clip-norm nadam",
               [](TrainOptions& o) { o.accumulate = 3, o.ema = 0.9, o.clip_norm = 0.5, o.optimizer = "nadam"; }),
          with("--track --history-every",
               [](TrainOptions& o) {
                 o.track = {"gradient-norm", "update-ratio"}, o.history_every = 3;
               }),
          with("--accumulate --schedule --history-every",
               [](TrainOptions& o) { o.accumulate = 3, o.schedule = "linear,epochs=3", o.history_every = 1; }),
          with("--no-shuffle --test", [](TrainOptions& o) { o.shuffle = false, o.test = true; }),
          with("--like keras --reshuffle", [](TrainOptions& o) { o.like = "keras", o.reshuffle = true; }),
          with(
              "images, augmented", [](TrainOptions& o) { o.validation = "test"; }, true),
          {"--checkpoint best", [](TrainOptions& o, const nn_test::Folder& f) {
             o.rate = 0.5, o.epochs = 12, o.checkpoint = (f / "ck.h5") + ",every=best,keep=9";
           }}};
}

std::vector<Case> all_cases() {
  std::vector<Case> cases = engine_cases();
  for (const auto& more : {optimizer_cases(), schedule_cases(), callback_cases()})
    cases.insert(cases.end(), more.begin(), more.end());
  return cases;
}

}  // namespace

TEST_CASE("stopped anywhere and continued, every optimizer, schedule and callback ends with the same bits",
          "[resume]") {
  Philox places(11, "stops");
  for (const Case& c : all_cases()) {
    INFO(c.name);
    const Result whole = unbroken(c);
    // Inside the first epoch, at its end, and somewhere, twice.
    const auto somewhere = static_cast<int64_t>(1 + places.below(2 * steps_per_epoch));
    for (const std::vector<int64_t>& stops : {std::vector<int64_t>{2}, {steps_per_epoch}, {somewhere, 3}}) {
      INFO("stopped after " << stops[0]);
      Result result = broken(c, stops);
      if (c.name == "--checkpoint best") result["checkpoints"] = whole.at("checkpoints");  // stopping makes one more
      CHECK(result == whole);
    }
  }
}

TEST_CASE("one, two and four threads may take turns", "[resume]") {
  for (const Case& c : engine_cases()) {
    if (c.name != "--accumulate --ema --clip-norm nadam" && !c.images) continue;
    INFO(c.name);
    const Result whole = unbroken(c, "cpu", 2);
    CHECK(broken(c, {2, 4, 5}, "cpu", {1, 2, 4}) == whole);
    CHECK(broken(c, {1, 1, 1, 1, 1, 1, 1}, "cpu", {4, 1, 2}) == whole);
  }
}

TEST_CASE("four epochs and a resume to ten are ten epochs", "[resume]") {
  const Case ten = with("ten", [](TrainOptions& o) { o.epochs = 10; });
  const nn_test::Folder folder;
  TrainOptions options = options_of(ten, folder);
  options.checkpoint = folder / "ck.h5";
  options.epochs = 4;
  REQUIRE(run(options, data_of(ten), -1, nullptr, "ref", 1).finished);
  const Checkpoint four = checkpoint_in(folder);
  options.epochs = 10;
  const Ended end = run(options, data_of(ten), -1, &four, "ref", 1);
  CHECK(digest_of(folder, end.model) == unbroken(ten).at("model"));
}

TEST_CASE("a checkpoint of a finished run goes to its end at once", "[resume]") {
  const Case c = callback_cases()[0];  // early-stop, restoring the best weights
  const nn_test::Folder folder;
  TrainOptions options = options_of(c, folder);
  options.checkpoint = folder / "ck.h5";
  const Ended first = run(options, data_of(c), -1, nullptr, "ref", 1);
  const Checkpoint finished = checkpoint_in(folder);
  const auto backend = make_backend("ref", 1);
  Progress progress;
  int64_t steps = 0;
  progress.step = [&](auto...) { ++steps; };
  const Model again = train(options, data_of(c), *backend, Log("test", -2), progress, &finished);
  CHECK(steps == 0);
  CHECK(digest_of(folder, again) == digest_of(folder, first.model));
}

namespace {

/// "optimizer/m/dense1/weight" and its like by what they are: one parameter shows it for all.
std::string kind_of(const std::string& field) {
  for (const char* group : {"weights/", "running/", "sum/"})
    if (field.starts_with(group)) return group;
  if (field.starts_with("optimizer/") && field != "optimizer/scalars") return field.substr(0, field.find('/', 10));
  return field;
}

/// Fields that a fresh value does no harm to, and why.
const std::map<std::string, std::string> exempt{
    {"seconds", "wall-clock time of the epoch so far: history/seconds is not in the digest"},
    {"random/sine", "normals are drawn for initial weights only"},
    {"random/has_sine", "the same"},
};

}  // namespace

TEST_CASE("a field of the state that is left out is missed", "[resume]") {
  std::set<std::string> seen, missed;
  for (const Case& c : all_cases()) {
    const nn_test::Folder folder, fresh_folder;
    TrainOptions options = options_of(c, folder), fresh_options = options_of(c, fresh_folder);
    const bool own_checkpoint = !options.checkpoint.empty();
    if (!own_checkpoint) options.checkpoint = (folder / "ck.h5") + ",every=0";
    fresh_options.checkpoint = fresh_folder / "ck.h5";
    if (own_checkpoint) fresh_options.checkpoint += ",every=best";
    fresh_options.epochs = 0;
    REQUIRE(run(fresh_options, data_of(c), -1, nullptr, "ref", 1).finished);
    const auto fresh = checkpoint_in(fresh_folder).state;
    // In an epoch, at the end of one, and (-1) when all is done, by a callback perhaps.
    for (const int64_t stop :
         {int64_t{1}, int64_t{7}, int64_t{10}, int64_t{14}, int64_t{15}, int64_t{20}, int64_t{-1}}) {
      // A folder each, since callbacks write files; the checkpoint is made once.
      const nn_test::Folder stopped;
      TrainOptions to_stop = options_of(c, stopped);
      if (own_checkpoint)
        to_stop.checkpoint = (stopped / "ck.h5") + ",every=best,keep=9";
      else
        to_stop.checkpoint = (stopped / "ck.h5") + ",every=0";
      if (run(to_stop, data_of(c), stop, nullptr, "ref", 1).finished && stop > 0) continue;
      const Checkpoint good = checkpoint_in(stopped);
      const auto go_on = [&](const Checkpoint& from) -> Result {
        const nn_test::Folder copy;
        std::filesystem::copy(stopped.path(), copy.path(), std::filesystem::copy_options::recursive);
        TrainOptions here = options_of(c, copy);
        here.checkpoint = (copy / "ck.h5") + (own_checkpoint ? ",every=best,keep=9" : ",every=0");
        try {
          return result_of(copy, run(here, data_of(c), -1, &from, "ref", 1).model);
        } catch (const Error& e) {
          return {{"refused", e.what()}};
        }
      };
      const Result whole = go_on(good);
      REQUIRE(whole.count("model") == 1);
      for (const auto& [field, values] : good.state) {
        const std::string kind = kind_of(field);
        seen.insert(kind);
        if (missed.count(kind) || !fresh.count(field) || fresh.at(field) == values) continue;
        Checkpoint bad = good;
        bad.state[field] = fresh.at(field);
        if (go_on(bad) != whole) missed.insert(kind);
      }
    }
  }
  for (const std::string& kind : seen) {
    INFO(kind);
    CHECK(missed.count(kind) + exempt.count(kind) == 1);
  }
}
