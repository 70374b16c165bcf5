// SPDX-License-Identifier: MIT
// nn-predict: the classes that a model sees in the samples of a dataset, with confidence.
#include "cli/tool.h"
#include "train/choose_split.h"
#include "train/report.h"

namespace {

struct PredictOptions {
  std::string split, rows;
  int top = 3;
  int64_t batch = 256;

  void declare(nn::OptionSet& set) {
    set.add("split", split, "SPLIT", "split to predict; not given: test, else val, else train").brief_help();
    set.add("rows", rows, "FIRST:END", "rows of the split, counted from 0, as 0:10 or 3,7,20:25; not given: all").brief_help();
    set.add("top", top, "K", "print the K most probable classes; 0 for none").at_least(0).brief_help();
    set.add("batch", batch, "N", "samples computed at once; changes memory and speed only").at_least(1);
  }
};

nn::Exit work(nn::cli::Run& run, const PredictOptions& options) {
  if (run.operands().empty()) throw nn::UsageError("no model: nn-predict MODEL [DATA]");
  const std::string& target = run.common().output;
  const bool h5 = target == "-" || target.ends_with(".h5") || target.ends_with(".hdf5");
  nn::h5::OutFile out = run.output(h5 ? nn::h5::OutFile::Content::binary : nn::h5::OutFile::Content::text);
  const nn::h5::Reader model_file = run.input(0, "model");
  const nn::Model model = nn::read_model(model_file);
  std::string data_name, split;
  const nn::Dataset data = [&] {
    const nn::h5::Reader file = run.input(1, "dataset");
    data_name = file.name();
    split = nn::choose_split(file, options.split);
    return nn::read_dataset(file, {split});
  }();
  const std::string both = model_file.name() + " and " + data_name;
  for (const std::string& message : nn::disagreements(model, data)) run.log().warning(both + ": " + message);
  const auto backend = nn::make_backend(run.common().device, run.common().threads);
  std::vector<int64_t> rows;
  if (!options.rows.empty()) rows = nn::parse_rows(options.rows, data.at(split).size());
  const nn::Predictions p = nn::in_context(model_file.name() + " on " + data_name, [&] {
    return nn::predict(model, data, split, rows, *backend, options.batch);
  });
  if (h5) {
    out.commit(nn::write_predictions(p, model.classes, run.provenance(), !run.output_is_pipe()));
    return nn::Exit::done;
  }
  const std::string text =
      run.common().json ? nn::predictions_json(p, model.classes, options.top) : nn::predictions_tsv(p, model.classes, options.top);
  target.empty() ? run.print(text) : out.commit(text);
  return nn::Exit::done;
}

}  // namespace

int main(int argc, char** argv) {
  PredictOptions options;
  nn::cli::ToolInfo info;
  info.name = "nn-predict";
  info.summary = "classify the samples of a dataset";
  info.synopsis = "[OPTION]... MODEL [DATA]";
  info.has_device = info.has_json = true;
  return nn::cli::run_tool(
      info, argc, argv, [&](nn::OptionSet& set) { options.declare(set); },
      [&](nn::cli::Run& run) { return work(run, options); });
}
