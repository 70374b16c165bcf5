// SPDX-License-Identifier: MIT
#include "cli/tool.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <stdexcept>
#include <system_error>

#include "base/registry.h"
#include "base/system/threads.h"
#include "base/system/version.h"
#include "cli/advice.h"
#include "cli/body.h"
#include "cli/clashes.h"
#include "cli/command_files.h"
#include "cli/common.h"
#include "cli/completion.h"
#include "cli/config.h"
#include "cli/depfile.h"
#include "cli/environment.h"
#include "cli/help.h"
#include "cli/manual.h"
#include "cli/operands.h"
#include "cli/parse.h"
#include "cli/signals.h"
#include "cli/stdout.h"
#include "cli/talk.h"

namespace nn::cli {
namespace {

const NamedList& list_named(const ToolInfo& info, const std::string& name) {
  std::vector<std::string> names;
  for (const NamedList& l : info.lists) {
    if (l.name == name) return l;
    names.push_back(l.name);
  }
  throw UsageError(unknown_name("list", name, names));
}

/// One start of a tool, from the command line to the exit status.
class Start {
 public:
  explicit Start(Run::Body& body) : body_(body), hidden_(hidden_options(wishes_)) {}

  Exit go(int argc, char** argv, const std::function<void(OptionSet&)>& declare,
          const std::function<Exit(Run&)>& work) {
    declare(body_.options);
    declare_common(body_.options, body_.info, body_.common, wishes_);
    CommandLine line = parse_command_line(argc, argv, body_.options, hidden_, body_.info.lists);
    use_first_names(line.options);
    check_repeats(line.options);
    for (const auto& [name, value] : line.options)
      if (name == "command-files") return say(explained(line));
    if (line.brief_help) return say(brief_help(body_.info, body_.options));
    apply(line);
    if (const std::string text = answer(); !text.empty()) return say(text);
    check_environment(body_.info, body_.common.device);
    for (const Option& o : body_.options.all())
      if (o.required && !o.given && !o.operand)
        throw UsageError(fmt::format("option --{} is needed (see --help)", o.name));
    fill_operands(body_.info, body_.options, body_.operands);
    if (body_.common.threads == 0) body_.common.threads = usable_cpus();
    if (!body_.common.max_memory.empty())
      body_.budget = Budget(in_context("option --max-memory", [&] { return parse_size(body_.common.max_memory); }));
    refuse_clashes(body_.info, body_.options);
    warn_of_suffixes(body_.info, body_.options, body_.log);
    for (int i = 0; i < argc; ++i) body_.argv.emplace_back(argv[i]);
    tell_settings(body_);
    if (body_.info.writes_h5 && !body_.common.no_history) body_.foreign.note(body_.options);
    Run run(body_);
    check_make_options();
    std::optional<h5::OutFile> depfile;
    if (!body_.common.depfile.empty() && !body_.common.dry_run)
      depfile.emplace(body_.common.depfile, h5::OutFile::Content::text);
    const Exit status = work(run);
    if (status == Exit::done) tell_outputs(body_);
    if (depfile && (status == Exit::done || status == Exit::condition)) depfile->commit(dependencies());
    return status;
  }

 private:
  Exit say(const std::string& text) {
    write_stdout(text);
    return Exit::done;
  }

  void use_first_names(std::vector<std::pair<std::string, std::string>>& settings) const {
    for (auto& [name, value] : settings)
      for (const auto& [second, first] : body_.info.second_names)
        if (name == second) name = first;
  }

  /// What a second value would replace in silence is refused: in one configuration, and on one command line.
  void check_repeats(const std::vector<std::pair<std::string, std::string>>& settings) const {
    for (auto second = settings.begin(); second != settings.end(); ++second) {
      const Option* option = body_.options.find(second->first);
      if (option && option->adds_up) continue;
      const auto first =
          std::find_if(settings.begin(), second, [&](const auto& s) { return s.first == second->first; });
      if (first == second) continue;
      throw UsageError(fmt::format("option --{} is given twice, as '{}' and as '{}'; it may be given only once",
                                   second->first, printable(first->second), printable(second->second)));
    }
  }

  /// No file is read for it, no configuration either.
  std::string explained(const CommandLine& line) {
    for (const auto& [name, value] : line.options) set(name, value);
    return command_files(body_.info, body_.options, body_.given, line.operands).dump() + "\n";
  }

  /// The configuration first, then the command line over it.
  void apply(const CommandLine& line) {
    std::string config;
    for (const auto& [name, value] : line.options)
      if (name == "config") config = value;
    if (!config.empty()) {
      auto settings = read_config(config);
      use_first_names(settings);
      in_context(config, [&] { check_repeats(settings); });
      for (const auto& [name, value] : settings) {
        if (name == "config" || name == "list")
          throw UsageError(fmt::format("{}: '{}' cannot stand in a configuration", config, name));
        in_context(config, [&] {
          if (!body_.options.find(name))
            throw UsageError(unknown_option(printable(name), body_.options, body_.info.lists, option_names(), ""));
          set(name, value);
        });
      }
      // --print-config writes all options: a line with the default asks for nothing.
      for (Option& o : body_.options.all()) o.given = o.asks();
    }
    for (const auto& [name, value] : line.options) set(name, value);
    body_.operands = line.operands;
    body_.common.quiet = wishes_.quiet > 0;
    body_.log.set_level(std::max(-2, std::min(2, wishes_.verbose - wishes_.quiet)));
  }

