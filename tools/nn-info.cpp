// SPDX-License-Identifier: MIT
// nn-info: what is in a file of ours.
#include <map>

#include "cli/plugin_list.h"
#include "info/aspects.h"
#include "info/model_report.h"

namespace {

struct InfoOptions {
  std::vector<std::string> files;
  std::map<std::string, bool> chosen;  // aspects by option
  std::string format;
  bool plan = false, training = false, digest = false, stored = false, check = false;
  int64_t batch = 64;

  void declare(nn::OptionSet& set) {
    set.add("files", files, "FILE...", "files to describe; not given: standard input").as_operand().reads_file();
    for (const nn::Aspect& aspect : nn::aspects())
      if (*aspect.option) set.flag(aspect.option, chosen[aspect.option], aspect.help).brief = aspect.brief;
    set.flag("plan", plan, "compile a model for --device, and print the steps").brief_help();
    set.add("batch", batch, "N", "samples per step, for --plan").at_least(1);
    set.flag("training", training, "plan a training step, for --plan");
    set.flag("digest", digest, "print the digest of each file's content, computed from all values").brief_help();
    set.flag("stored", stored, "with --digest: print the digest that is stored in the file");
    set.flag("check", check, "read everything, and compare it with the digest").brief_help();
    set.add("format", format, "FORM",
            "format of the output; not given: by the suffix of -o, otherwise text, or tsv for --history")
        .one_of({"text", "tsv", "dot", "json"});
  }
};

/// --check and --digest take many files and go on after a bad one.
nn::Exit each(nn::cli::Run& run, const InfoOptions& options, const std::vector<std::string>& files) {
  nn::Exit status = nn::Exit::done;
  for (const std::string& name : files) {
    try {
      const nn::h5::Reader file = run.input_named(name, "");
      if (options.check) file.verify();
      run.print(!options.digest ? name + ": good\n"
                                : (options.stored ? file.stored_digest() : file.computed_digest()) + "  " +
                                      nn::printable(name) + "\n");
    } catch (const nn::Error& e) {
      if (e.status() == nn::Exit::usage || files.size() == 1) throw;
      run.log().error(e.what());
      status = nn::Exit::failed;
    }
  }
  return status;
}

const nn::Aspect& aspect_of(const nn::OptionSet& set, const InfoOptions& o) {
  const nn::Aspect* found = &nn::aspects().front();
  int asked = o.plan + (o.digest || o.check);
  for (const nn::Aspect& aspect : nn::aspects())
    if (*aspect.option && o.chosen.at(aspect.option)) found = &aspect, ++asked;
  if (asked > 1)
    throw nn::UsageError(
        "one of --layers, --rules, --dot, --plan, --history, --provenance, --digest and --check at a time");
  for (const char* name : {"batch", "training", "device", "threads"})
    if (!o.plan && set.given(name)) throw nn::UsageError(std::string("--") + name + " goes with --plan only");
  if (o.stored && !o.digest) throw nn::UsageError("--stored goes with --digest");
  if ((o.plan || o.digest || o.check) && (set.given("json") || set.given("format")))
    throw nn::UsageError("--json and --format go with none of --plan, --digest and --check");
  return *found;
}

nn::Exit work(nn::cli::Run& run, const InfoOptions& o) {
  const nn::Aspect& aspect = aspect_of(run.options(), o);
  const std::vector<std::string> files = o.files.empty() ? std::vector<std::string>{"-"} : o.files;
  if (o.digest || o.check) return each(run, o, files);
  const bool json = !o.plan && nn::as_json(aspect, o.format, run.common().json, run.common().output, run.log());
  nn::Json list = nn::Json::array();
  nn::AspectText text(aspect, files.size() > 1);
  for (const std::string& name : files) {
    const nn::h5::Reader file = run.input_named(name, o.plan ? "model" : aspect.kind);
    if (json)
      list.push_back(aspect.json(file));
    else if (o.plan)
      text.add(nn::model_plan(file, *nn::make_backend(run.common().device, run.common().threads, run.budget()), o.batch,
                              o.training));
    else
      text.add(file);
  }
  const std::string all = json ? (files.size() == 1 ? list.items().front() : list).dump(2) + "\n" : text.text();
  run.common().output.empty() ? run.print(all) : run.output(nn::h5::OutFile::Content::text).commit(all);
  return nn::Exit::done;
}

}  // namespace

int main(int argc, char** argv) {
  InfoOptions options;
  nn::cli::ToolInfo info;
  info.name = "nn-info";
  info.summary = "tell what is in a dataset, model, metrics or predictions file";
  info.synopsis = "[OPTION]... [FILE]...";
  info.has_device = info.has_json = true, info.devices = nn::cli::device_list(nn::backends()),
  info.devices.with_option = "plan";
  return nn::cli::run_tool(
      info, argc, argv, [&](nn::OptionSet& set) { options.declare(set); },
      [&](nn::cli::Run& run) { return work(run, options); });
}
