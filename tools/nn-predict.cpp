// SPDX-License-Identifier: MIT
// nn-predict: the predicted class of each sample with its confidence, or the predicted numbers of a regression.
#include "cli/plugin_list.h"
#include "cli/progress.h"
#include "data/choose_split.h"
#include "data/row_range.h"
#include "formats/models/foreign_input.h"
#include "results/metrics_text.h"
#include "results/predict_options.h"
#include "results/predictions_file.h"
#include "results/predictions_table.h"
#include "train/engine/ensemble.h"
#include "train/engine/model_texts.h"

namespace {

nn::Ensemble models_of(nn::cli::Run& run, const nn::PredictOptions& options) {
  std::vector<nn::Ensemble::Member> members;
  for (const std::string& model : options.models())
    members.push_back(nn::Ensemble::member(run.input_named(model, "model")));
  return nn::Ensemble(std::move(members));
}

nn::Predictions predictions(nn::cli::Run& run, const nn::PredictOptions& options, const nn::Ensemble& models) {
  std::string data_name = "the texts", split = "texts", sum;
  const nn::Dataset data = [&] {
    if (options.takes_texts())
      return nn::dataset_of_texts(options.texts, options.lines, options.text_files(), run.budget());
    const nn::h5::Reader file = run.input(std::max<size_t>(run.operands().size() - 1, 1), "dataset");
    data_name = file.name();
    split = nn::choose_split(file, options.split);
    sum = nn::samples_sum(file, split);
    return nn::open_dataset(file, {split});
  }();
  if (const std::string note = nn::stored_samples_note(data, data_name); !note.empty()) run.log().note(note);
  const nn::SharedData shared =
      models.align(data, data_name, run.log(), options.no_labels ? nn::Answers::ignored : nn::Answers::compared);
  const auto backend = nn::make_backend(run.common().device, run.common().threads, run.budget());
  std::vector<int64_t> rows;
  if (!options.rows.empty()) rows = nn::parse_rows(options.rows, data.at(split).size());
  nn::cli::Progress progress(run.log(), run.common().progress);
  nn::EvaluateOptions how;
  how.batch = options.batch;
  how.budget = run.budget();
  how.progress = std::bind_front(&nn::cli::Progress::samples, &progress);
  nn::Predictions p = models.predict(shared, split, rows, *backend, how);
  p.samples_sum = sum;
  p.names = options.text_names(data.at(split).size());
  return p;
}

nn::Exit work(nn::cli::Run& run, const nn::PredictOptions& options) {
  if (run.operands().empty()) throw nn::UsageError("no model: nn-predict MODEL... [DATA]");
  const std::string form =
      nn::output_form(nn::result_forms(), {options.format, run.common().json, run.common().output, "tsv", "h5"});
  if (const std::string said = nn::suffix_of_another(nn::result_forms(), form, run.common().output); !said.empty())
    run.log().warning(said);
  options.check(run.options(), form);
  nn::h5::OutFile out = run.output(form == "h5" ? nn::h5::OutFile::Content::binary : nn::h5::OutFile::Content::text);
  if (options.models().empty()) throw nn::UsageError("no model: nn-predict MODEL... [DATA]");
  const nn::Ensemble models = models_of(run, options);
  nn::Predictions p = predictions(run, options, models);
  p.training = models.training();
  const std::vector<std::string> names = models.names();
  if (p.predicted.empty() && run.options().given("top") && options.top > 0)
    throw nn::UsageError("--top: the outputs of " + models.name() + " are not classes");
  if (form == "h5")
    out.commit(nn::write_predictions(p, names, run.provenance(), !run.output_is_pipe()));
  else if (form == "json")
    out.commit(nn::predictions_json(p, names, options.top));
  else
    out.commit(nn::predictions_table(p, names, options.top).text(nn::separator_of(form)));
  return nn::Exit::done;
}

}  // namespace

int main(int argc, char** argv) {
  nn::WithForeignModels<nn::PredictOptions> options;
  nn::cli::ToolInfo info;
  info.foreign_model = options.reader();
  info.name = "nn-predict";
  info.summary = "predict the classes or values of the samples of a dataset";
  info.synopsis = "[OPTION]... MODEL... [DATA]";
  info.has_device = info.has_json = true,
  info.devices = nn::cli::device_list(nn::device_names(), nn::devices, nn::auto_choice, nn::open_device);
  return nn::cli::run_tool(info, argc, argv, options, work);
}
