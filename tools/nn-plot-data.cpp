// SPDX-License-Identifier: MIT
// nn-plot-data: pictures of our files, as numbers, as a gnuplot script, drawn, or in characters.
#include "cli/tool.h"
#include "plot/choices.h"

namespace {

struct PlotDataOptions {
  std::string picture, form;
  std::vector<std::string> files;
  nn::PictureChoices pictures;

  void declare(nn::OptionSet& set) {
    set.add("picture", picture, "PICTURE", "kind of picture")
        .as_operand()
        .must()
        .one_of(nn::names_of(nn::picture_types()));
    set.add("files", files, "FILE...", "files to draw; not given: standard input").as_operand().reads_file();
    set.add("type", form, "FORM", "format of the output; not given: by the suffix of -o, otherwise tsv")
        .short_form('T')
        .brief_help()
        .one_of(nn::picture_form_names());
    set.add("format", form, "FORM", "the same as --type").one_of(nn::picture_form_names());
    pictures.declare(set);
  }
};

nn::Exit work(nn::cli::Run& run, PlotDataOptions& options) {
  const nn::PictureType& type = nn::find_in(nn::picture_types(), options.picture, "picture");
  const std::vector<std::string> files = options.files.empty() ? std::vector<std::string>{"-"} : options.files;
  if (files.size() < type.least || files.size() > type.most)
    throw nn::UsageError("the picture " + options.picture + " is made of " + type.inputs + nn::explained_inputs(type) +
                         ", found " + std::to_string(files.size()) + (files.size() == 1 ? " file" : " files"));
  const std::string& target = run.common().output;
  const nn::PictureForm form = nn::picture_form(options.form, target, run.common().json);
  if (const std::string said = nn::picture_suffix(options.form, target, run.common().json); !said.empty())
    run.log().warning(said);
  options.pictures.check(type, run.options(), form);
  const bool binary = form == nn::PictureForm::png || form == nn::PictureForm::pdf;
  nn::h5::OutFile out = run.output(binary ? nn::h5::OutFile::Content::binary : nn::h5::OutFile::Content::text);
  std::vector<nn::h5::Reader> inputs;
  for (const std::string& name : files) inputs.push_back(run.input_named(name, ""));
  const auto picture = options.pictures.make(type, inputs);
  const std::vector<std::byte> bytes = nn::render(*picture, form, options.pictures.size());
  for (const std::string& remark : nn::is_drawing(form) ? picture->remarks() : std::vector<std::string>{})
    run.log().warning(remark);
  out.commit(std::span<const std::byte>(bytes));
  return nn::Exit::done;
}

}  // namespace

int main(int argc, char** argv) {
  PlotDataOptions options;
  nn::cli::ToolInfo info;
  info.name = "nn-plot-data";
  info.summary = "draw history, comparisons, samples, confusion, predictions or filters";
  info.synopsis = "[OPTION]... PICTURE [FILE]...";
  info.has_json = true;
  info.second_names = {{"format", "type"}};
  info.lists = {{"pictures", "picture", [] {
                   std::vector<nn::cli::NamedList::Entry> entries;
                   for (const nn::PictureType* type : nn::picture_types())
                     entries.push_back({type->name, std::string(type->summary) + " (" + type->inputs + ")",
                                        nn::OptionSet(), nullptr});
                   return entries;
                 }}};
  return nn::cli::run_tool(info, argc, argv, options, work);
}
