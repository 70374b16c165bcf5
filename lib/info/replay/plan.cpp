// SPDX-License-Identifier: MIT
#include "info/replay/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>

#include "base/error.h"
#include "base/log.h"
#include "h5/provenance.h"
#include "info/replay/claims.h"
#include "info/replay/plan_files.h"
#include "info/replay/record.h"

namespace nn {
namespace {

namespace fs = std::filesystem;

/// The tools that write files of ours, and of what kind.
constexpr std::array<std::pair<const char*, const char*>, 6> makers{{{"nn-fetch", "dataset"},
                                                                     {"nn-prep", "dataset"},
                                                                     {"nn-train", "model"},
                                                                     {"nn-eval", "metrics"},
                                                                     {"nn-predict", "predictions"},
                                                                     {"nn-convert", ""}}};

/// Options of one run, or that decide nothing in the file. A checkpoint holds the others.
bool is_left_out(const std::string& option) {
  static const std::set<std::string> names{"quiet",      "verbose",    "progress", "threads",     "json",
                                           "depfile",    "if-changed", "mirror",   "offline",     "fail-under",
                                           "verify",     "tolerance",  "python",   "header-file", "trust-outputs",
                                           "time-limit", "strict",     "dry-run",  "no-history"};
  return names.count(option) > 0;
}

/// What makes a tool print something and end: no such command made a file.
bool ends_at_once(const std::string& option, const std::string& value) {
  static const std::set<std::string> names{"help", "version", "print-config", "list", "cite", "propose"};
  return names.count(option) > 0 || (option == "device" && value == "list");
}

class Planner {
 public:
  Planner(const h5::Reader& file, const ExplainCommand& explain)
      : file_(file), explain_(explain), record_(h5::Provenance::read(file)), steps_(record_.steps) {}

  ReplayPlan plan() {
    if (!steps_.is_array() || steps_.items().empty())
      throw Error(file_.name() + ": it has no record of commands: it was made with --no-history");
    for (const Json& step : steps_.items()) by_id_.emplace(text_of(step, "id"), &step);
    const Json& last = steps_.items().front();
    if (record_.lacks_last_step())
      throw Error("the command that made it was run with --no-history; its record is of what that command read");
    check_kind(last);
    claims_ = OutputClaims(steps_);
    // Version 0.1 did not record which file of its command a checkpoint is.
    const std::string output = text_of(last, "output"), usual = file_.has("/state") ? "checkpoint" : "output";
    target_output_ = output.empty() ? usual : output;
    target_name_ = file_.name() == "standard input" ? "" : fs::path(file_.name()).filename().string();
    if (!target_name_.empty() && target_output_ == "output") reserved_name_ = files_.names().unique(target_name_);
    const int made = visit(last, "");
    plan_.target = files_.output_of(made, target_output_, "", text_of(last, "tool"));
    files_[plan_.target].digest = file_.digest();
    hold_names();
    files_.check_folders();
    return std::move(plan_);
  }

 private:
  struct Work {  // one step while it is planned
    const Json* json;
    int number;
    std::string name;         // for the main output, where the command has none
    std::vector<int> inputs;  // files, as recorded
    std::vector<bool> used;
    ReplayStep step;
  };

  /// What the file itself holds of names.
  void hold_names() {
    h5::AttributeTexts& names = files_[plan_.target].names_inside;
    for (const auto& [path, attribute] : {std::pair{"/history", "init"}, {"/state", "nn_command"}})
      if (const auto text = file_.has(path) ? file_.text(path, attribute) : std::nullopt)
        names[{path, attribute}] = *text;
    plan_.is_checkpoint = file_.has("/state");
  }

  void check_kind(const Json& step) const {
    const std::string tool = text_of(step, "tool"), kind = file_.kind();
    for (const auto& [name, made] : makers)
      if (tool == name && (*made ? kind == made : kind == "dataset" || kind == "model")) return;
    if (std::any_of(makers.begin(), makers.end(), [&](const auto& maker) { return tool == maker.first; }))
      throw Error(
          fmt::format("{}: a {}, but the last step that it records is of {}: the command that made it was run "
                      "with --no-history",
                      printable(file_.name()), printable(kind), tool));
  }

