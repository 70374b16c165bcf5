// SPDX-License-Identifier: MIT
// Writes each epoch to a text file as it ends, log_file.h.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "train/callbacks/callback.h"
#include "train/run/log_file.h"

namespace nn {
namespace {

class LogEpochs final : public Callback {
 public:
  void options(OptionSet& set) override {
    set.add("file", file_, "FILE", "a name that ends in .tsv, .csv or .jsonl, or any name with format=")
        .by_place()
        .called("pytorch", "(script)")
        .called("keras", "filename");
    set.add("format", format_, "tsv|csv|jsonl", "format of the lines, whatever the name")
        .called("pytorch", "(script)")
        .lacks("keras", "CSVLogger writes CSV");
  }
  void check() const override { LogFile::separator_of(file_, format_); }
  void expect(const RunInfo& outlook) override {
    columns_ = {"epoch"};
    columns_.insert(columns_.end(), outlook.metrics.begin(), outlook.metrics.end());
    columns_.push_back("seconds");
  }
  std::string watches() const override {
    return fmt::format("{}, written to {}", fmt::join(columns_, ", "), printable(file_));
  }
  void begin(TrainingContext& control, bool resumed) override {
    log_ = resumed ? std::make_unique<LogFile>(file_, columns_, control.history(), control.log(), format_)
                   : std::make_unique<LogFile>(file_, columns_, control.log(), format_);
  }
  void epoch_end(TrainingContext&, const EpochEnd& event) override { log_->add(event.row); }

 private:
  std::string file_, format_;
  std::vector<std::string> columns_;
  std::unique_ptr<LogFile> log_;
};

}  // namespace

extern const CallbackType log_callback;
const CallbackType log_callback{
    "log",
    "FILE[,format=tsv|csv|jsonl]",
    "write a line per epoch to FILE, in the format of its suffix (.tsv, .csv, .jsonl) or of format=",
    false,
    true,
    [] { return std::unique_ptr<Callback>(new LogEpochs); },
    {"(script)", "CSVLogger"}};

}  // namespace nn
