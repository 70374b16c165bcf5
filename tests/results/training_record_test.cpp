// SPDX-License-Identifier: MIT
// What files say of a training, and which row of a history counts.
#include "results/training_record.h"

#include <cmath>

#include "catch.h"
#include "results/compare/run.h"
#include "results/metrics_file.h"

using namespace nn;

namespace {

h5::Reader reader(const std::vector<std::byte>& bytes) { return h5::Reader::of_bytes(bytes, "x.h5"); }

/// A trained model as nn-train writes it, as far as it is read here: three epochs, the weights of the second.
std::vector<std::byte> model_file() {
  h5::Writer to("model", "a model", false);
  to.text("/", "nn_layers", "dense:2  # hidden\n\nbn");
  to.integer("/", "nn_samples", 100);
  to.axis("/weights/dense1/out", 2);
  to.axis("/weights/dense1/in", 3);
  h5::DatasetOptions axes;
  axes.axes = {"/weights/dense1/out", "/weights/dense1/in"};
  to.dataset("/weights/dense1/weight", h5::Array::of<float>(Shape{2, 3}, std::vector<float>(6)), axes);
  to.dataset("/weights/dense1/bias", h5::Array::of<float>(Shape{2}, std::vector<float>(2)));
  to.dataset("/weights/bn1/running_mean", h5::Array::of<float>(Shape{2}, std::vector<float>(2)));
  to.integer("/weights", "epoch", 2);
  const double nan = NAN;
  const std::pair<const char*, std::vector<double>> columns[] = {{"epoch", {1, 2, 3}},
                                                                 {"loss", {3, 2, 1}},
                                                                 {"accuracy", {0.5, 0.75, 0.875}},
                                                                 {"val_loss", {3, 2.5, nan}},
                                                                 {"val_accuracy", {nan, nan, nan}},
                                                                 {"learning_rate", {1, 1, 1}},
                                                                 {"seconds", {0.5, 0.25, 0.25}}};
  for (const auto& [name, values] : columns) to.dataset(std::string("/history/") + name, h5::Array::of<double>(values));
  to.text("/history", "like", "keras");
  to.text("/history", "seed", "7");
  to.text("/history", "data_digest", "0123456789abcdef");
  return to.finish();
}

double metric(const ComparedRun& run, const std::string& name) {
  const double* value = run.metric(name);
  return value ? *value : -1;
}

std::vector<std::byte> metrics_file_with(const TrainingRecord& record, const h5::Provenance& provenance = {}) {
  Metrics m;
  m.split = "test", m.n = 2, m.loss = 0.5, m.samples_sum = "abc";
  return write_metrics({m}, {}, provenance, false, record);
}

}  // namespace

TEST_CASE("a model says how it was trained") {
  const TrainingRecord record = training_record(reader(model_file()));
  CHECK(record.settings == std::vector<std::pair<std::string, std::string>>{
                               {"model", "dense:2  # hidden\n\nbn"}, {"like", "keras"}, {"seed", "7"}});
  CHECK(record.parameters == 8);  // without axes and running statistics
  CHECK((record.epochs == 3 && record.seconds == 1 && record.samples_per_second == 300));
  CHECK(record.data == "0123456789abcdef");
}

TEST_CASE("the epoch of the weights counts, or the last, or the best of each metric") {
  const auto bytes = model_file();
  const ComparedRun at_weights = read_compared_run(reader(bytes), AtEpoch::weights);
  CHECK(*at_weights.key("model") == "dense:2 bn");
  CHECK(metric(at_weights, "train.loss") == 2);
  CHECK(metric(at_weights, "train.accuracy") == 0.75);
  CHECK(metric(at_weights, "val.loss") == 2.5);
  CHECK_FALSE(at_weights.metric("val.accuracy"));  // not measured
  CHECK_FALSE(at_weights.metric("train.learning_rate"));
  CHECK(metric(at_weights, "samples_per_second") == 300);
  CHECK(at_weights.samples.at("val") == "0123456789abcdef");
  const ComparedRun last = read_compared_run(reader(bytes), AtEpoch::last);
  CHECK(metric(last, "train.loss") == 1);
  CHECK(std::isnan(metric(last, "val.loss")));
  CHECK(std::isnan(metric(last, "val.accuracy")));  // its loss went wrong
  const ComparedRun best = read_compared_run(reader(bytes), AtEpoch::best);
  CHECK(metric(best, "val.loss") == 2.5);
  CHECK(metric(best, "train.accuracy") == 0.875);
}

TEST_CASE("metrics keep the training of their model, and no digest includes it") {
  TrainingRecord record;
  record.settings = {{"like", "keras"}, {"seed", "7"}}, record.machine = {{"threads", "2"}};
  record.parameters = 650, record.seconds = 0.5, record.data = "0123";
  const auto bytes = metrics_file_with(record);
  const h5::Reader file = reader(bytes);
  file.verify();
  const TrainingRecord found = training_record(file);
  CHECK((found.settings == record.settings && found.machine == record.machine && found.data == record.data));
  CHECK((found.parameters == 650 && found.seconds == 0.5 && !found.epochs));
  record.settings[1].second = "8";
  CHECK(reader(metrics_file_with(record)).digest() == file.digest());
  CHECK(read_metrics(file)[0].samples_sum == "abc");
}

TEST_CASE("files of earlier versions say it by their provenance, others by nothing") {
  h5::Provenance provenance;
  provenance.steps = Json::parse(R"([{"tool": "nn-eval", "options": {"split": ""}},
    {"tool": "nn-train", "options": {"model": "lenet5", "like": "keras", "seed": "3", "lr": "", "test": true},
     "inputs": [{"name": "d.h5", "digest": "99"}], "threads": 2}, {"tool": "nn-train", "options": {"seed": "9"}}])");
  const TrainingRecord old = training_record(reader(metrics_file_with({}, provenance)));
  CHECK(old.settings == std::vector<std::pair<std::string, std::string>>{
                            {"model", "lenet5"}, {"like", "keras"}, {"seed", "3"}, {"test", "true"}});
  CHECK((old.data == "99" && old.machine.size() == 1));
  CHECK(training_record(reader(metrics_file_with({}))).empty());
  h5::Writer to("metrics", "m", false);
  to.text("/", "nn_training", "[1]");
  const auto bytes = to.finish();
  CHECK_THROWS_WITH(training_record(reader(bytes)), Contains("nn_training") && Contains("expected a JSON object"));
  provenance.steps = Json::parse(R"([1, {"tool": 2}, {"tool": "nn-train", "options": [1], "inputs": [2]}])");
  CHECK_NOTHROW(training_record(reader(metrics_file_with({}, provenance))));
}