  /// The number of a step in the plan; its parents come before it.
  /// name: under which its main output is read later, where its own command names none.
  int visit(const Json& step, const std::string& name) {
    const std::string id = text_of(step, "id"), tool = text_of(step, "tool");
    if (const auto known = numbers_.find(id); known != numbers_.end()) {
      if (known->second < 0) throw Error("the steps depend on each other in a circle");
      return known->second;
    }
    if (std::none_of(makers.begin(), makers.end(), [&](const auto& maker) { return tool == maker.first; }))
      throw Error(
          fmt::format("a step is of '{}', which is no tool of nn-tools that makes such a file; nothing of it is "
                      "run",
                      printable(tool)));
    if (numbers_.size() > 1000) throw Error("more than 1000 steps");
    numbers_[id] = -1;
    Work work{&step, 0, name, {}, {}, {}};
    in_context(tool, [&] { add_inputs(work); });
    work.number = static_cast<int>(plan_.steps.size());
    in_context(tool, [&] { add_words(work); });
    plan_.steps.push_back(std::move(work.step));
    return numbers_[id] = work.number;
  }

  const Json& step_named(const std::string& id) const {
    const auto found = by_id_.find(id);
    if (found == by_id_.end())
      throw Error(fmt::format("step {} is missing: the file does not hold the whole record", printable(id)));
    return *found->second;
  }

  void add_inputs(Work& work) {
    const Json* inputs = work.json->find("inputs");
    if (!inputs) return;
    const std::vector<std::string> parents = texts_of(*work.json, "parents");
    const bool aligned = parents.size() == inputs->items().size();
    if (!aligned && !parents.empty() &&
        std::none_of(inputs->items().begin(), inputs->items().end(), [](const Json& i) { return i.find("step"); }))
      throw Error("an older version recorded it: which of its inputs was made by which step is not known");
    for (size_t i = 0; i < inputs->items().size(); ++i) {
      const Json& input = inputs->items()[i];
      const std::string name = input.at("name").string(), digest = input.at("digest").string();
      const std::string maker = input.find("step") ? text_of(input, "step") : aligned ? parents[i] : "";
      if (maker.empty() || text_of(input, "output") == h5::no_output) {
        work.inputs.push_back(files_.external(name, digest, "", -1));
        continue;
      }
      const Json& parent = step_named(maker);
      const int made = files_.output_of(visit(parent, name), text_of(input, "output"), name, text_of(parent, "tool"));
      if (!claims_.is_made(input, files_.recorded(made))) {
        work.inputs.push_back(files_.external(name, digest, "", -1));
        continue;
      }
      files_[made].digest = digest;
      work.inputs.push_back(made);
    }
    work.used.assign(work.inputs.size(), false);
  }

  /// The input of that name, or the foreign file; -1 for none.
  int read_file(Work& work, const std::string& name) {
    const std::string shown = printable(name);
    const Json* inputs = work.json->find("inputs");
    int opened = -1;
    for (size_t i = 0; i < work.inputs.size() && opened < 0; ++i)
      if (!work.used[i] && inputs->items()[i].at("name").string() == shown)
        work.used[i] = true, opened = work.inputs[i];
    // A model of another program that was opened as one of ours is known by its bytes.
    const int foreign = files_.foreign(*work.json, shown);
    return foreign >= 0 ? foreign : opened;
  }

  ReplayWord reading(Work& work, const std::string& option, const std::string& value,
                     const std::vector<std::string>& names) {
    const std::string head = value.substr(0, value.find(','));
    for (const std::string& name : {value, names.empty() ? head : names.front(), head}) {
      if (!value.starts_with(name)) continue;
      if (const int file = read_file(work, name); file >= 0) {
        if (option == "init") return init_from(work, file, name, value);
        return used(work, option, file, value.substr(name.size()));
      }
    }
    // A word of the layer language, a name of the installation or of a data set; or a file whose sum an older version
    // did not record.
    if (work.step.tool == "nn-fetch" || names.empty() || !value.starts_with(names.front())) return {value};
    return used(work, option, files_.external(names.front(), "", "", -1), value.substr(names.front().size()));
  }

