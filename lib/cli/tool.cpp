// SPDX-License-Identifier: MIT
#include "cli/tool.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>

#include "base/registry.h"
#include "base/threads.h"
#include "base/version.h"
#include "cli/body.h"
#include "cli/clashes.h"
#include "cli/common.h"
#include "cli/completion.h"
#include "cli/config.h"
#include "cli/help.h"
#include "cli/manual.h"
#include "cli/operands.h"
#include "cli/parse.h"
#include "cli/signals.h"
#include "cli/stdout.h"

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

  Exit go(int argc, char** argv, const std::function<void(OptionSet&)>& declare, const std::function<Exit(Run&)>& work) {
    declare(body_.options);
    declare_common(body_.options, body_.info, body_.common, wishes_);
    const CommandLine line = parse_command_line(argc, argv, body_.options, hidden_);
    check_repeats(line.options);
    if (line.brief_help) return say(brief_help(body_.info, body_.options));
    apply(line);
    if (const std::string text = answer(); !text.empty()) return say(text);
    for (const Option& o : body_.options.all())
      if (o.required && !o.given && !o.operand) throw UsageError(fmt::format("option --{} is needed (see --help)", o.name));
    fill_operands(body_.info, body_.options, body_.operands);
    if (body_.common.threads == 0) body_.common.threads = usable_cpus();
    if (!body_.common.max_memory.empty())
      body_.budget = Budget(in_context("option --max-memory", [&] { return parse_size(body_.common.max_memory); }));
    refuse_clashes(body_.info, body_.options);
    for (int i = 0; i < argc; ++i) body_.argv.emplace_back(argv[i]);
    Run run(body_);
    return work(run);
  }

 private:
  Exit say(const std::string& text) {
    write_stdout(text);
    return Exit::done;
  }

  /// What a second value would replace in silence is refused: in one configuration, and on one command line.
  void check_repeats(const std::vector<std::pair<std::string, std::string>>& settings) const {
    for (auto second = settings.begin(); second != settings.end(); ++second) {
      const Option* option = body_.options.find(second->first);
      if (option && option->adds_up) continue;
      const auto first = std::find_if(settings.begin(), second, [&](const auto& s) { return s.first == second->first; });
      if (first == second) continue;
      throw UsageError(fmt::format("option --{} is given twice, as '{}' and as '{}', and may stand once only", second->first,
                                   printable(first->second), printable(second->second)));
    }
  }

  /// The configuration first, then the command line over it.
  void apply(const CommandLine& line) {
    std::string config;
    for (const auto& [name, value] : line.options)
      if (name == "config") config = value;
    if (!config.empty()) {
      const auto settings = read_config(config);
      in_context(config, [&] { check_repeats(settings); });
      for (const auto& [name, value] : settings) {
        if (name == "config" || name == "list") throw UsageError(fmt::format("{}: '{}' cannot stand in a configuration", config, name));
        in_context(config, [&] { set(name, value); });
      }
    }
    for (const auto& [name, value] : line.options) set(name, value);
    body_.operands = line.operands;
    body_.common.quiet = wishes_.quiet > 0;
    body_.log.set_level(std::max(-2, std::min(2, wishes_.verbose - wishes_.quiet)));
  }

  void set(const std::string& name, const std::string& value) {
    try {
      (hidden_.find(name) ? hidden_ : body_.options).set_option(name, value);
    } catch (const Error& e) {
      throw UsageError(fmt::format("--{}", e.what()));
    }
    body_.given.emplace_back(name, value);
  }

  /// What --help and its like print; empty when the tool is to work.
  std::string answer() const {
    const ToolInfo& info = body_.info;
    if (wishes_.help) return full_help(info, body_.options);
    if (wishes_.version) return version_text(info);
    if (!wishes_.list.empty()) return list_text(list_named(info, wishes_.list));
    if (wishes_.print_config) return config_text(body_.options, body_.given) + (info.config_notes ? info.config_notes() : "");
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
  } catch (const Error& e) {
    body.log.error(e.what());
    return e.status();
  } catch (const std::bad_alloc&) {
    body.log.error("not enough memory");
  } catch (const std::exception& e) {
    body.log.error(fmt::format("unexpected: {}", e.what()));
  }
  return Exit::failed;
}

}  // namespace

int run_tool(const ToolInfo& info, int argc, char** argv, const std::function<void(OptionSet&)>& declare,
             const std::function<Exit(Run&)>& work) {
  catch_signals(info.takes_job_signals, info.name);
  open_standard_descriptors();
  Run::Body body(info);
  const Exit status = run_guarded(body, argc, argv, declare, work);
  raise_noted_signal();
  return static_cast<int>(status);
}

}  // namespace nn::cli
