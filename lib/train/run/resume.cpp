// SPDX-License-Identifier: MIT
#include "train/run/resume.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "base/framework_rules.h"
#include "base/text/duration.h"
#include "base/text/names.h"
#include "base/text/one_line.h"
#include "data/recipe.h"
#include "h5/reading/reader.h"
#include "layers/layer.h"
#include "model/network.h"
#include "train/callbacks/callback.h"
#include "train/engine/fine_tune.h"
#include "train/engine/layer_patterns.h"
#include "train/options/run_parts.h"
#include "train/run/recorded_outputs.h"

namespace nn {
namespace {

constexpr const char* operand_name = "data";

/// Of one run, not of the training that several runs do.
bool is_of_one_run(const OptionSet& options, std::string_view name) {
  const Option* option = options.find(name);
  return option && option->one_run;
}

const std::string* find(const NamedTexts& texts, std::string_view name) {
  for (const auto& [key, value] : texts)
    if (key == name) return &value;
  return nullptr;
}

std::string shown(const std::string* value) {
  if (!value || value->empty()) return "(nothing)";
  return printable(*value);
}

/// In the order of the checkpoint, then what only the new run has.
std::vector<std::string> names_of_both(const NamedTexts& before, const NamedTexts& now) {
  std::vector<std::string> names;
  for (const NamedTexts* texts : {&before, &now})
    for (const auto& [name, value] : *texts)
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  return names;
}

bool same_text(const std::string* a, const std::string* b) { return (a ? *a : "") == (b ? *b : ""); }

void refuse(const Checkpoint& checkpoint, const Model& now, const std::string& name, const char* why) {
  throw UsageError(fmt::format(
      "{}: was made with --{} {}, now it is {}{}; continuing would give the result of neither. Leave --{} out to go on "
      "as before, or --resume to begin anew",
      printable(checkpoint.name), printable(name), shown(find(checkpoint.model.settings, name)),
      shown(find(now.settings, name)), why, printable(name)));
}

/// Name of the first setting that differs, epochs and test aside; empty for none. An option that came after the file
/// was made had its default then.
std::string differing_setting(const NamedTexts& before, const NamedTexts& after) {
  TrainOptions plain;
  OptionSet defaults;
  plain.declare(defaults);
  for (const std::string& name : names_of_both(before, after)) {
    if (name == "epochs" || name == "test" || same_text(find(before, name), find(after, name))) continue;
    const Option* option = defaults.find(name);
    if (!find(before, name) && option && same_text(&option->default_text, find(after, name))) continue;
    return name;
  }
  return "";
}

void check_settings(const Checkpoint& checkpoint, const Model& now) {
  if (const std::string name = differing_setting(checkpoint.model.settings, now.settings); !name.empty())
    refuse(checkpoint, now, name, "");
}

/// A framework rounds constants to float32: a record may hold the number before or after that.
bool same_rule(const std::string& before, const std::string& now) {
  if (before == now) return true;
  double a = 0, b = 0;
  try {
    parse_value(before, a);
    parse_value(now, b);
  } catch (const UsageError&) {
    return false;
  }
  return static_cast<float>(a) == static_cast<float>(b);
}

/// The same options can mean other rules in another version.
void check_rules(const Checkpoint& checkpoint, const Model& now) {
  for (const auto& [name, value] : now.rules)
    if (const std::string* before = find(checkpoint.model.rules, name); before && !same_rule(*before, value))
      throw Error(
          fmt::format("{}: was made under the rule {} = {}, now it is {}; continuing would give the result of neither",
                      printable(checkpoint.name), name, printable(*before), value));
}

void check_epochs(const Checkpoint& checkpoint, const Model& now, bool matter) {
  const std::string *was = find(checkpoint.model.settings, "epochs"), *is = find(now.settings, "epochs");
  if (matter && !same_text(was, is)) refuse(checkpoint, now, "epochs", " and the schedule spreads over the epochs");
  if (!is) return;
  int64_t epochs = 0;
  parse_value(*is, epochs);
  const h5::Columns& history = checkpoint.model.history;
  const auto done = history.empty() ? int64_t{0} : static_cast<int64_t>(history[0].second.size());
  if (done > epochs)
    throw UsageError(
        fmt::format("{}: {} epochs are done, more than --epochs {}", printable(checkpoint.name), done, epochs));
}

/// A name that is wrong is said before the data is waited for. What depends on the data is found later.
void check_names(const TrainOptions& o) {
  check_init(o.init, o.goes_on);
  const RunParts parts(o);
  check_patterns("--freeze", o.freeze);
  for (const std::string& scale : o.rate_scales)
    check_patterns("--lr-scale", scale.substr(0, std::min(scale.rfind('='), scale.size())));
  check_patterns("--init-except", o.init_except);
  check_augmentation(o.augment);
  const std::vector<std::string> columns{"gradient-norm", "update-ratio"};
  for (const std::string& column : o.track)
    if (std::find(columns.begin(), columns.end(), column) == columns.end())
      throw UsageError("--track: " + unknown_name("column", column, columns));
  if (!o.time_limit.empty()) in_context("--time-limit", [&] { parse_duration(o.time_limit); });
  if (o.reshuffle && !o.shuffle) throw UsageError("--reshuffle and --no-shuffle exclude each other");
}

bool is_standard_output(const std::string& file) {
  struct stat named {
  }, standard{};
  return ::stat(file.c_str(), &named) == 0 && ::fstat(STDOUT_FILENO, &standard) == 0 &&
         named.st_dev == standard.st_dev && named.st_ino == standard.st_ino;
}

}  // namespace

void TrainCommand::declare(OptionSet& set) {
  set.add("data", data, "DATA", "dataset to train on; not given: standard input").as_operand().reads_file();
  train.declare(set);
  resume.declare(set);
}

void ResumeOptions::declare(OptionSet& set) {
  constexpr const char* group = "Stopping and resuming";
  set.add("resume", file, "FILE",
          "continue the training of the checkpoint in FILE, with its options; options that are given again must not "
          "change the result")
      .reads_file()
      .not_recorded()
      .of_one_run()
      .in_group(group)
      .brief_help();
  set.flag("strict", strict,
           "refuse a checkpoint of another machine, instruction set or library version, instead of warning")
      .not_recorded()
      .of_one_run()
      .in_group(group);
  set.flag("trust-outputs", trust_outputs,
           "also write outputs that only the checkpoint of --resume names and that lie outside the working folder and "
           "the checkpoint's "
           "folder, or would replace other files")
      .not_recorded()
      .of_one_run()
      .in_group(group);
  set.flag("requeue", requeue, "treat TERM as USR1: save a checkpoint and exit with status 75, for Slurm's preemption")
      .not_recorded()
      .in_group(group);
}

NamedTexts command_of(const OptionSet& options, const NamedTexts& given, const std::string& data) {
  NamedTexts command;
  for (const auto& [name, value] : given)
    if (!is_of_one_run(options, name)) command.emplace_back(name, value);
  if (!data.empty()) command.emplace_back(operand_name, data);
  return command;
}

std::string recorded_value(const Checkpoint& checkpoint, const std::string& name, const std::string& text) {
  if (name != "checkpoint" || checkpoint.name == "-") return text;
  const size_t end = std::min(text.find(','), text.size());
  if (std::filesystem::path(text.substr(0, end)).filename() != std::filesystem::path(checkpoint.name).filename())
    return text;
  return checkpoint.name + text.substr(end);
}

NamedTexts recall(const Checkpoint& checkpoint, OptionSet& options, const NamedTexts& given, std::string& data,
                  bool trust_outputs) {
  std::set<std::string> given_now;
  for (const auto& [name, value] : given) given_now.insert(name);
  if (!trust_outputs) check_recorded_outputs(checkpoint, options, given_now);
  NamedTexts all;
  in_context(checkpoint.name, [&] {
    // The name or file that the layers came from may mean others by now, or it was the model of --init.
    if (!given_now.count("model")) {
      options.set_option("model", checkpoint.model.layers);
      all.emplace_back("model", checkpoint.model.layers);
    }
    for (const auto& [name, text] : checkpoint.command) {
      if (name == operand_name && data.empty()) data = text;
      if (name == operand_name || is_of_one_run(options, name) || given_now.count(name)) continue;
      if (!options.find(name))
        throw Error(fmt::format("was made with --{}, which this nn-train does not know; another version wrote it",
                                printable(name)));
      if (name == "model") continue;
      const std::string value = recorded_value(checkpoint, name, text);
      options.set_option(name, value);
      all.emplace_back(name, value);
    }
  });
  all.insert(all.end(), given.begin(), given.end());
  return command_of(options, all, data);
}

bool is_of_run(const std::string& file, const Model& run, bool with_state) {
  try {
    const h5::Reader reader = h5::Reader::open(file, "model");
    if (with_state && !reader.has("/state")) return false;
    const Model found = read_model(reader);
    return found.layers == run.layers && found.data_digest == run.data_digest &&
           differing_setting(found.settings, run.settings).empty();
  } catch (const Error&) {
    return false;
  }
}

void check_command(TrainOptions& options, const ResumeOptions& resume, const std::string& output) {
  options.goes_on = !resume.file.empty();
  take_piped_layers(options);
  if (!options.goes_on) {
    if (resume.trust_outputs) throw UsageError("--trust-outputs is of use with --resume FILE only");
    if (resume.strict) throw UsageError("--strict is of use with --resume FILE only");
    for (const auto& [given, name] : {std::pair(options.init_optimizer, "--init-optimizer"),
                                      std::pair(!options.init_except.empty(), "--init-except")})
      if (given && !init_is_model(options.init))
        throw UsageError(fmt::format("{} is of use with --init MODEL only", name));
    if (!options.frozen_statistics.empty() && options.freeze.empty())
      throw UsageError("--frozen-statistics is of use with --freeze LAYERS only");
    if (options.reshuffle && rules_of(options).streams != "keras-tensorflow")
      throw UsageError(
          "--reshuffle is of use with --like keras or --streams keras-tensorflow only: other streams shuffle anew each "
          "epoch");
  }
  if (options.model.empty() && !init_is_model(options.init))
    throw UsageError("option --model is needed, or --init MODEL, or --resume FILE (see --help)");
  check_names(options);
  for (const auto& [name, value] : options.callbacks)
    if (name == "log" && (output.empty() || output == "-") && is_standard_output(value.substr(0, value.find(','))))
      throw UsageError("--log writes to standard output, where the model goes too; name a file with -o");
  if (!options.checkpoint.empty())
    static_cast<void>(CheckpointFile(options.checkpoint));  // a wrong value is said before the data is waited for
  else if (resume.requeue)
    throw UsageError("--requeue needs --checkpoint FILE, to have something to go on from");
}

void check_same_samples(const Checkpoint& checkpoint, const Dataset& data) {
  const Model& before = checkpoint.model;
  if (before.data_digest == data.digest) return;
  const auto refuse = [&](const std::string& was, const std::string& is) {
    throw Error(
        fmt::format("{}: was trained on other data: {}, now {}; give the same dataset, or begin anew without --resume",
                    printable(checkpoint.name), was, is));
  };
  const bool tokens = data.has_tokens();  // of any number each
  if (!data.splits.empty() && !tokens && before.raw_input != data.sample_shape())
    refuse("samples of shape " + before.raw_input.text(), data.sample_shape().text());
  if (before.classes.size() != data.classes.size())
    refuse(fmt::format("{} named classes", before.classes.size()), std::to_string(data.classes.size()));
}

void check_same_run(const Checkpoint& checkpoint, const Model& now, bool epochs_matter) {
  const Model& before = checkpoint.model;
  const std::string name = printable(checkpoint.name);
  if (before.layers != now.layers)
    throw Error(fmt::format("{}: has other layers: '{}', now '{}'; --init takes the weights of another model", name,
                            printable(in_one_line(before.layers)), printable(in_one_line(now.layers))));
  const auto check_names = [&](const char* what, const std::vector<std::string>& theirs,
                               const std::vector<std::string>& ours) {
    if (theirs.size() != ours.size() || !names_lacking(theirs, ours).empty())
      throw Error(fmt::format(
          "{}: was trained with the {} {}, now they are {}; begin anew with --init, which matches them by name", name,
          what, printable(quoted_list(theirs)), printable(quoted_list(ours))));
  };
  check_names("classes", before.classes, now.classes);
  if (!before.feature_names.empty()) check_names("features", before.feature_names, now.feature_names);
  if (!before.target_names.empty()) check_names("targets", before.target_names, now.target_names);
  if (before.data_digest != now.data_digest)
    throw Error(fmt::format(
        "{}: was trained on other data: digest {}..., now {}...; give the same dataset, or begin anew without --resume",
        name, printable(before.data_digest.substr(0, 16)), printable(now.data_digest.substr(0, 16))));
  if (before.input != now.input || before.raw_input != now.raw_input || !(before.prep == now.prep))
    throw Error(name + ": the samples are prepared in another way than when it was made");
  check_settings(checkpoint, now);
  check_rules(checkpoint, now);
  check_epochs(checkpoint, now, epochs_matter);
}

std::vector<std::string> machine_differences(const NamedTexts& before, const NamedTexts& now) {
  std::vector<std::string> differences;
  for (const std::string& name : names_of_both(before, now)) {
    const std::string *was = find(before, name), *is = find(now, name);
    if (!same_text(was, is))
      differences.push_back(fmt::format("{} was {}, is {}", printable(name), shown(was), shown(is)));
  }
  return differences;
}

void check_same_machine(const Checkpoint& checkpoint, const NamedTexts& now, bool strict, const Log& log) {
  for (const std::string& difference : machine_differences(checkpoint.machine, now)) {
    const std::string text = fmt::format("{}: {}", printable(checkpoint.name), difference);
    if (strict) throw Error(text + "; --strict refuses, because the bits may differ");
    log.warning(text + "; the bits may differ from those of an unbroken run");
  }
}

}  // namespace nn
