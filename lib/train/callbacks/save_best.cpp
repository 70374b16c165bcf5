// SPDX-License-Identifier: MIT
// Writes the model of the best epoch so far to a file of its own, as it is reached. Source of the rule: ModelCheckpoint
// with save_best_only, keras/src/callbacks/model_checkpoint.py.
#include <fmt/format.h>

#include <optional>

#include "h5/writing/outfile.h"
#include "train/callbacks/monitor.h"

namespace nn {
namespace {

class SaveBest final : public Callback {
 public:
  void options(OptionSet& set) override {
    set.add("file", file_, "FILE", "model file, replaced at each improvement")
        .by_place()
        .called("pytorch", "(script)")
        .called("keras", "filepath");
    monitor_.options(set).called("pytorch", "(script)").lacks("keras", "counted as EarlyStopping does");
    set.add("baseline", baseline_, "X", "the first model, too, must be better than X")
        .called("pytorch", "(script)")
        .called("keras", "initial_value_threshold");
    monitor_.nan_option(set);
  }
  void check() const override {
    monitor_.check();
    if (file_.empty() || file_ == "-") throw UsageError("expected the name of a file first");
  }
  void expect(const RunInfo& outlook) override {
    monitor_.expect(outlook);
    if (baseline_) monitor_.start_at(*baseline_);
  }
  /// A folder that is not there is told before the work.
  void begin(TrainingContext&, bool) override { h5::OutFile(file_, h5::OutFile::Content::binary); }
  std::string watches() const override { return fmt::format("{}, written to {}", monitor_.text(), file_); }
  void state(State& state) override { monitor_.state(state); }
  void epoch_end(TrainingContext& control, const EpochEnd& event) override {
    if (!monitor_.improves(event.metric(monitor_.metric))) return;
    try {
      control.write(file_, control.model());
      written_ = event.epoch;
    } catch (const Error& e) {  // a full disk takes nothing from the run itself
      control.log().warning(fmt::format("{}; the run goes on, the best model is not saved", e.what()));
    }
  }

  void end(TrainingContext& control) override {
    if (written_ > 0)
      control.log().info(fmt::format("--save-best: {} has the weights of epoch {}, {} {:.6g}", file_, written_,
                                     monitor_.metric, monitor_.best()));
    else
      control.log().info(fmt::format("--save-best: no epoch of this run was better, {} was not written", file_));
  }

 private:
  std::string file_;
  int64_t written_ = 0;  ///< last epoch written in this run, 0 for none
  std::optional<double> baseline_;
  Monitor monitor_;
};

}  // namespace

extern const CallbackType save_best_callback;
const CallbackType save_best_callback{"save-best",
                                      "FILE[,METRIC...]",
                                      "write the model to FILE whenever METRIC is the best so far",
                                      false,
                                      true,
                                      [] { return std::unique_ptr<Callback>(new SaveBest); },
                                      {"(script)", "ModelCheckpoint", "", "save_best_only model_checkpoint best_model"},
                                      "FILE"};

}  // namespace nn