  /// A model holds the name of --init: as it was recorded, where that leads to the same file.
  ReplayWord init_from(Work& work, int file, const std::string& name, const std::string& value) {
    const fs::path own = files_[file].name, recorded = name;
    if (own == recorded.lexically_normal() && own != recorded.string()) {
      work.step.reads.push_back(file);
      return {value};
    }
    work.step.init = file, work.step.init_name = name;
    return used(work, "init", file, value.substr(name.size()));
  }

  ReplayWord used(Work& work, const std::string& option, int file, const std::string& behind) {
    files_.check_unchanged(file);
    work.step.reads.push_back(file);
    if (option != "resume") return {"", file, behind};
    const Json& inputs = work.json->at("inputs");
    std::string name;
    for (size_t i = 0; i < work.inputs.size(); ++i)
      if (work.inputs[i] == file && name.empty()) name = inputs.items()[i].at("name").string();
    return {"", files_.go_on_from(file, name, work.number, work.step), behind};
  }

  ReplayWord writing(Work& work, const std::string& option, const std::string& value, const std::string& name) {
    if (!value.starts_with(name)) throw Error(fmt::format("--{}: what it writes is not clear", printable(option)));
    const std::string key = option == "out" ? "output" : option;
    if (const auto& known = files_.outputs(work.number); key == "checkpoint" && known.count(key))
      if (files_.recorded(known.at(key)) == printable(name)) return {"", known.at(key), value.substr(name.size())};
    std::string own = name.empty() && work.name != "-" ? work.name : name;
    const bool is_target = work.json == &steps_.items().front() && key == target_output_;
    const bool same_form = name.empty() || fs::path(target_name_).extension() == fs::path(own).extension();
    if (own.empty()) own = fmt::format("{}-{}.h5", work.step.tool, work.number + 1);
    // What a file holds of its command are the names of all but the main output.
    const bool renamed = is_target && same_form && key == "output" && !reserved_name_.empty();
    const int number = files_.add_output(work.number, key, renamed ? reserved_name_ : files_.names().as_recorded(own),
                                         printable(name));
    if (const Json* options = work.json->find("options"); options && options->find("init"))
      files_[number].names_inside[{"/history", "init"}] = text_of(*options, "init");
    auto& writes = work.step.writes;
    writes.insert(key == "output" ? writes.begin() : writes.end(), number);
    return {"", number, value.substr(name.size())};
  }