  std::vector<std::string> option_names() const {
    std::vector<std::string> names;
    for (const Option& o : body_.options.all())
      if (!o.operand) names.push_back(o.name);
    return names;
  }

  void set(const std::string& name, const std::string& value) {
    try {
      (hidden_.find(name) ? hidden_ : body_.options).set_option(name, value);
    } catch (const UnknownOption& e) {
      throw UnknownOption(fmt::format("--{}", e.what()), e);
    } catch (const Error& e) {
      throw UsageError(fmt::format("--{}", e.what()));
    }
    body_.given.emplace_back(name, value);
  }

  /// --if-changed and --depfile are about a file that is written.
  void check_make_options() const {
    const CommonOptions& common = body_.common;
    if (!common.if_changed && common.depfile.empty()) return;
    const char* option = common.if_changed ? "--if-changed" : "--depfile";
    if (common.if_changed && common.no_clobber) throw UsageError("--if-changed and --no-clobber exclude each other");
    if (main_output(body_.options).empty())
      throw UsageError(fmt::format("{} is about the file that is written: name it with -o FILE", option));
    if (common.depfile == "-") throw UsageError("--depfile: expected a file, found '-', standard output");
    if (!common.depfile.empty()) static_cast<void>(dependencies());  // names that make cannot read
  }

  std::string dependencies() const {
    std::vector<std::string> opened;
    for (const auto& [name, digest] : body_.inputs) opened.push_back(name);
    return depfile_rule(main_output(body_.options), files_read(body_.options, opened));
  }

  /// What --help and its like print; empty when the tool is to work.
  std::string answer() const {
    const ToolInfo& info = body_.info;
    if (wishes_.help) return full_help(info, body_.options);
    if (wishes_.version) return version_text(info);
    if (info.has_device && body_.common.device == "list") return device_text(info.devices);
    if (!wishes_.list.empty()) return list_text(list_named(info, wishes_.list));
    if (wishes_.print_config)
      return config_text(info, body_.options, body_.given) + (info.config_notes ? info.config_notes() : "");
    if (wishes_.man_options) return manual_options(info, body_.options);
    if (!wishes_.man_list.empty()) return manual_list(list_named(info, wishes_.man_list));
    if (!wishes_.completion.empty()) return completion(wishes_.completion, info, body_.options);
    return "";
  }

  Run::Body& body_;
  Wishes wishes_;
  OptionSet hidden_;
};

Exit run_guarded(Run::Body& body, int argc, char** argv, const std::function<void(OptionSet&)>& declare,
                 const std::function<Exit(Run&)>& work) {
  try {
    const Exit status = Start(body).go(argc, argv, declare, work);
    check_stdout();
    return status;
  } catch (const UnknownOption& e) {
    body.log.error(with_own_option(e, body.options));
    return e.status();
  } catch (const Error& e) {
    body.log.error(e.what());
    return e.status();
  } catch (const std::length_error&) {
    body.log.error("a size that a file or an option gives is larger than any memory");
  } catch (const std::system_error& e) {
    body.log.error(fmt::format("the system refuses: {}", e.what()));
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& e) {
    body.log.error(fmt::format("internal error ({}); please report it with the command that led to it", e.what()));
  }
  return Exit::failed;
}

/// Of what no one foresaw. It takes no memory, which may be what is wanting.
void say_last_words(std::string_view tool) {
  const char* why = ": internal error; please report it with the command that led to it\n";
  try {
    if (std::current_exception()) throw;
  } catch (const std::bad_alloc&) {
    why = ": not enough memory; a smaller --batch or fewer samples need less\n";
  } catch (...) {
  }
  write_stderr(tool);
  write_stderr(why);
}

/// An exception that leaves a thread, or is thrown while another is on its way.
[[noreturn]] void end_at_once() {
  const char* const tool = program_invocation_short_name;
  say_last_words(tool);
  h5::remove_temporaries();
  _exit(static_cast<int>(Exit::failed));
}

/// Before main, and before the objects of static storage are made: they may find no memory.
[[gnu::constructor(101)]] void name_the_end() { std::set_terminate(end_at_once); }

}  // namespace

int run_tool(const ToolInfo& info, int argc, char** argv, const std::function<void(OptionSet&)>& declare,
             const std::function<Exit(Run&)>& work) {
  catch_signals(info.takes_job_signals, info.name);
  open_standard_descriptors();
  Exit status = Exit::failed;
  try {
    Run::Body body(info);
    status = run_guarded(body, argc, argv, declare, work);
  } catch (...) {
    say_last_words(info.name);
  }
  raise_noted_signal();
  return static_cast<int>(status);
}

}  // namespace nn::cli
