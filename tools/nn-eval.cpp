// SPDX-License-Identifier: MIT
// nn-eval: metrics of models on a dataset, and a gate on them.
#include "cli/plugin_list.h"
#include "cli/progress.h"
#include "data/choose_split.h"
#include "formats/models/foreign_input.h"
#include "results/evaluation.h"
#include "results/gate.h"
#include "results/metrics_text.h"
#include "train/engine/ensemble.h"
#include "train/engine/eval_options.h"

namespace {

/// All operands but the last, or the only one, each by itself or as one.
std::vector<nn::Ensemble> models_of(nn::cli::Run& run, bool as_one) {
  std::vector<nn::Ensemble> all;
  std::vector<nn::Ensemble::Member> members;
  for (size_t i = 0; i + 1 < run.operands().size() || i == 0; ++i) {
    members.push_back(nn::Ensemble::member(run.input(i, "model")));
    if (!as_one) all.emplace_back(std::exchange(members, {}));
  }
  if (as_one) all.emplace_back(std::move(members));
  return all;
}

std::vector<nn::Evaluation> judge(nn::cli::Run& run, const nn::EvalOptions& options) {
  const std::vector<nn::Ensemble> all = models_of(run, options.ensemble);
  std::string data_name;
  std::vector<std::string> splits, sums;
  const nn::Dataset data = [&] {
    const nn::h5::Reader file = run.input(std::max<size_t>(run.operands().size() - 1, 1), "dataset");
    data_name = file.name();
    splits = nn::choose_splits(file, options.split);
    for (const std::string& split : splits) sums.push_back(nn::samples_sum(file, split));
    return nn::open_dataset(file, splits);
  }();
  if (const std::string note = nn::stored_samples_note(data, data_name); !note.empty()) run.log().note(note);
  const auto backend = nn::make_backend(run.common().device, run.common().threads, run.budget());
  nn::cli::Progress progress(run.log(), run.common().progress);
  nn::EvaluateOptions how = options.evaluate;
  how.budget = run.budget();
  how.progress = std::bind_front(&nn::cli::Progress::samples, &progress);
  std::vector<nn::Evaluation> evaluations;
  for (const nn::Ensemble& models : all) {
    progress.clear();
    const nn::SharedData shared = models.align(data, data_name, run.log());
    for (size_t i = 0; i < splits.size(); ++i) {
      evaluations.push_back({models.name(), data_name, models.names(),
                             models.evaluate(shared, splits[i], *backend, how), models.training()});
      evaluations.back().metrics.samples_sum = sums[i];
    }
  }
  return evaluations;
}

nn::Exit work(nn::cli::Run& run, nn::EvalOptions& options) {
  const size_t operands = run.operands().size();
  if (operands == 0) throw nn::UsageError("no model: nn-eval MODEL... [DATA]");
  if (options.ensemble && operands < 3)
    throw nn::UsageError("--ensemble has no effect on one model: nn-eval --ensemble MODEL MODEL... DATA");
  const nn::Gate gate(options.fail_under);
  const bool report = run.common().output.empty() && run.stdout_is_terminal() && !options.brief;
  const std::string form = nn::output_form(
      nn::metrics_forms(), {options.format, run.common().json, run.common().output, report ? "text" : "tsv", "h5"});
  if (const std::string said = nn::suffix_of_another(nn::metrics_forms(), form, run.common().output); !said.empty())
    run.log().warning(said);
  if (options.brief) nn::check_brief(form, options.evaluate.confusion);
  if (form == "h5" && operands > 2 && !options.ensemble)
    throw nn::UsageError("a metrics file is of one model: run nn-eval for each, or with --ensemble for all as one");
  options.evaluate.scores = !options.brief || !gate.empty();
  nn::h5::OutFile out = run.output(form == "h5" ? nn::h5::OutFile::Content::binary : nn::h5::OutFile::Content::text);
  const std::vector<nn::Evaluation> evaluations = judge(run, options);
  const std::vector<std::string> failures = gate.failures(evaluations);
  form == "h5" ? out.commit(nn::metrics_file(evaluations, run.provenance(), !run.output_is_pipe()))
               : out.commit(nn::metrics_text(evaluations, form, options.brief));
  for (const std::string& failure : failures) run.log().error(failure);
  return failures.empty() ? nn::Exit::done : nn::Exit::condition;
}

}  // namespace

int main(int argc, char** argv) {
  nn::WithForeignModels<nn::EvalOptions> options;
  nn::cli::ToolInfo info;
  info.foreign_model = options.reader(), info.has_device = info.has_json = true;
  info.name = "nn-eval", info.summary = "measure models on a dataset", info.synopsis = "[OPTION]... MODEL... [DATA]";
  info.devices = nn::cli::device_list(nn::device_names(), nn::devices, nn::auto_choice, nn::open_device);
  return nn::cli::run_tool(info, argc, argv, options, work);
}
