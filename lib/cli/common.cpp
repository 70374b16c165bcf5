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
    if (text == "true")
      ++count;
    else if (text == "false")
      count = 0;
    else
      parse_value(text, count);
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
  std::vector<std::string> names = info.devices.names;
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
  void add_counter(const char* name, char letter, int& count, const char* help, const char* words = "") {
    if (!set_.find(name)) keep(set_.add(counter(name, letter, count, help)), letter)->of_one_run().also(words);
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
                            info.writes_h5 ? "write HDF5 to FILE; not given, or -: to standard output"
                                           : "write to FILE instead of standard output"))
    o->brief_help().writes_file().also("out output_file save save_model save_path");
  if (info.has_json)
    if (Option* o = adder.add("json", 0, common.json, "", "print JSON instead of a table")) o->of_one_run();
  if (info.has_dry_run)
    if (Option* o = adder.add("dry-run", 'n', common.dry_run, "", "report what would be done, and write nothing"))
      o->brief_help().of_one_run();
  if (info.has_device) {
    if (Option* o = adder.add(
            "threads", 'j', common.threads, "N",
            "number of threads; not given: the CPUs this process may use. The result does not depend on it")) {
      o->at_least(1).brief_help().of_one_run().also("num_threads workers num_workers n_jobs").default_text.clear();
      o->get = [&threads = common.threads] { return threads > 0 ? value_text(threads) : std::string(); };
    }
    if (Option* o = adder.add("device", 0, common.device, "NAME",
                              "where to compute; list prints the devices, with what each is or why it cannot be used, "
                              "and exits. NAME:NUMBER is one "
                              "of several of a kind"))
      o->one_of(device_names(info))
          .says("gpu cuda gpus use_gpu accelerator",
                "write --device cuda for an NVIDIA GPU; --device list prints the devices")
          .value_says("gpu", "write cuda for an NVIDIA GPU, or auto for the fastest device that can be used")
          .value_says("mps rocm tpu", "only the CPU and NVIDIA GPUs are supported; write cpu, or leave --device out")
          .recorded = true;
  }
  if (info.has_seed)
    if (Option* o = adder.add("seed", 0, common.seed, "N", "seed of all random choices"))
      o->brief_help()
          .called("pytorch", "manual_seed")
          .called("keras", "set_random_seed")
          .also("random_state random_seed")
          .recorded = true;
  if (info.has_device || info.has_progress)
    if (Option* o = adder.add("progress", 0, common.progress, "WHEN",
                              "when to draw progress on standard error: auto (on a terminal), always, never"))
      o->one_of({"auto", "always", "never"}).of_one_run();
  adder.add("max-memory", 0, common.max_memory, "SIZE",
            "limit of the memory that data from files and plans may take, for example 512M or 2G; not given: half of "
            "what this process may use");
  adder.add("no-clobber", 0, common.no_clobber, "", "fail if the output file exists");
  if (Option* o = adder.add("if-changed", 0, common.if_changed, "",
                            "leave the output file as it is, with its time stamp, when the content would be the same: "
                            "of HDF5 the digest, of other files the bytes (nn-tools(7))"))
    o->of_one_run();
  if (Option* o =
          adder.add("depfile", 0, common.depfile, "FILE",
                    "write a rule for make and ninja to FILE: the output, and every file that it was made from"))
    o->writes_file().of_one_run();
  adder.add("no-history", 0, common.no_history, "", "do not record the commands in the output");
}

}  // namespace

void declare_common(OptionSet& set, const ToolInfo& info, CommonOptions& common, Wishes& wishes) {
  Adder adder(set);
  declare_work(adder, info, common);
  if (Option* o = adder.add(
          "config", 0, wishes.config, "FILE",
          "read options from FILE, with lines of the form name = value. Options of the command line override them"))
    o->reads_file().of_one_run();
  if (Option* o = adder.add("print-config", 0, wishes.print_config, "",
                            "print all settings in the form that --config reads, and exit"))
    o->of_one_run();
  if (!info.lists.empty())
    if (Option* o = adder.add("list", 0, wishes.list, "WHAT", "list what is available, and exit"))
      o->one_of(names_of_lists(info)).brief_help().of_one_run();
  adder.add_counter("quiet", 'q', wishes.quiet, "print no progress lines; twice: no warnings either", "silent");
  adder.add_counter("verbose", 'v', wishes.verbose, "tell what is read, chosen and written; twice: the time as well");
  if (Option* o = adder.add("help", 'h', wishes.help, "", "print all options, and exit; -h: the most important ones"))
    o->brief_help().of_one_run();
  if (Option* o =
          adder.add("version", 0, wishes.version, "", "print the versions of the tool and its libraries, and exit"))
    o->of_one_run();
}

OptionSet hidden_options(Wishes& wishes) {
  OptionSet set;
  set.flag("man-options", wishes.man_options, "print OPTIONS of the man page");
  set.flag("command-files", wishes.command_files, "print what the command line means, as JSON");
  set.add("man-list", wishes.man_list, "WHAT", "print a list for a man page");
  set.add("completion", wishes.completion, "SHELL", "print the completion for bash, zsh or fish");
  return set;
}

}  // namespace nn::cli
