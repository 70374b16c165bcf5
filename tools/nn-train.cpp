// SPDX-License-Identifier: MIT
// nn-train: trains a network on a dataset and writes the model with its history.
#include "cli/plugin_list.h"
#include "cli/progress.h"
#include "layers/initializer.h"
#include "train/engine/fine_tune.h"
#include "train/options/framework_lists.h"
#include "train/options/rules.h"
#include "train/run/machine.h"
#include "train/run/plan_text.h"
#include "train/run/resume.h"
#include "train/run/trainer.h"
#include "train/run/training_data.h"

namespace {

nn::cli::ToolInfo tool(const nn::TrainOptions& options) {
  nn::cli::ToolInfo info;
  info.name = "nn-train", info.summary = "train a neural network on a dataset";
  info.synopsis = "[OPTION]... --model MODEL | --init MODEL | --resume FILE [DATA]";
  info.lists = {
      nn::cli::text_list("models", "model", nn::list_models),
      nn::cli::table_list("likes", "nn-frameworks(7)", nn::like_columns(), nn::like_rows),
      nn::cli::table_list("counterparts", "nn-frameworks(7)", {"PyTorch", "Keras", "instead"}, nn::counterpart_rows),
      nn::cli::plugin_list("layers", "", nn::layer_types(), "nn-layers(7)",
                           {"--model '... NAME ...'", "--model '... NAME:KEY=VALUE ...'", "LAYER"}),
      nn::cli::plugin_list("losses", "loss", nn::loss_types()),
      nn::cli::plugin_list("optimizers", "optimizer", nn::optimizer_types()),
      nn::cli::plugin_list("schedules", "schedule", nn::schedule_types(), "",
                           {"--schedule NAME", "--schedule NAME,KEY=VALUE", ""}),
      nn::cli::plugin_list("initializers", "init", nn::initializer_types(), "nn-layers(7)", {"--init NAME", "", ""}),
      nn::cli::plugin_list("callbacks", "", nn::callback_types(), "", {"--NAME VALUE", "--NAME ...,KEY=VALUE", ""})};
  info.config_notes = [&options] { return nn::rules_text(options); }, info.in_place = {{"checkpoint", "resume"}};
  info.has_device = info.writes_h5 = info.has_dry_run = info.takes_job_signals = true,
  info.devices = nn::cli::device_list(nn::device_names(), nn::devices, nn::auto_choice, nn::open_device);
  return info;
}

nn::Dataset read_data(nn::cli::Run& run, const nn::TrainCommand& o, const nn::Checkpoint* from) {
  const auto open = [&] { return run.input_named(o.data, "dataset"); };  // its bytes are given back before training
  return nn::training_data(nn::with_piped_data(from, o.data, open), o.train, run.log(), from);
}

nn::Exit work(nn::cli::Run& run, nn::TrainCommand& o) {
  std::unique_ptr<const nn::Checkpoint> from;
  nn::Progress progress;
  progress.command = nn::command_of(run.options(), run.given(), o.data);
  if (!o.resume.file.empty()) {
    from = std::make_unique<nn::Checkpoint>(nn::read_checkpoint(run.input_named(o.resume.file, "model")));
    progress.command = nn::recall(*from, run.options(), run.given(), o.data, o.resume.trust_outputs), run.check_files();
  }
  if (from) o.train.tokenizer = from->model.tokenizer;
  nn::check_command(o.train, o.resume, run.common().output);  // before the data is waited for
  const auto open_model = [&run, &o](const std::string& file) {
    return nn::read_start_model(file, run.log(), run.budget(),
                                [&] { return nn::read_model(run.input_named(file, "model"), o.train.init_optimizer); });
  };
  const auto start = from ? nullptr : nn::read_start(o.train, open_model);
  run.job_signals(!o.train.checkpoint.empty(), o.resume.requeue);
  const auto backend = nn::make_backend(run.common().device, run.common().threads, run.budget());
  progress.machine = nn::machine_of(*backend);
  if (run.common().dry_run)
    return run.print(nn::dry_run_text(o.train, read_data(run, o, from.get()), *backend, run.log(), progress, from.get(),
                                      o.resume.strict)),
           nn::Exit::done;
  nn::h5::OutFile out = run.output(nn::h5::OutFile::Content::binary);
  const nn::Dataset data = read_data(run, o, from.get());
  nn::cli::Progress shown(run.log(), run.common().progress);
  progress.step = std::bind_front(&nn::cli::Progress::step, &shown);
  progress.epoch = [&shown](const nn::EpochRow& row) { shown.epoch(row.epoch, row.epochs, row.columns); };
  progress.request = [&run] { return run.request(); }, progress.seconds = [&run] { return run.seconds(); };
  progress.provenance = [&] { return run.provenance(nn::run_record(*backend, o.train.seed, from.get())); };
  nn::Outcome outcome;
  progress.outcome = &outcome;
  const nn::Model model = nn::train(o.train, data, *backend, run.log(), progress, from.get(), o.resume.strict);
  out.commit(nn::write_model(model, progress.provenance(), !run.output_is_pipe()));
  return nn::say_outcome(outcome, run.common().output, run.log());
}

}  // namespace

int main(int argc, char** argv) {
  nn::TrainCommand options;
  return nn::cli::run_tool(tool(options.train), argc, argv, options, work);
}
