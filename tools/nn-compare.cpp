// SPDX-License-Identifier: MIT
// nn-compare: groups of trained networks compared in statistics.
#include "cli/tool.h"
#include "results/compare/compare_options.h"

namespace {

nn::Exit work(nn::cli::Run& run, const nn::CompareOptions& options) {
  options.check(run.options());
  const std::string& output = run.common().output;
  const bool for_a_person = output.empty() && run.stdout_is_terminal();
  const std::string form = nn::output_form(nn::comparison_forms(),
                                           {options.format, run.common().json, output, for_a_person ? "text" : "tsv"});
  if (const std::string said = nn::suffix_of_another(nn::comparison_forms(), form, output); !said.empty())
    run.log().warning(said);
  nn::h5::OutFile out = run.output(nn::h5::OutFile::Content::text);
  std::vector<nn::ComparedRun> runs;
  for (const std::string& name : options.files)
    runs.push_back(nn::read_compared_run(run.input_named(name, ""), options.at_epoch()));
  options.check(run.options(), runs);
  std::string failure;
  out.commit(nn::comparison_text(runs, options, run.common().seed, form, failure));
  if (failure.empty()) return nn::Exit::done;
  run.log().error(failure);
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
