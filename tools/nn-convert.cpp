// SPDX-License-Identifier: MIT
// nn-convert: data sets and models from and to other programs' files; history, metrics and predictions to text.
#include "cli/plugin_list.h"
#include "cli/tool.h"
#include "formats/convert_options.h"
#include "formats/models/propose.h"
#include "results/result_table.h"
#include "train/engine/verify.h"

namespace {

void write_model_out(nn::cli::Run& run, nn::ConvertOptions& options, const std::string& target,
                     const nn::OutputFormat& to, const nn::Model& model) {
  if (model.optimizer && !run.options().given("optimizer-state"))
    run.log().note("the state of the optimizer is left out; --optimizer-state writes it into a file of PyTorch");
  if (to.is_ours()) {
    nn::h5::OutFile out = run.output(target, nn::h5::OutFile::Content::binary);
    out.commit(nn::write_model(model, run.provenance(), !out.is_stdout()));
  } else {
    nn::write_foreign(target, *to.model, options.formats.writer(*to.model).write(model, options.common),
                      run.output_rules(), [&run] { return run.interrupted(); });
  }
  if (!options.verify.empty()) nn::verify_model(model, target, to, options);
}

void write_out(nn::cli::Run& run, nn::ConvertOptions& options, const std::string& target, const nn::OutputFormat& to) {
  const nn::DatasetFormat* const from = nullptr;
  const nn::h5::Reader file =
      options.common.pipe ? nn::reader_of_pipe(options.common) : run.input_named(options.in, "");
  if (to.is_ours())
    throw nn::UsageError(file.name() + " is one of our files already; name OUT with a suffix, or --to a format");
  if (file.kind() == "dataset") {
    if (!to.dataset) throw nn::UsageError("format " + to.name + " does not hold data sets");
    const nn::Dataset data = nn::read_dataset(file);
    if (!data.prep.empty())
      run.log().warning(file.name() + ": the recipe of nn-prep is not applied, raw samples are written");
    const std::vector<nn::ForeignFile> files = nn::in_context(file.name(), [&] {
      return nn::foreign_files(options.formats.writer(*to.dataset), *to.dataset, data, options.common);
    });
    return nn::write_foreign(target, *to.dataset, files, run.output_rules(), [&run] { return run.interrupted(); });
  }
  if (to.model && file.kind() == "model") {
    options.formats.check(run.options(), from, to, "a model");
    return write_model_out(run, options, target, to, nn::read_model(file, true));
  }
  const std::string results = "the results of a " + file.kind() + " file";
  if (!to.table) throw nn::UsageError("format " + to.name + " does not hold " + results);
  options.formats.check(run.options(), from, to, results);
  nn::ask_for_table(file, run.budget());
  run.output(target, nn::h5::OutFile::Content::text).commit(to.table->write(nn::result_table(file, to.table->typed)));
}

nn::Exit work(nn::cli::Run& run, nn::ConvertOptions& options) {
  const std::string target = options.target(run.common().output);
  options.common.log = &run.log(), options.common.budget = run.budget(), options.common.target = target;
  options.common.rules = run.output_rules(), options.common.pipe = nn::opened_pipe(options.in);
  const nn::OutputFormat to = nn::output_format(options.to, target);
  const nn::ModelFormat* foreign = nn::model_input_format(options.in, options.from, options.common);
  options.check_models(run.options(), foreign, foreign || to.model);
  if (foreign) {
    options.formats.check(run.options(), foreign, to);
    nn::check_model_formats(*foreign, to);
    nn::ModelReader& reader = options.formats.reader(*foreign);
    if (options.propose) return run.print(nn::proposed_layers(reader.read(options.in, options.common))), nn::Exit::done;
    const nn::Model model = nn::read_foreign_model(options.in, reader, options.formats.model_reading(),
                                                   options.formats.reading().classes, options.common);
    return write_model_out(run, options, target, to, model), nn::Exit::done;
  }
  const nn::DatasetFormat* from = nn::input_format(options.in, options.from, options.common);
  options.formats.check(run.options(), from, to);
  if (!from) return write_out(run, options, target, to), nn::Exit::done;
  nn::check_dataset_formats(*from, to);
  nn::h5::OutFile out = run.output(target, nn::h5::OutFile::Content::binary);
  const nn::Dataset data =
      nn::read_foreign(options.in, options.formats.reader(*from), options.formats.reading(), options.common);
  out.commit(nn::write_dataset(data, run.provenance(), !out.is_stdout()));
  return nn::Exit::done;
}

}  // namespace

int main(int argc, char** argv) {
  nn::ConvertOptions options;
  nn::cli::ToolInfo info;
  info.name = "nn-convert", info.synopsis = "[OPTION]... IN [OUT]";
  info.summary = "convert data sets, models and results from and to other formats";
  info.lists = {nn::cli::text_list("formats", "from", nn::format_list)};
  return nn::cli::run_tool(info, argc, argv, options, work);
}
