// SPDX-License-Identifier: MIT
#include "cli/common.h"

namespace nn::cli {
namespace {

/// A flag that counts how often it came.
Option counter(std::string name, char letter, int& count, std::string help) {
  Option o;
  o.name = std::move(name);
  o.letter = letter;
  o.help = std::move(help);
  o.default_text = value_text(count);
  o.recorded = false;
  o.adds_up = true;
  o.set = [&count](std::string_view text) {
    if (text == "true") ++count;
    else if (text == "false") count = 0;
    else parse_value(text, count);
  };
  o.get = [&count] { return value_text(count); };
  return o;
}

std::vector<std::string> names_of_lists(const ToolInfo& info) {
  std::vector<std::string> names;
  for (const NamedList& l : info.lists) names.push_back(l.name);
  return names;
}

std::vector<std::string> device_names(const ToolInfo& info) {
  std::vector<std::string> names;
  for (const auto& [name, summary] : info.devices.names) names.push_back(name);
  names.emplace_back("list");
  return names;
}

class Adder {
 public:
  explicit Adder(OptionSet& set) : set_(set) {}

  /// Null when the tool has its own of that name.
  template <class T>
  Option* add(const char* name, char letter, T& field, const char* metavar, const char* help) {
    if (set_.find(name)) return nullptr;
    return keep(set_.add(name, field, metavar, help), letter);
  }
  void add_counter(const char* name, char letter, int& count, const char* help) {
    if (!set_.find(name)) keep(set_.add(counter(name, letter, count, help)), letter);
  }

 private:
  Option* keep(Option& o, char letter) {
    bool taken = false;
    for (const Option& other : set_.all()) taken = taken || (&other != &o && other.letter == letter);
    o.letter = taken ? char{0} : letter;
    o.in_group(common_group).not_recorded();
    return &o;
  }
  OptionSet& set_;
};

void declare_work(Adder& adder, const ToolInfo& info, CommonOptions& common) {
  if (Option* o = adder.add("output", 'o', common.output, "FILE",
                            info.writes_h5 ? "write HDF5 to FILE; without it, or as -, to standard output"
                                           : "write to FILE instead of standard output"))
    o->brief_help().writes_file();
  if (info.has_json) adder.add("json", 0, common.json, "", "print JSON instead of a table");
  if (info.has_dry_run)
    if (Option* o = adder.add("dry-run", 'n', common.dry_run, "", "say what would be done, and write nothing")) o->brief_help();
  if (info.has_device) {
    if (Option* o = adder.add("threads", 'j', common.threads, "N",
                              "number of threads; the CPUs this process may use when not given. The result does not depend on it")) {
      o->at_least(1).default_text.clear();
      o->get = [&threads = common.threads] { return threads > 0 ? value_text(threads) : std::string(); };
    }
    if (Option* o = adder.add("device", 0, common.device, "NAME", "where to compute: cpu, or ref, plain loops in double precision; list names all, and ends"))
      o->one_of(device_names(info)).recorded = true;
  }
  if (info.has_seed)
    if (Option* o = adder.add("seed", 0, common.seed, "N", "seed of every random choice")) o->brief_help().recorded = true;
  if (info.has_device || info.has_progress)
    if (Option* o = adder.add("progress", 0, common.progress, "WHEN", "draw progress on standard error: auto (on a terminal), always, never"))
      o->one_of({"auto", "always", "never"});
  adder.add("max-memory", 0, common.max_memory, "SIZE",
            "most memory that the sizes in files and plans may ask for, as 512M or 2G; half of what this process may use when not given");
  adder.add("no-clobber", 0, common.no_clobber, "", "fail when the output file exists");
  adder.add("no-history", 0, common.no_history, "", "leave the record of commands out of the output");
}

}  // namespace

void declare_common(OptionSet& set, const ToolInfo& info, CommonOptions& common, Wishes& wishes) {
  Adder adder(set);
  declare_work(adder, info, common);
  if (Option* o = adder.add("config", 0, wishes.config, "FILE", "read options from FILE, lines of the form: name = value. The command line goes over them"))
    o->reads_file();
  adder.add("print-config", 0, wishes.print_config, "", "print all settings in the form that --config reads, and end");
  if (!info.lists.empty())
    if (Option* o = adder.add("list", 0, wishes.list, "WHAT", "list what there is, and end"))
      o->one_of(names_of_lists(info)).brief_help();
  adder.add_counter("quiet", 'q', wishes.quiet, "no progress lines; twice: no warnings either");
  adder.add_counter("verbose", 'v', wishes.verbose, "say more; twice: still more");
  if (Option* o = adder.add("help", 'h', wishes.help, "", "all options; -h: the most used ones")) o->brief_help();
  adder.add("version", 0, wishes.version, "", "print the version and those of the libraries, and end");
}

OptionSet hidden_options(Wishes& wishes) {
  OptionSet set;
  set.flag("man-options", wishes.man_options, "print OPTIONS of the man page");
  set.add("man-list", wishes.man_list, "WHAT", "print a list for a man page");
  set.add("completion", wishes.completion, "SHELL", "print the completion for bash, zsh or fish");
  return set;
}

}  // namespace nn::cli
