// SPDX-License-Identifier: MIT
// Writes event files for TensorBoard into DIR/train and DIR/validation, under the tags of Keras' callback of that name.
// The step of a value is its epoch as in /history, counted from 1. Source: keras/src/callbacks/tensorboard.py.
#include <fmt/format.h>

#include "train/callbacks/callback.h"
#include "train/tensorboard/event_files.h"
#include "train/tensorboard/event_writer.h"

namespace nn {
namespace {

using tensorboard::EventWriter;

class TensorBoard final : public Callback {
 public:
  void options(OptionSet& set) override {
    set.add("folder", folder_, "DIR", "folder, made if it does not exist").by_place().called("log_dir");
    set.add("histograms", every_, "N",
            "write histograms of weights and gradients every N epochs, beginning with the first; 0: none")
        .called("pytorch", "add_histogram")
        .called("keras", "histogram_freq");
  }
  void check() const override {
    if (folder_.empty()) throw UsageError("expected the name of a folder first");
    if (every_ < 0) throw UsageError("histograms: expected 0 or more, found " + value_text(every_));
  }
  void expect(const RunInfo& outlook) override {
    settings_ = outlook.settings;
    for (const std::string& name : outlook.metrics) validated_ |= name.starts_with("val_");
  }
  bool looks_at_gradients() const override { return every_ > 0; }
  std::string watches() const override {
    return fmt::format("event files in {0}/train{1}{2}", printable(folder_),
                       validated_ ? fmt::format(" and {}/validation", printable(folder_)) : "",
                       every_ ? fmt::format(", histograms every {} epoch{}", every_, every_ == 1 ? "" : "s") : "");
  }
  void begin(TrainingContext& control, bool resumed) override {
    const h5::Columns& history = control.history();
    const size_t done = resumed && !history.empty() ? history.front().second.size() : 0;
    const bool first = !resumed || tensorboard::event_files(folder_ + "/train").empty();
    const auto session = first ? int64_t{0} : static_cast<int64_t>(done) + 1;
    if (!first)
      for (const char* part : {"/train", "/validation"}) tensorboard::cut_from(folder_ + part, session);
    train_ = std::make_unique<EventWriter>(folder_ + "/train", session, control.log());
    if (validated_) validation_ = std::make_unique<EventWriter>(folder_ + "/validation", session, control.log());
    if (!first) return;
    describe(control);
    for (size_t row = 0; row < done; ++row) scalars(history, row);  // gone on with into a folder of its own
    flush();
  }
  void epoch_end(TrainingContext& control, const EpochEnd& event) override {
    scalars(event.row, 0);
    if (every_ && (event.epoch - 1) % every_ == 0) histograms(control, event.epoch);
    flush();
  }

 private:
  void describe(TrainingContext& control) {
    std::vector<std::pair<std::string, std::string>> rows{{"layers", code(control.model().layers)}};
    for (const auto& [name, value] : settings_)
      if (!value.empty()) rows.emplace_back(name, code(value));
    train_->table(0, "options", rows);
    train_->graph(control.graph());
  }
  /// Markdown that shows the text as it is, on one line.
  static std::string code(std::string text) {
    for (char& c : text)
      if (c == '\n') c = ' ';
    return "`" + text + "`";
  }
  void scalars(const h5::Columns& table, size_t row) {
    const auto step = static_cast<int64_t>(table.front().second.at(row));
    for (const auto& [name, values] : table) {
      if (name == "epoch" || name == "seconds") continue;
      if (name.starts_with("val_") && validation_)
        validation_->scalar(step, "epoch_" + name.substr(4), values.at(row));
      else
        train_->scalar(step, "epoch_" + name, values.at(row));
    }
  }
  void histograms(TrainingContext& control, int64_t epoch) {
    const Graph& graph = control.graph();
    std::vector<double> values;
    for (size_t i = 0; i < graph.params.size(); ++i) {
      const Param& param = graph.params[i];
      values.resize(static_cast<size_t>(param.shape.count()));
      control.memory().read(Part::weights, static_cast<ParamId>(i), values);
      train_->histogram(epoch, param.path() + "/histogram", values);
      if (!param.trainable) continue;
      control.memory().read(Part::gradients, static_cast<ParamId>(i), values);
      train_->histogram(epoch, param.path() + "/gradient/histogram", values);
    }
  }
  void flush() {
    train_->flush();
    if (validation_) validation_->flush();
  }

  std::string folder_;
  int64_t every_ = 0;
  bool validated_ = false;
  std::vector<std::pair<std::string, std::string>> settings_;
  std::unique_ptr<EventWriter> train_, validation_;
};

}  // namespace

extern const CallbackType tensorboard_callback;
const CallbackType tensorboard_callback{"tensorboard",
                                        "DIR[,histograms=N]",
                                        "write event files for TensorBoard into DIR/train and DIR/validation",
                                        false,
                                        true,
                                        [] { return std::unique_ptr<Callback>(new TensorBoard); },
                                        {"SummaryWriter", "TensorBoard", "", "log_dir logdir"},
                                        "DIR"};

}  // namespace nn
