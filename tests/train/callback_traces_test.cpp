// SPDX-License-Identifier: MIT
// The counting of callbacks against what the frameworks decided for the same metrics:
// tests/golden/sched/callbacks.json, with ties, NaN, infinities, baselines and cool-downs. Decisions exactly, rates to
// 1e-6 (Keras' are float32).
#include <cmath>

#include "base/text/json.h"
#include "catch.h"
#include "json_file.h"
#include "paths.h"
#include "train/callbacks/callback.h"

using namespace nn;

namespace {

/// A training of one weight, which is the number of the epoch, with a metric that was recorded.
class Recorded final : public TrainingContext {
 public:
  Recorded() {
    graph_.add_input("input", {Shape{1}});
    Param w;
    w.layer = "dense1";
    w.name = "weight";
    w.shape = Shape{1};
    graph_.params.push_back(w);
    backend_ = make_backend("ref", 1);
    memory_ = backend_->allocate(graph_, 0);
  }
  void set_weight(double value) { memory_->write(Part::weights, 0, std::span<const double>(&value, 1)); }
  double weight() const {
    double value = 0;
    memory_->read(Part::weights, 0, std::span<double>(&value, 1));
    return value;
  }

  const Log& log() const override { return log_; }
  const Graph& graph() const override { return graph_; }
  Memory& memory() override { return *memory_; }
  const h5::Columns& history() const override { return history_; }
  double rate() const override { return rate_; }
  void set_rate(double rate) override { rate_ = rate; }
  void stop(const std::string&) override { stopped = true; }
  void set_weights_epoch(int64_t) override {}
  Model model() override { return {}; }
  void write(const std::string&, const Model&) override { saved.push_back(epoch); }

  bool stopped = false;
  int64_t epoch = 0;
  std::vector<int64_t> saved;  ///< epochs from 1

 private:
  Log log_{"test", -2};
  Graph graph_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Memory> memory_;
  h5::Columns history_;
  double rate_ = 0.1;
};

double number_of(const Json& value) {
  if (!value.is_string()) return value.number();
  return value.string() == "nan" ? NAN : value.string() == "inf" ? INFINITY : -INFINITY;
}

/// The frameworks' arguments as our option text.
std::string option_text(const Json& entry) {
  std::string text = entry.at("callback").string() == "ModelCheckpoint" ? "best.h5,val_loss" : "val_loss";
  for (const auto& [key, value] : entry.at("args").members()) {
    if (key == "restore_best_weights")
      text += ",restore-best";
    else if (key == "mode")
      text += ",mode=" + value.string();
    else if (key == "threshold_mode")
      text += std::string(",relative=") + (value.string() == "rel" ? "yes" : "no");
    else if (key == "threshold" || key == "min_delta")
      text += ",min-delta=" + value_text(value.number());
    else if (key == "start_from_epoch")
      text += ",start-from=" + value_text(value.integer());
    else if (key == "min_lr")
      text += ",min-lr=" + value_text(value.number());
    else if (key == "initial_value_threshold")
      text += ",baseline=" + value_text(value.number());
    else if (key == "patience" || key == "factor" || key == "cooldown" || key == "baseline")
      text += "," + key + "=" + value_text(value.number());
    else
      REQUIRE(key == "save_best_only");
  }
  return text;
}

const char* option_of(const std::string& callback) {
  if (callback == "EarlyStopping") return "early-stop";
  return callback == "ReduceLROnPlateau" ? "reduce-lr" : "save-best";
}

Json recordings() { return nn_test::json_file(nn_test::source_folder() + "/tests/golden/sched/callbacks.json"); }

}  // namespace

TEST_CASE("callbacks decide as the frameworks did", "[callbacks]") {
  size_t checked = 0;
  for (const Json& entry : recordings().items()) {
    const std::string framework = entry.at("framework").string(), text = option_text(entry);
    INFO(framework << " " << entry.at("callback").string() << " " << text);
    auto callback = make_callback(find_in(callback_types(), option_of(entry.at("callback").string()), "callback"), text,
                                  like_named(framework == "torch" ? "pytorch" : "keras"));
    RunInfo outlook;
    outlook.metrics = {"loss", "val_loss"};
    callback->expect(outlook);
    Recorded training;
    callback->begin(training, false);
    std::vector<double> rates{training.rate()};
    int64_t last = -1;
    const auto& metrics = entry.at("metric").items();
    for (size_t e = 0; e < metrics.size() && !training.stopped; ++e) {
      last = static_cast<int64_t>(e);
      training.epoch = last + 1;
      training.set_weight(static_cast<double>(last));
      const h5::Columns row{{"epoch", {static_cast<double>(e + 1)}}, {"val_loss", {number_of(metrics[e])}}};
      callback->epoch_end(training, {last + 1, static_cast<int64_t>(metrics.size()), row});
      rates.push_back(training.rate());
    }
    callback->end(training);
    if (const Json* expected = entry.find("rate")) {
      REQUIRE(expected->items().size() == rates.size());
      for (size_t e = 0; e < rates.size(); ++e) {
        INFO("epoch " << e);
        CHECK(rates[e] == Approx(expected->items()[e].number()).epsilon(1e-6));
      }
      ++checked;
    }
    if (const Json* expected = entry.find("last_epoch")) {
      CHECK(last == expected->integer());
      CHECK(training.weight() == entry.at("weights_at_end_are_of_epoch").number());
      ++checked;
    }
    if (const Json* expected = entry.find("saved_after_epoch_1_based")) {
      std::vector<int64_t> epochs;
      for (const Json& epoch : expected->items()) epochs.push_back(epoch.integer());
      CHECK(training.saved == epochs);
      ++checked;
    }
  }
  CHECK(checked == recordings().items().size());
  CHECK(checked > 20);
}
