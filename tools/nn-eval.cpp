// SPDX-License-Identifier: MIT
// nn-eval: metrics of models on a dataset, and a gate on them.
#include "cli/tool.h"
#include "train/choose_split.h"
#include "train/report.h"

namespace {

struct EvalOptions {
  std::string split;
  int top = 5;
  int64_t batch = 256;
  std::vector<std::string> fail_under;
  bool brief = false;

  void declare(nn::OptionSet& set) {
    set.add("split", split, "SPLIT", "split to measure, or several joined by commas; not given: test, else val, else train").brief_help();
    set.add("fail-under", fail_under, "METRIC=VALUE",
            "exit with status 3 when the metric is below the value (loss: above it); may be given again").brief_help();
    set.add("top", top, "K", "count a sample for top_K when its label is among the K largest outputs").at_least(1).brief_help();
    set.flag("brief", brief, "print n, loss, accuracy and top_K only").brief_help();
    set.add("batch", batch, "N", "samples computed at once; changes memory and speed only").at_least(1);
  }
};

std::vector<nn::Verdict> judge(nn::cli::Run& run, const EvalOptions& options, const std::vector<std::string>& names) {
  std::vector<std::pair<std::string, nn::Model>> models;
  for (size_t i = 0; i + 1 < names.size() || i == 0; ++i) {
    const nn::h5::Reader file = run.input(i, "model");
    models.emplace_back(file.name(), nn::in_context(file.name(), [&] { return nn::read_model(file); }));
  }
  std::string data_name;
  std::vector<std::string> splits;
  const nn::Dataset data = [&] {
    const nn::h5::Reader file = run.input(names.size() == 1 ? 1 : names.size() - 1, "dataset");
    data_name = file.name();
    splits = nn::choose_splits(file, options.split);
    return nn::read_dataset(file, splits);
  }();
  const auto backend = nn::make_backend(run.common().device, run.common().threads);
  std::vector<nn::Verdict> verdicts;
  for (const auto& [name, model] : models) {
    for (const std::string& message : nn::disagreements(model, data)) run.log().warning(name + " and " + data_name + ": " + message);
    for (const std::string& split : splits)
      verdicts.push_back({name, data_name, model.classes, nn::in_context(name + " on " + data_name, [&] {
                            return nn::evaluate(model, data, split, *backend, options.batch, options.top);
                          })});
  }
  return verdicts;
}

nn::Exit work(nn::cli::Run& run, const EvalOptions& options) {
  const std::vector<std::string>& names = run.operands();
  if (names.empty()) throw nn::UsageError("no model: nn-eval MODEL [DATA]");
  const nn::Gate gate(options.fail_under);
  const std::string& target = run.common().output;
  const bool h5 = target == "-" || target.ends_with(".h5") || target.ends_with(".hdf5");
  if (h5 && names.size() > 2) throw nn::UsageError("a metrics file is of one model: run nn-eval for each");
  nn::h5::OutFile out = run.output(h5 ? nn::h5::OutFile::Content::binary : nn::h5::OutFile::Content::text);
  const std::vector<nn::Verdict> verdicts = judge(run, options, names);
  const std::vector<std::string> failures = gate.failures(verdicts);
  if (h5) {
    std::vector<nn::Metrics> metrics;
    for (const nn::Verdict& v : verdicts) metrics.push_back(v.metrics);
    out.commit(nn::write_metrics(metrics, verdicts[0].classes, run.provenance(), !run.output_is_pipe()));
  } else {
    const std::string text = run.common().json ? nn::metrics_json(verdicts) : nn::metrics_tsv(verdicts, options.brief);
    target.empty() ? run.print(text) : out.commit(text);
  }
  for (const std::string& failure : failures) run.log().error(failure);
  return failures.empty() ? nn::Exit::done : nn::Exit::condition;
}

}  // namespace

int main(int argc, char** argv) {
  EvalOptions options;
  nn::cli::ToolInfo info;
  info.name = "nn-eval";
  info.summary = "measure models on a dataset";
  info.synopsis = "[OPTION]... MODEL... [DATA]";
  info.has_device = info.has_json = true;
  return nn::cli::run_tool(
      info, argc, argv, [&](nn::OptionSet& set) { options.declare(set); },
      [&](nn::cli::Run& run) { return work(run, options); });
}
