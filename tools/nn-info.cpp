// SPDX-License-Identifier: MIT
// nn-info: what is in a file of ours.
#include "cli/tool.h"
#include "plot/report.h"
#include "plot/result_table.h"

namespace {

struct InfoOptions {
  std::vector<std::string> files;
  bool layers = false, rules = false, dot = false, plan = false, training = false, history = false, digest = false, check = false;
  int64_t batch = 64;

  void declare(nn::OptionSet& set) {
    set.add("files", files, "FILE...", "files to report; none is stdin").as_operand();
    set.flag("layers", layers, "print the layers of a model in the layer language").brief_help();
    set.flag("rules", rules, "print the rules of a training in which frameworks differ");
    set.flag("dot", dot, "print a diagram of a model for Graphviz").brief_help();
    set.flag("history", history, "print the history of a model as TSV").brief_help();
    set.flag("plan", plan, "compile a model with --device and print the steps").brief_help();
    set.add("batch", batch, "N", "samples of one run, for --plan").at_least(1);
    set.flag("training", training, "plan a training step, for --plan");
    set.flag("digest", digest, "print the digest of each file's content").brief_help();
    set.flag("check", check, "read everything and compare with the digest").brief_help();
  }
};

/// --check and --digest take many files and go on after a bad one.
nn::Exit each(nn::cli::Run& run, const InfoOptions& options, const std::vector<std::string>& files) {
  nn::Exit status = nn::Exit::done;
  for (const std::string& name : files) {
    try {
      const nn::h5::Reader file = run.input_named(name, "");
      if (options.check) file.verify();
      run.print(options.digest ? file.digest() + "  " + name + "\n" : name + ": good\n");
    } catch (const nn::Error& e) {
      if (e.status() == nn::Exit::usage || files.size() == 1) throw;
      run.log().error(e.what());
      status = nn::Exit::failed;
    }
  }
  return status;
}

std::string one(nn::cli::Run& run, const InfoOptions& options, const std::string& name) {
  const bool of_model = options.layers || options.rules || options.dot || options.plan || options.history;
  const nn::h5::Reader file = run.input_named(name, of_model ? "model" : "");
  if (options.layers) return nn::model_layers(file);
  if (options.rules) return nn::model_rules(file);
  if (options.dot) return nn::model_dot(file);
  if (options.history) return run.common().json ? nn::result_table(file).json().dump(2) + "\n" : nn::result_table(file).text();
  if (options.plan) {
    const auto backend = nn::make_backend(run.common().device, run.common().threads);
    return nn::model_plan(file, *backend, options.batch, options.training);
  }
  return run.common().json ? nn::report_json(file).dump(2) + "\n" : nn::report_text(file);
}

nn::Exit work(nn::cli::Run& run, const InfoOptions& options) {
  if (options.layers + options.rules + options.dot + options.plan + options.history + (options.digest || options.check) > 1)
    throw nn::UsageError("one of --layers, --rules, --dot, --plan, --history, --digest and --check at a time");
  const std::vector<std::string> files = options.files.empty() ? std::vector<std::string>{"-"} : options.files;
  if (options.digest || options.check) return each(run, options, files);
  std::string text;
  for (const std::string& name : files) text += (text.empty() || options.layers ? "" : "\n") + one(run, options, name);
  if (run.common().output.empty()) run.print(text);
  else run.output(nn::h5::OutFile::Content::text).commit(text);
  return nn::Exit::done;
}

}  // namespace

int main(int argc, char** argv) {
  InfoOptions options;
  nn::cli::ToolInfo info;
  info.name = "nn-info";
  info.summary = "tell what is in a dataset, model, metrics or predictions file";
  info.synopsis = "[OPTION]... [FILE]...";
  info.has_device = info.has_json = true;
  return nn::cli::run_tool(
      info, argc, argv, [&](nn::OptionSet& set) { options.declare(set); },
      [&](nn::cli::Run& run) { return work(run, options); });
}
