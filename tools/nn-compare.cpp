// SPDX-License-Identifier: MIT
// nn-compare: groups of trained networks compared in statistics.
#include "base/system/version.h"
#include "cli/tool.h"
#include "report/report.h"
#include "report/report_folder.h"
#include "results/compare/compare_options.h"

namespace {

/// The form of the comparison itself.
std::string form_of(nn::cli::Run& run, const nn::CompareOptions& options) {
  const std::string& output = run.common().output;
  const bool for_a_person = output.empty() && run.stdout_is_terminal();
  const std::string form = nn::output_form(nn::comparison_forms(),
                                           {options.format, run.common().json, output, for_a_person ? "text" : "tsv"});
  if (const std::string said = nn::suffix_of_another(nn::comparison_forms(), form, output); !said.empty())
    run.log().warning(said);
  return form;
}

/// "nn-compare --report r a.h5 b.h5"; empty with --no-history.
std::string command_of(const nn::cli::Run& run) {
  const std::string history = run.provenance().history, line = history.substr(0, history.find('\n'));
  const size_t date = line.find(": ");
  return date == std::string::npos ? line : line.substr(date + 2);
}

nn::Exit work(nn::cli::Run& run, const nn::CompareOptions& options) {
  options.check(run.options());
  const bool writes_report = !options.report.empty(), is_alone = writes_report && run.common().output.empty();
  if (is_alone && (!options.format.empty() || run.common().json))
    throw nn::UsageError("--format and --json have no effect with --report: -o FILE writes the comparison itself, too");
  std::optional<nn::ReportFolder> folder;
  if (writes_report) folder.emplace(options.report, run.output_rules());
  const std::string form = form_of(run, options);
  std::optional<nn::h5::OutFile> out;
  if (!is_alone) out.emplace(run.output(nn::h5::OutFile::Content::text));
  std::vector<nn::h5::Reader> files;
  std::vector<nn::ComparedRun> runs;
  for (const std::string& name : options.files) {
    nn::h5::Reader file = run.input_named(name, "");
    runs.push_back(nn::read_compared_run(file, options.at_epoch()));
    if (writes_report) files.push_back(std::move(file));
  }
  options.check(run.options(), runs);
  nn::CompareSaid said;
  if (writes_report) {
    const auto report =
        nn::make_report(files, runs, {{options.settings(run.common().seed)}, command_of(run), nn::version()});
    (void)run.interrupted();  // from here on a signal waits until the folder is whole
    folder->commit(nn::report_files(report));
  }
  if (out) out->commit(nn::comparison_text(runs, options, run.common().seed, form, said));
  for (const std::string& note : said.notes) run.log().note(nn::printable(note));
  if (said.failure.empty()) return nn::Exit::done;
  run.log().error(said.failure);
  return nn::Exit::condition;
}

}  // namespace

int main(int argc, char** argv) {
  nn::CompareOptions options;
  nn::cli::ToolInfo info;
  info.name = "nn-compare", info.summary = "compare groups of trained networks", info.synopsis = "[OPTION]... FILE...";
  info.has_json = info.has_seed = true;
  return nn::cli::run_tool(info, argc, argv, options, work);
}
