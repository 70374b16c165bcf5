// SPDX-License-Identifier: MIT
// Cuts the learning rate when a metric stands still. PyTorch and Keras count differently in four points, which
// are options. Sources: torch/optim/lr_scheduler.py (ReduceLROnPlateau),
// keras/src/callbacks/reduce_lr_on_plateau.py.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "train/callbacks/monitor.h"

namespace nn {
namespace {

class ReduceRate final : public Callback {
 public:
  ReduceRate() { monitor_.min_delta = 1e-4; }
  void options(OptionSet& set) override {
    monitor_.options(set).called("pytorch", "threshold").called("keras", "min_delta");
    set.add("factor", factor_, "X", "the learning rate is multiplied by X").called("factor");
    set.add("patience", patience_, "N", "epochs without improvement before the learning rate is reduced")
        .called("patience");
    set.add("cooldown", cooldown_, "N", "epochs after a reduction that are not counted").called("cooldown");
    set.add("min-lr", floor_, "RATE", "lower bound of the learning rate").called("min_lr");
    set.flag("relative", relative_,
             "take min-delta as a fraction of the best value (PyTorch), otherwise as a difference (Keras)")
        .in("keras", "false")
        .named_rule("relative_threshold");
    set.flag("cut-at-last", cut_at_last_,
             "reduce in the last epoch of the patience (Keras), otherwise in the next one (PyTorch)")
        .in("keras", "true")
        .named_rule("patience_counts_last");
    set.flag("cool-at-once", cool_at_once_,
             "the cooldown begins with the epoch after the reduction, and its last epoch is counted again (Keras)")
        .in("keras", "true")
        .named_rule("cooldown_counts_cut");
    set.add("least-change", least_change_, "X", "a reduction by X or less is skipped")
        .in("keras", "0")
        .named_rule("least_change");
    monitor_.nan_option(set);
  }
  void check() const override {
    monitor_.check();
    if (!(factor_ > 0 && factor_ < 1))
      throw UsageError("factor: expected a number between 0 and 1, found " + value_text(factor_));
    if (patience_ < 0 || cooldown_ < 0 || !(floor_ >= 0))
      throw UsageError("patience, cooldown and min-lr: expected 0 or more");
    if (!(least_change_ >= 0)) throw UsageError("least-change: expected 0 or more, found " + value_text(least_change_));
  }
  void expect(const RunInfo& outlook) override {
    monitor_.expect(outlook);
    if (!outlook.constant_rate)
      throw UsageError("a schedule sets the learning rate already: remove --schedule or --reduce-lr");
    best_ = monitor_.falls() ? INFINITY : -INFINITY;
  }
  std::string watches() const override {
    return fmt::format("{}, patience {}, factor {:g}, not below {:g}", monitor_.text(), patience_, factor_, floor_);
  }
  void state(State& state) override {
    state.field("best", best_);
    state.field("any", any_);
    state.field("bad", bad_, 0, most_epochs);
    state.field("cooling", cooling_, 0, cooldown_);
    if (state.restoring() && std::isnan(best_) && !monitor_.first_nan_is_best())
      state.refuse("best", "a number", "NaN");
  }
  void epoch_end(TrainingContext& control, const EpochEnd& event) override {
    const double value = event.metric(monitor_.metric);
    if (cool_at_once_ && cooling_ > 0) --cooling_, bad_ = 0;
    if (better(value)) {
      best_ = value;
      any_ = true;
      bad_ = 0;
    } else if (!(cool_at_once_ && cooling_ > 0)) {
      ++bad_;
    }
    if (!cool_at_once_ && cooling_ > 0) --cooling_, bad_ = 0;
    if (bad_ > 0 && (cut_at_last_ ? bad_ >= patience_ : bad_ > patience_)) cut(control);
  }

 private:
  bool better(double value) const {
    if (monitor_.first_nan_is_best() && !any_) return true;
    const double delta = monitor_.min_delta;
    if (monitor_.falls()) return value < (relative_ ? best_ * (1 - delta) : best_ - std::fabs(delta));
    return value > (relative_ ? best_ * (1 + delta) : best_ + std::fabs(delta));
  }
  void cut(TrainingContext& control) {
    const double old = control.rate(), cut = std::max(old * factor_, floor_);
    if (old - cut > least_change_) {
      control.set_rate(cut);
      control.log().info(fmt::format("learning rate cut from {:g} to {:g}: {} has not improved for {} epoch{}", old,
                                     cut, monitor_.metric, bad_, bad_ == 1 ? "" : "s"));
    }
    cooling_ = cooldown_;
    bad_ = 0;
  }

  Monitor monitor_;
  double factor_ = 0.1, floor_ = 0, best_ = INFINITY;
  int64_t patience_ = 10, cooldown_ = 0, bad_ = 0, cooling_ = 0;
  double least_change_ = 1e-8;
  bool relative_ = true, cut_at_last_ = false, cool_at_once_ = false, any_ = false;
};

}  // namespace

extern const CallbackType reduce_lr_callback;
const CallbackType reduce_lr_callback{"reduce-lr",
                                      "METRIC[,KEY=VALUE...]",
                                      "reduce the learning rate when METRIC has not improved for patience=N epochs",
                                      true,
                                      false,
                                      [] { return std::unique_ptr<Callback>(new ReduceRate); },
                                      {"ReduceLROnPlateau", "ReduceLROnPlateau", "", "lr_plateau plateau"},
                                      "METRIC,patience=N"};

}  // namespace nn
