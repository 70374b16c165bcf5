// SPDX-License-Identifier: MIT
// nn-info: what is in a file of ours.
#include "cli/tool.h"
#include "plot/report.h"
#include "plot/result_table.h"

namespace {

struct InfoOptions {
  std::vector<std::string> files;
  bool layers = false, rules = false, dot = false, plan = false, training = false, history = false, provenance = false, digest = false, check = false;
  int64_t batch = 64;

  void declare(nn::OptionSet& set) {
    set.add("files", files, "FILE...", "files to report; standard input when not given").as_operand().reads_file();
    set.flag("layers", layers, "print the layers of a model in the layer language").brief_help();
    set.flag("rules", rules, "print the rules of a training in which frameworks differ, nn-frameworks(7)");
    set.flag("dot", dot, "print a diagram of a model for Graphviz").brief_help();
    set.flag("history", history, "print the training of a model, a row per epoch, as TSV").brief_help();
    set.flag("provenance", provenance, "print the commands that made a file, newest first").brief_help();
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

std::string text_of(nn::cli::Run& run, const InfoOptions& o, const nn::h5::Reader& file) {
  if (o.plan) return nn::model_plan(file, *nn::make_backend(run.common().device, run.common().threads), o.batch, o.training);
  if (o.layers || o.rules) return o.layers ? nn::model_layers(file) : nn::model_rules(file);
  if (o.history) return nn::result_table(file).text();
  return o.dot ? nn::model_dot(file) : o.provenance ? nn::provenance_text(file) : nn::report_text(file);
}

void check(const nn::OptionSet& set, const InfoOptions& o) {
  if (o.layers + o.rules + o.dot + o.plan + o.history + o.provenance + (o.digest || o.check) > 1)
    throw nn::UsageError("one of --layers, --rules, --dot, --plan, --history, --provenance, --digest and --check at a time");
  for (const char* name : {"batch", "training", "device", "threads"})
    if (!o.plan && set.given(name)) throw nn::UsageError(std::string("--") + name + " goes with --plan only");
  if ((o.layers || o.rules || o.dot || o.plan || o.digest || o.check) && set.given("json")) throw nn::UsageError("--json goes with --history, --provenance or the summary");
}

nn::Exit work(nn::cli::Run& run, const InfoOptions& o) {
  check(run.options(), o);
  const std::vector<std::string> files = o.files.empty() ? std::vector<std::string>{"-"} : o.files;
  if (o.digest || o.check) return each(run, o, files);
  nn::Json list = nn::Json::array();
  std::string text;
  for (const std::string& name : files) {
    const nn::h5::Reader file = run.input_named(name, o.layers || o.rules || o.dot || o.plan || o.history ? "model" : "");
    if (!run.common().json) text += (text.empty() || o.layers ? "" : "\n") + text_of(run, o, file);
    else list.push_back(o.history ? nn::result_table(file).json() : o.provenance ? nn::h5::Provenance::read(file).steps : nn::report_json(file));
  }
  if (run.common().json) text = (files.size() == 1 ? list.items().front() : list).dump(2) + "\n";
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