  void add_words(Work& work) {
    const Json& step = *work.json;
    work.step.tool = text_of(step, "tool"), work.step.version = text_of(step, "version");
    work.step.device = text_of(step, "device"), work.step.isa = text_of(step, "isa"),
    work.step.libraries = texts_of(step, "libraries");
    const Json meaning = explain_(work.step.tool, words_of_step(step));
    bool has_output = false;
    ReplayWord resumed;  // first: where it lies is where it is written, unless --checkpoint says otherwise
    for (const Json& entry : meaning.at("settings").items())
      if (const std::string& value = entry.at("value").string(); entry.at("option").string() == "resume")
        resumed = reading(work, "resume", value, {value});
    for (const Json& entry : meaning.at("settings").items()) {
      const std::string& option = entry.at("option").string();
      if (option == "resume") {
        add_option(work, option, resumed);
        continue;
      }
      if (ends_at_once(option, entry.at("value").string()))
        throw Error(fmt::format("its command, with --{}, makes no file", option));
      if (is_left_out(option)) {
        if (option == "mirror" || option == "time-limit") work.step.left_out.push_back("--" + option);
        continue;
      }
      if (option == "output" && (entry.at("value").string().empty() || entry.at("value").string() == "-")) continue;
      has_output = has_output || option == "output";
      add_setting(work, entry);
    }
    std::vector<ReplayWord> operands;
    for (const Json& entry : meaning.at("operands").items()) {
      const std::string& option = entry.at("option").string();
      const std::string& value = entry.at("value").string();
      const std::string file = text_of(entry, "file");
      if (file == "written") {
        if (value == "-") continue;
        has_output = true;
        add_option(work, "output", writing(work, option, value, value));
      } else if (value == "-" && file == "read") {
        if (read_file(work, value) < 0) files_.external("-", "", "", -1);
        operands.push_back({value});
      } else {
        operands.push_back(file == "read" ? reading(work, option, value, {value}) : ReplayWord{value});
      }
    }
    if (!has_output) add_option(work, "output", writing(work, "output", "", ""));
    if (resumed.file >= 0 && files_.outputs(work.number).count("checkpoint") == 0)  // not to the user's own file
      add_option(work, "checkpoint", writing(work, "checkpoint", "checkpoint.h5", "checkpoint.h5"));
    add_unnamed(work, operands);
    const bool dashed = std::any_of(operands.begin(), operands.end(),
                                    [](const ReplayWord& w) { return w.before.size() > 1 && w.before[0] == '-'; });
    if (dashed) work.step.words.push_back({"--"});
    work.step.words.insert(work.step.words.end(), operands.begin(), operands.end());
  }

  /// What no word names: standard input, or the data that a checkpoint names.
  void add_unnamed(Work& work, std::vector<ReplayWord>& operands) {
    const Json* inputs = work.json->find("inputs");
    for (size_t i = 0; i < work.inputs.size(); ++i) {
      const std::string& name = inputs->items()[i].at("name").string();
      if (name == "-") {
        if (work.step.input >= 0) throw Error("two of its inputs are standard input");
        work.step.input = work.inputs[i];
        work.step.reads.push_back(work.inputs[i]);
      } else if (!work.used[i]) {
        const ReplayWord word = used(work, "", work.inputs[i], "");
        if (files_[work.inputs[i]].name != name) operands.push_back(word);
      }
    }
  }

  void add_setting(Work& work, const Json& entry) {
    const std::string &option = entry.at("option").string(), &value = entry.at("value").string();
    if (flag_of(entry, "flag")) return work.step.words.push_back({(value == "false" ? "--no-" : "--") + option});
    const std::string file = text_of(entry, "file");
    std::vector<std::string> names = texts_of(entry, "names");
    if (file == "written" && names.empty()) throw Error(fmt::format("--{}: what it writes is not clear", option));
    if (file == "written" && names.front() != "-")
      return add_option(work, option, writing(work, option, value, names.front()));
    add_option(work, option, file == "read" ? reading(work, option, value, names) : ReplayWord{value});
  }

  static void add_option(Work& work, const std::string& option, ReplayWord word) {
    if (option == "output") {
      work.step.words.push_back({"-o"});
    } else if (word.file < 0 && (word.before.empty() || word.before.starts_with('-'))) {
      if (!word.before.empty()) return work.step.words.push_back({"--" + option + "=" + word.before});
      work.step.words.push_back({"--" + option});
    } else {
      work.step.words.push_back({"--" + option});
    }
    work.step.words.push_back(std::move(word));
  }

  const h5::Reader& file_;
  const ExplainCommand& explain_;
  const h5::Provenance record_;
  const Json& steps_;
  OutputClaims claims_{Json::array()};  // of the checked record
  std::string target_output_, target_name_, reserved_name_;
  std::map<std::string, const Json*> by_id_;
  std::map<std::string, int> numbers_;  // of steps by id; -1: on its way
  ReplayPlan plan_;
  PlanFiles files_{plan_.files};
};

}  // namespace

ReplayPlan replay_plan(const h5::Reader& file, const ExplainCommand& explain) {
  return in_context(printable(file.name()) + ": cannot be replayed", [&] { return Planner(file, explain).plan(); });
}

}  // namespace nn
