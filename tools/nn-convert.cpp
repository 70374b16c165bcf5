// SPDX-License-Identifier: MIT
// nn-convert: data sets from and to other programs' files; history, metrics and predictions to text.
#include "cli/tool.h"
#include "formats/format.h"
#include "formats/reading.h"
#include "results/result_table.h"

namespace {

struct ConvertOptions {
  std::string in, out, from, to;
  nn::FormatOptions format;

  void declare(nn::OptionSet& set) {
    std::vector<std::string> names = nn::names_of(nn::format_types());
    set.add("in", in, "IN", "file or folder to read").as_operand().must().reads_file([this](const std::string& value) {
      return nn::files_read(value, from);
    });
    set.add("out", out, "OUT", "file or folder to write; not given: HDF5 to standard output")
        .as_operand()
        .writes_file();
    names.emplace_back("h5");
    set.add("from", from, "FORMAT", "format of IN; not given: by its content and suffix").one_of(names).brief_help();
    set.add("to", to, "FORMAT", "format of OUT; not given: by its suffix").one_of(names).brief_help();
    format.declare(set);
  }
};

void write_out(nn::cli::Run& run, const ConvertOptions& options, const std::string& target, const nn::FormatType* to) {
  const nn::h5::Reader file =
      options.format.pipe ? nn::reader_of_pipe(options.format) : run.input_named(options.in, "");
  if (!to) throw nn::UsageError(file.name() + " is one of our files already; name OUT with a suffix, or --to a format");
  if (file.kind() == "dataset") {
    if (!to->write) throw nn::UsageError(std::string("format ") + to->name + " holds results, not data sets");
    const nn::Dataset data = nn::read_dataset(file);
    if (!data.prep.empty())
      run.log().warning(file.name() + ": the recipe of nn-prep is not applied, raw samples are written");
    const std::vector<nn::ForeignFile> files =
        nn::in_context(file.name(), [&] { return to->write(data, options.format); });
    return nn::write_foreign(target, *to, files, run.common().no_clobber, [&run] { return run.interrupted(); });
  }
  if (!to->write_table)
    throw nn::UsageError(std::string("format ") + to->name + " holds data sets, not the results of a " + file.kind() +
                         " file");
  nn::check_format_options(run.options(), nullptr, nullptr, "the results of a " + file.kind() + " file");
  nn::ask_for_table(file, run.budget());
  nn::h5::OutFile(target, nn::h5::OutFile::Content::text, run.common().no_clobber)
      .commit(to->write_table(nn::result_table(file, to->typed)));
}

nn::Exit work(nn::cli::Run& run, ConvertOptions& options) {
  if (!options.out.empty() && !run.common().output.empty())
    throw nn::UsageError("OUT is named twice: as operand and with -o");
  const std::string target = options.out.empty() ? run.common().output : options.out;
  options.format.log = &run.log();
  options.format.budget = run.budget();
  options.format.pipe = nn::opened_pipe(options.in);
  const nn::FormatType* from = nn::input_format(options.in, options.from, options.format);
  const nn::FormatType* to = nn::output_format(options.to, target);
  nn::check_format_options(run.options(), from, to);
  if (!from) {
    write_out(run, options, target, to);
    return nn::Exit::done;
  }
  if (!from->read) throw nn::UsageError(std::string("format ") + from->name + " is written, not read");
  if (to)
    throw nn::UsageError(std::string("from ") + from->name + " to " + to->name +
                         ": go through a data set, as nn-convert IN d.h5 && nn-convert d.h5 OUT");
  nn::h5::OutFile out(target, nn::h5::OutFile::Content::binary, run.common().no_clobber);
  const nn::Dataset data = nn::read_foreign(options.in, *from, options.format);
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
  info.lists = {{"formats", "from", [] {
                   std::vector<nn::cli::NamedList::Entry> entries;
                   for (const nn::FormatType* type : nn::format_types())
                     entries.push_back({type->name, type->summary, {}, nullptr});
                   return entries;
                 }}};
  return nn::cli::run_tool(info, argc, argv, options, work);
}
