// SPDX-License-Identifier: MIT
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/system/version.h"
#include "base/text/printable.h"
#include "cli/body.h"
#include "cli/clashes.h"
#include "cli/command_files.h"
#include "cli/parse.h"
#include "cli/signals.h"
#include "cli/stdout.h"
#include "cli/talk.h"
#include "h5/version.h"

namespace nn::cli {

const CommonOptions& Run::common() const { return body_.common; }
const Log& Run::log() const { return body_.log; }
const std::vector<std::string>& Run::operands() const { return body_.operands; }
const std::vector<std::pair<std::string, std::string>>& Run::given() const { return body_.given; }
OptionSet& Run::options() { return body_.options; }
void Run::check_files() const { refuse_clashes(body_.info, body_.options); }
const Budget& Run::budget() const { return body_.budget; }

h5::Reader Run::input(size_t operand, const std::string& kind) {
  return input_named(operand < body_.operands.size() ? body_.operands[operand] : "-", kind);
}

h5::Reader Run::input_named(const std::string& name, const std::string& kind) {
  const bool from_stdin = name.empty() || name == "-";
  for (const auto& [earlier, digest] : body_.inputs)
    if (from_stdin && earlier == "-")
      throw UsageError("standard input cannot be read twice: name a file for one of the inputs");
  const auto since = std::chrono::steady_clock::now();
  std::vector<std::byte> foreign;
  if (body_.info.foreign_model && !from_stdin && (kind.empty() || kind == "model"))
    foreign = body_.info.foreign_model(name, body_.log, body_.budget);
  h5::Reader reader = foreign.empty() ? h5::Reader::open(from_stdin ? "-" : name, kind, body_.budget)
                                      : h5::Reader::of_bytes(foreign, name, kind, body_.budget);
  if (foreign.empty()) body_.opened_as_ours[name] = reader.digest();
  foreign = {};
  body_.inputs.emplace_back(from_stdin ? "-" : name, reader.digest());
  body_.parents.push_back(h5::Provenance::read(reader));
  tell_input(body_, reader, since);
  return reader;
}

h5::OutRules Run::output_rules() const {
  h5::OutRules rules(body_.common.no_clobber);
  rules.if_changed = body_.common.if_changed;
  rules.budget = body_.budget;
  rules.kept = [&body = body_](const std::string& name) { body.kept.push_back(name); };
  return rules;
}

h5::OutFile Run::output(h5::OutFile::Content content) { return output(body_.common.output, content); }

h5::OutFile Run::output(const std::string& target, h5::OutFile::Content content) {
  h5::OutFile out(target, content, output_rules());
  if (body_.info.takes_job_signals) out.keep_result();
  return out;
}

bool Run::output_is_pipe() const {
  const std::string& name = body_.common.output;
  struct stat info {};
  const bool is_stdout = name.empty() || name == "-";
  const int found = is_stdout ? fstat(STDOUT_FILENO, &info) : stat(name.c_str(), &info);
  return found == 0 && !S_ISREG(info.st_mode);
}

h5::Provenance Run::provenance(Json extra) const {
  h5::Step step;
  step.off = body_.common.no_history;
  step.tool = body_.info.name;
  step.version = version();
  step.argv = body_.argv;
  if (!step.argv.empty()) step.argv[0] = body_.info.name;
  if (!step.off) {
    const bool told = std::ranges::all_of(body_.argv, [](const std::string& word) { return printable(word) == word; });
    if (!told || body_.options.given("config")) step.arguments = words_of(body_.options, body_.given, body_.operands);
    step.files = body_.foreign.record(body_.options, body_.opened_as_ours);
  }
  step.options = Json::object();
  for (const Option& o : body_.options.all()) {
    if (!o.recorded || o.operand) continue;
    if (is_flag(o))
      step.options[o.name] = Json(o.get() == "true");
    else
      step.options[o.name] = Json(o.get());
  }
  step.extra = std::move(extra);
  Json& libraries = step.extra["libraries"];
  std::vector<std::string> used{"HDF5 " + h5::library_version()};
  if (body_.info.devices.libraries)
    for (const std::string& library : body_.info.devices.libraries(body_.common.device)) used.push_back(library);
  for (const std::string& library : used) {
    const auto is_same = [&](const Json& known) { return known.is_string() && known.string() == library; };
    if (libraries.is_null() || std::none_of(libraries.items().begin(), libraries.items().end(), is_same))
      libraries.push_back(Json(library));
  }
  if (body_.info.has_device && !step.extra.find("threads")) step.extra["threads"] = Json(body_.common.threads);
  step.inputs = body_.inputs;
  return h5::extend(step, body_.parents);
}

void Run::print(const std::string& text) { write_stdout(printable_lines(text, isatty(STDOUT_FILENO) == 1)); }
bool Run::interrupted() const { return interruption_asked(); }
Request Run::request() const { return next_request(); }
void Run::job_signals(bool hup_saves, bool term_requeues) { set_job_signals(hup_saves, term_requeues); }
double Run::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - body_.start).count();
}
bool Run::stderr_is_terminal() const { return isatty(STDERR_FILENO) == 1; }
bool Run::stdout_is_terminal() const { return isatty(STDOUT_FILENO) == 1; }

}  // namespace nn::cli
