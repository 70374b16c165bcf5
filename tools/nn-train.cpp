// SPDX-License-Identifier: MIT
// nn-train: trains a network on a dataset and writes the model with its history.
#include <fmt/format.h>

#include "cli/plugin_list.h"
#include "cli/progress.h"
#include "cli/tool.h"
#include "layers/initializer.h"
#include "model/network.h"
#include "train/choose_split.h"
#include "train/trainer.h"

namespace {

nn::cli::NamedList models() {
  return {"models", "model", [] {
            std::vector<nn::cli::NamedList::Entry> entries;
            for (const auto& [name, summary] : nn::list_models()) entries.push_back({name, summary, {}, nullptr});
            return entries;
          }};
}

nn::cli::ToolInfo tool() {
  nn::cli::ToolInfo info;
  info.name = "nn-train";
  info.summary = "train a neural network on a dataset";
  info.synopsis = "[OPTION]... --model MODEL [DATA]";
  info.lists = {models(),
                nn::cli::plugin_list("layers", "", nn::layer_types()),
                nn::cli::plugin_list("losses", "loss", nn::loss_types()),
                nn::cli::plugin_list("optimizers", "optimizer", nn::optimizer_types()),
                nn::cli::plugin_list("schedules", "schedule", nn::schedule_types()),
                nn::cli::plugin_list("initializers", "init", nn::initializer_types())};
  info.has_device = info.writes_h5 = info.has_dry_run = true;
  return info;
}

nn::Dataset read_data(nn::cli::Run& run, const nn::TrainOptions& options) {
  const nn::h5::Reader file = run.input(0, "dataset");  // its bytes are given back before training
  return nn::read_dataset(file, nn::training_splits(file, options.validation, options.test));
}

nn::Exit dry_run(nn::cli::Run& run, const nn::TrainOptions& options, nn::Backend& backend) {
  run.print(nn::plan_text(nn::dry_run(options, read_data(run, options), backend, run.log()), options));
  return nn::Exit::done;
}

nn::Exit work(nn::cli::Run& run, const nn::TrainOptions& options) {
  nn::find_layers(options.model);  // a wrong name is said before the data is waited for
  const auto backend = nn::make_backend(run.common().device, run.common().threads);
  if (run.common().dry_run) return dry_run(run, options, *backend);
  nn::h5::OutFile out = run.output(nn::h5::OutFile::Content::binary);
  const nn::Dataset data = read_data(run, options);
  nn::cli::Progress shown(run.log(), run.common().progress);
  nn::Progress progress;
  progress.step = std::bind_front(&nn::cli::Progress::step, &shown);
  progress.epoch = [&shown](const nn::EpochRow& row) { shown.epoch(row.epoch, row.epochs, row.columns); };
  progress.request = [&run] { return run.interrupted() ? nn::Request::stop : nn::Request::none; };
  const nn::Model model = nn::train(options, data, *backend, run.log(), progress);
  nn::Json extra = nn::Json::object();
  extra["seed"] = static_cast<int64_t>(options.seed);
  extra["device"] = backend->name();
  extra["isa"] = backend->isa();
  extra["threads"] = run.common().threads;
  for (const std::string& library : backend->libraries()) extra["libraries"].push_back(library);
  out.commit(nn::write_model(model, run.provenance(extra), !run.output_is_pipe()));
  return nn::Exit::done;
}

}  // namespace

int main(int argc, char** argv) {
  nn::TrainOptions options;
  return nn::cli::run_tool(
      tool(), argc, argv, [&](nn::OptionSet& set) { options.declare(set); },
      [&](nn::cli::Run& run) { return work(run, options); });
}
