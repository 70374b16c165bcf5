// SPDX-License-Identifier: MIT
// Stops when a metric has not improved for some epochs. The counting is that of Keras' EarlyStopping (PyTorch has
// none): patience 0 and 1 are the same, the first epoch never stops, an improving epoch never stops, and restore-best
// also restores when the epochs ran out. Source: keras/src/callbacks/early_stopping.py.
#include <fmt/format.h>

#include <optional>

#include "train/callbacks/monitor.h"
#include "train/engine/weight_copy.h"

namespace nn {
namespace {

class EarlyStop final : public Callback {
 public:
  void options(OptionSet& set) override {
    monitor_.options(set).called("pytorch", "(script)").called("keras", "min_delta");
    set.add("patience", patience_, "N", "epochs without improvement after which training stops")
        .called("pytorch", "(script)")
        .called("keras", "patience");
    set.add("baseline", baseline_, "X",
            "only a best value that is better than X restarts the count of patience; while it is not, the first epoch "
            "without improvement after N stops")
        .called("pytorch", "(script)")
        .called("keras", "baseline");
    set.add("start-from", start_from_, "N", "epochs at the beginning that are ignored")
        .called("pytorch", "(script)")
        .called("keras", "start_from_epoch");
    set.flag("restore-best", restore_best_, "end with the weights of the best epoch")
        .called("pytorch", "(script)")
        .called("keras", "restore_best_weights");
    monitor_.nan_option(set);
  }
  void check() const override {
    monitor_.check();
    if (patience_ < 0 || start_from_ < 0) throw UsageError("patience and start-from: expected 0 or more");
  }
  void expect(const RunInfo& outlook) override {
    monitor_.expect(outlook);
    best_.expect(outlook.weights);
  }
  std::string watches() const override {
    return fmt::format("{}, patience {}{}", monitor_.text(), patience_,
                       restore_best_ ? ", restores the best weights" : "");
  }
  void state(State& state) override {
    monitor_.state(state);
    state.field("wait", wait_, 0, most_epochs);
    state.field("best_epoch", best_epoch_, 0, most_epochs);
    if (!restore_best_) return;
    best_.state(state);
    if (state.restoring() && best_.empty() != (best_epoch_ == 0))
      state.refuse("best_epoch", "that of the weights that are kept", value_text(best_epoch_));
  }
  void epoch_end(TrainingContext& control, const EpochEnd& event) override {
    if (event.epoch - 1 < start_from_) return;
    const double value = event.metric(monitor_.metric);
    ++wait_;
    if (monitor_.improves(value)) {
      best_epoch_ = event.epoch;
      if (restore_best_) best_.take(control.memory());
      if (!baseline_ || monitor_.beats(value, *baseline_)) wait_ = 0;
      return;
    }
    if (wait_ >= patience_ && event.epoch > 1) control.stop(reason());
  }
  void end(TrainingContext& control) override {
    if (!restore_best_ || best_.empty()) return;
    best_.put(control.memory());
    control.set_weights_epoch(best_epoch_);
  }

 private:
  /// Short of the baseline the count goes on through epochs that improve.
  std::string reason() const {
    const std::string epochs = fmt::format("{} epoch{}", wait_, wait_ == 1 ? "" : "s");
    if (baseline_ && !monitor_.beats(monitor_.best(), *baseline_))
      return fmt::format("{} was not better than the baseline {} in {}, and no longer improves", monitor_.metric,
                         value_text(*baseline_), epochs);
    return fmt::format("{} has not improved for {}", monitor_.metric, epochs);
  }

  Monitor monitor_;
  int64_t patience_ = 0, start_from_ = 0, wait_ = 0, best_epoch_ = 0;
  std::optional<double> baseline_;
  bool restore_best_ = false;
  WeightCopy best_;
};

}  // namespace

extern const CallbackType early_stop_callback;
const CallbackType early_stop_callback{
    "early-stop",
    "METRIC[,KEY=VALUE...]",
    "stop when METRIC no longer improves, after patience=N epochs without a better value",
    true,
    false,
    [] { return std::unique_ptr<Callback>(new EarlyStop); },
    {"(script)", "EarlyStopping", "", "early_stopping stop_early monitor"},
    "METRIC,patience=N"};

}  // namespace nn
