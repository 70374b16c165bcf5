// SPDX-License-Identifier: MIT
// nn-info: what is in a file of ours.
#include "cli/plugin_list.h"
#include "cli/printer.h"
#include "formats/models/foreign_input.h"
#include "info/aspects.h"
#include "info/diff/diff.h"
#include "info/file_checks.h"
#include "info/info_options.h"
#include "info/model_report.h"
#include "info/replay/replay.h"

namespace {

using Print = std::function<void(const std::string&)>;

nn::Exit replay(nn::cli::Run& run, const nn::InfoOptions& o, const std::vector<std::string>& files,
                const Print& print) {
  if (files.front() != "-" && !nn::as_model_file(files.front(), {}, run.log(), run.budget()).empty())
    throw nn::Error(nn::printable(files.front()) +
                    ": cannot be replayed: a file of another program, which holds no record of commands");
  const nn::h5::Reader file = run.input_named(files.front(), "");
  const nn::VerifyContext context{run.log(), run.budget(), nn::this_machine(run.budget()),
                                  [&run] { return run.interrupted(); }, print};
  const nn::ReplayRequest request{files, o.makefile, o.verify};
  if (o.verify) return nn::verify_replay(request, file, context) ? nn::Exit::done : nn::Exit::condition;
  return print(nn::replay_text(request, file, context)), nn::Exit::done;
}

nn::Exit diff(nn::cli::Run& run, const std::vector<std::string>& files, const Print& print) {
  if (files.size() != 2) throw nn::UsageError("--diff compares two files: nn-info --diff A B");
  const nn::h5::Reader a = run.input_named(files[0], ""), b = run.input_named(files[1], "");
  const nn::FileDiff diff = nn::diff_files(a, b);
  print(run.common().json ? nn::diff_json(diff).dump(2) + "\n" : nn::diff_text(diff));
  return diff.equal ? nn::Exit::done : nn::Exit::condition;
}

nn::Exit work(nn::cli::Run& run, const nn::InfoOptions& o) {
  const nn::Aspect& aspect = o.aspect(run.options());
  const std::vector<std::string> files = o.files.empty() ? std::vector<std::string>{"-"} : o.files;
  if (nn::cli::Printer out(run); o.digest || o.check || o.replay || o.diff) {
    const auto print = [&out](const std::string& text) { out.print(text); };
    const auto open = [&run](const std::string& name) { return run.input_named(name, ""); };
    const nn::Exit status = o.replay ? replay(run, o, files, print)
                            : o.diff ? diff(run, files, print)
                                     : nn::check_each(o, files, open, print, run.log());
    return out.end(), status;
  }
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
  info.has_device = info.has_json = true,
  info.devices = nn::cli::device_list(nn::device_names(), nn::devices, nn::auto_choice, nn::open_device),
  info.devices.with_option = "plan";
  return nn::cli::run_tool(info, argc, argv, options, work);
}
