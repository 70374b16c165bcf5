// SPDX-License-Identifier: MIT
// Callbacks watch a training and act on it. Each is an option of nn-train of the same name whose value is its spec:
// `--early-stop val_loss,patience=5,restore-best`.
//
// To add one: lib/train/callbacks/NAME.cpp with `extern const CallbackType NAME_callback`, and a line in callbacks.def,
// whose order is the order in which they are called. Options, help, man pages and -n walk the table.
// What must survive a stop is declared in state(); a checkpoint is written after all callbacks of an epoch.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "base/framework_rules.h"
#include "base/log.h"
#include "base/plugin.h"
#include "base/state.h"
#include "model/model_file.h"

namespace nn {

/// What is known before the first step; a callback refuses here what cannot be (a metric that will not exist).
struct RunInfo {
  std::vector<std::string>
      metrics;  ///< names of the columns that each epoch will have, in order, without epoch and seconds
  int64_t epochs = 0;
  size_t weights = 0;                                         ///< values of all parameters, running statistics included
  bool constant_rate = true;                                  ///< no schedule sets the learning rate
  std::vector<std::pair<std::string, std::string>> settings;  ///< options that decide the result, as resolved
};

/// One epoch that has ended.
struct EpochEnd {
  int64_t epoch, epochs;   ///< epoch from 1
  const h5::Columns& row;  ///< one value a column, as in /history
  /// NaN when there is no such column.
  double metric(const std::string& name) const;
};

/// What a training lets its callbacks do. All calls are made on the thread that trains, between two steps.
class TrainingContext {
 public:
  virtual ~TrainingContext() = default;
  virtual const Log& log() const = 0;
  virtual const Graph& graph() const = 0;
  virtual Memory& memory() = 0;                    ///< weights as they are saved (averaged ones under --ema)
  virtual const h5::Columns& history() const = 0;  ///< of all epochs that have ended, also those before a break
  virtual double rate() const = 0;                 ///< learning rate before the schedule
  virtual void set_rate(double rate) = 0;
  virtual void stop(const std::string& reason) = 0;  ///< no further epoch; said in the run's last line
  virtual void set_weights_epoch(
      int64_t epoch) = 0;     ///< the weights are those of an earlier epoch again, counted from 1
  virtual Model model() = 0;  ///< as it would be written now
  virtual void write(const std::string& file, const Model& model) = 0;  ///< atomically, with the provenance of this run
};

class Callback {
 public:
  virtual ~Callback() = default;
  /// Declares the options, with their defaults under each framework (base/option.h).
  virtual void options(OptionSet& set) { (void)set; }
  /// After the options are set: UsageError for values that make no sense.
  virtual void check() const {}
  /// Before the first step; UsageError for a metric that will not exist.
  virtual void expect(const RunInfo& outlook) { (void)outlook; }
  /// Whether epoch_end() reads Part::gradients, which are then those of the epoch's last batch. Asked before memory and
  /// plans are made: what nobody looks at may be used up by the update.
  virtual bool looks_at_gradients() const { return false; }
  /// What -n says that it will watch, one line; empty for nothing to say.
  virtual std::string watches() const { return ""; }
  /// Counters, best values: everything that decides what it will do.
  virtual void state(State& state) { (void)state; }
  /// resumed: epochs that have ended before are in control.history(), and state() was restored.
  virtual void begin(TrainingContext& control, bool resumed) { (void)control, (void)resumed; }
  virtual void epoch_end(TrainingContext& control, const EpochEnd& event) { (void)control, (void)event; }
  /// After the last epoch, be it the last asked for or one that a callback made the last; not after a break.
  virtual void end(TrainingContext& control) { (void)control; }
};

struct CallbackType {
  const char* name;     ///< of the option, "early-stop"
  const char* metavar;  ///< "METRIC[,KEY=VALUE...]"
  const char* summary;
  bool decides;      ///< changes the result, so it is recorded and must be the same on resume
  bool writes_file;  ///< its value names a file or folder first
  std::unique_ptr<Callback> (*make)();
  KnownAs known_as = {};
  const char* example = "";  ///< value to write in the answer to one of its further words
};
Table<CallbackType> callback_types();
/// value: what follows the option, "val_loss,patience=5".
/// like: the framework whose defaults hold for what the value does not say.
Configured<Callback> make_callback(const CallbackType& type, std::string_view value, const FrameworkRules& like = {});

}  // namespace nn
