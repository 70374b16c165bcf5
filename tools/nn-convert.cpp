// SPDX-License-Identifier: MIT
// nn-convert: data sets from and to other programs' files; history, metrics and predictions to text.
#include "cli/plugin_list.h"
#include "cli/tool.h"
#include "formats/choices.h"
#include "results/result_table.h"

namespace {

struct ConvertOptions {
  std::string in, out, from, to;
  nn::FormatChoices formats;
  nn::FormatOptions common;

  void declare(nn::OptionSet& set) {
    set.add("in", in, "IN", "file or folder to read").as_operand().must().reads_file([this](const std::string& value) {
      return nn::files_read(value, from);
    });
    set.add("out", out, "OUT", "file or folder to write; not given: HDF5 to standard output")
        .as_operand()
        .writes_file();
    std::vector<std::string> read = nn::names_of(nn::dataset_formats()), written;
    for (const auto& [name, summary] : nn::format_list()) written.push_back(name);
    read.emplace_back("h5"), written.emplace_back("h5");
    set.add("from", from, "FORMAT", "format of IN; not given: by its content and suffix").one_of(read).brief_help();
    set.add("to", to, "FORMAT", "format of OUT; not given: by its suffix").one_of(written).brief_help();
    formats.declare(set);
  }
};

void write_out(nn::cli::Run& run, ConvertOptions& options, const std::string& target, const nn::OutputFormat& to) {
  const nn::h5::Reader file =
      options.common.pipe ? nn::reader_of_pipe(options.common) : run.input_named(options.in, "");
  if (to.is_ours())
    throw nn::UsageError(file.name() + " is one of our files already; name OUT with a suffix, or --to a format");
  if (file.kind() == "dataset") {
    if (!to.dataset) throw nn::UsageError("format " + to.name + " holds results, not data sets");
    const nn::Dataset data = nn::read_dataset(file);
    if (!data.prep.empty())
      run.log().warning(file.name() + ": the recipe of nn-prep is not applied, raw samples are written");
    const std::vector<nn::ForeignFile> files = nn::in_context(file.name(), [&] {
      return nn::foreign_files(options.formats.writer(*to.dataset), *to.dataset, data, options.common);
    });
    return nn::write_foreign(target, *to.dataset, files, run.common().no_clobber, [&run] { return run.interrupted(); });
  }
  const std::string results = "the results of a " + file.kind() + " file";
  if (!to.table) throw nn::UsageError("format " + to.name + " holds data sets, not " + results);
  options.formats.check(run.options(), nullptr, to, results);
  nn::ask_for_table(file, run.budget());
  nn::h5::OutFile(target, nn::h5::OutFile::Content::text, run.common().no_clobber)
      .commit(to.table->write(nn::result_table(file, to.table->typed)));
}

nn::Exit work(nn::cli::Run& run, ConvertOptions& options) {
  if (!options.out.empty() && !run.common().output.empty())
    throw nn::UsageError("OUT is named twice: as operand and with -o");
  const std::string target = options.out.empty() ? run.common().output : options.out;
  options.common.log = &run.log();
  options.common.budget = run.budget();
  options.common.pipe = nn::opened_pipe(options.in);
  const nn::DatasetFormat* from = nn::input_format(options.in, options.from, options.common);
  const nn::OutputFormat to = nn::output_format(options.to, target);
  options.formats.check(run.options(), from, to);
  if (!from) {
    write_out(run, options, target, to);
    return nn::Exit::done;
  }
  if (!to.is_ours())
    throw nn::UsageError(std::string("from ") + from->name + " to " + to.name +
                         ": go through a data set, as nn-convert IN d.h5 && nn-convert d.h5 OUT");
  nn::h5::OutFile out(target, nn::h5::OutFile::Content::binary, run.common().no_clobber);
  const nn::Dataset data =
      nn::read_foreign(options.in, options.formats.reader(*from), options.formats.reading(), options.common);
  out.commit(nn::write_dataset(data, run.provenance(), !out.is_stdout()));
  return nn::Exit::done;
}

}  // namespace

int main(int argc, char** argv) {
  ConvertOptions options;
  nn::cli::ToolInfo info;
  info.name = "nn-convert";
  info.summary = "convert data sets and results from and to other formats";
  info.synopsis = "[OPTION]... IN [OUT]";
  info.lists = {nn::cli::text_list("formats", "from", nn::format_list)};
  return nn::cli::run_tool(info, argc, argv, options, work);
}
