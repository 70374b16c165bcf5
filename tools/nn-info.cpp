// SPDX-License-Identifier: MIT
// nn-info: what is in a file of ours.
#include "cli/plugin_list.h"
#include "formats/models/foreign_input.h"
#include "info/aspects.h"
#include "info/info_options.h"
#include "info/model_report.h"

namespace {

/// --check and --digest take many files and continue after a bad one.
nn::Exit each(nn::cli::Run& run, const nn::InfoOptions& options, const std::vector<std::string>& files) {
  nn::Exit status = nn::Exit::done;
  std::string all;
  for (const std::string& name : files) {
    try {
      const nn::h5::Reader file = run.input_named(name, "");
      if (options.check) file.verify();
      const std::string line = !options.digest ? name + ": good\n"
                                               : (options.stored ? file.stored_digest() : file.computed_digest()) +
                                                     "  " + nn::printable(name) + "\n";
      run.common().output.empty() ? run.print(line) : static_cast<void>(all += line);
    } catch (const nn::Error& e) {
      if (e.status() == nn::Exit::usage || files.size() == 1) throw;
      run.log().error(e.what());
      status = nn::Exit::failed;
    }
  }
  if (!run.common().output.empty()) run.output(nn::h5::OutFile::Content::text).commit(all);
  return status;
}

nn::Exit work(nn::cli::Run& run, const nn::InfoOptions& o) {
  const nn::Aspect& aspect = o.aspect(run.options());
  const std::vector<std::string> files = o.files.empty() ? std::vector<std::string>{"-"} : o.files;
  if (o.digest || o.check) return each(run, o, files);
  const bool json = !o.plan && nn::as_json(aspect, o.format, run.common().json, run.common().output, run.log());
  nn::Json list = nn::Json::array();
  nn::AspectText text(aspect, files.size() > 1);
  for (const std::string& name : files) {
    if (const nn::Json tensors = nn::tensors_of_file(name, run.log(), run.budget()); !tensors.is_null()) {
      nn::check_summary(aspect, o.plan, name);
      json ? list.push_back(tensors) : text.add(nn::tensors_text(name, tensors));
      continue;
    }
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
  nn::InfoOptions options;
  nn::cli::ToolInfo info;
  info.name = "nn-info";
  info.foreign_model = [](const std::string& file, const nn::Log& log, const nn::Budget& budget) {
    return nn::as_model_file(file, {}, log, budget);
  };
  info.summary = "tell what is in a dataset, model, metrics or predictions file";
  info.synopsis = "[OPTION]... [FILE]...";
  info.has_device = info.has_json = true, info.devices = nn::cli::device_list(nn::devices(), nn::open_device),
  info.devices.with_option = "plan";
  return nn::cli::run_tool(info, argc, argv, options, work);
}
