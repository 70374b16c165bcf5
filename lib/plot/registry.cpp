// SPDX-License-Identifier: MIT
// The table of pictures and the forms in which each can be written.
#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/text/output_form.h"
#include "plot/gnuplot.h"
#include "plot/plot.h"

namespace nn {

#define PLUGIN_TYPE PictureType
#define PLUGIN_TABLE picture_types
#define PLUGIN_OBJECT(name) name##_picture
#define PLUGIN_LIST "plot/pictures.def"
#include "base/plugin_table.inc"

std::string explained_inputs(const PictureType& type) {
  const std::string words = type.inputs;
  std::string text;
  for (const auto& [word, made_by] : {std::pair{"MODEL", "nn-train"},
                                      {"METRICS", "nn-eval -o NAME.h5"},
                                      {"PREDICTIONS", "nn-predict -o NAME.h5"},
                                      {"DATA", "the dataset, from nn-fetch, nn-prep or nn-convert"}})
    if (words.find(word) != std::string::npos)
      text += fmt::format("{}{}: {}", text.empty() ? " (" : "; ", word, made_by);
  return text.empty() ? text : text + ")";
}

void declare_grid(OptionSet& set, std::string& grid) {
  set.add("grid", grid, "RxC", "rows and columns of small pictures").brief_help();
}

void declare_rows(OptionSet& set, std::string& rows) {
  set.add("rows", rows, "ROWS", "rows of the split, for example 0:10 or 3,5,9");
}

void declare_shown_split(OptionSet& set, std::string& split) {
  set.add("split", split, "NAME", "split to show (default: the first, or the one predicted)").brief_help();
}

namespace {
/// Browsers smooth the small pictures in an SVG when they draw them larger, unless told not to. And gnuplot leaves
/// "]]>" in a text, which no XML may have there.
std::vector<std::byte> finished_svg(const std::vector<std::byte>& svg) {
  std::string text(reinterpret_cast<const char*>(svg.data()), svg.size()), out;
  for (size_t at = 0; (at = text.find("]]>", at)) != text.npos;) text.replace(at + 2, 1, "&gt;");
  for (size_t at = 0; at < text.size();) {
    const size_t image = std::min(text.find("<image ", at), text.size());
    out += text.substr(at, image - at);
    if (image < text.size()) out += "<image style='image-rendering:pixelated' ";
    at = image + 7;
  }
  const auto bytes = std::as_bytes(std::span(out));
  return {bytes.begin(), bytes.end()};
}

/// Without the date that cairo writes, so that the same picture is the same bytes (--if-changed). Blanks take its
/// place: a PDF tells where its objects begin.
std::vector<std::byte> undated_pdf(std::vector<std::byte> pdf) {
  const std::string_view text(reinterpret_cast<const char*>(pdf.data()), pdf.size());
  const size_t begin = text.rfind("/CreationDate (");
  const size_t end = begin == text.npos ? begin : text.find(')', begin);
  if (end != text.npos)
    std::fill(pdf.begin() + static_cast<ptrdiff_t>(begin), pdf.begin() + static_cast<ptrdiff_t>(end) + 1,
              std::byte{' '});
  return pdf;
}
}  // namespace

namespace {
std::span<const OutputForm> picture_forms() {
  static const OutputForm forms[] = {{"tsv", {"tsv", "tab"}},   {"csv", {"csv"}},          {"json", {"json"}},
                                     {"gp", {"gp", "gnuplot"}}, {"text", {"txt", "text"}}, {"svg", {"svg"}},
                                     {"png", {"png"}},          {"pdf", {"pdf"}}};
  return forms;
}
}  // namespace

std::vector<std::string> picture_form_names() { return form_names(picture_forms()); }

std::string picture_suffix(const std::string& form, const std::string& output, bool json) {
  return suffix_of_another(picture_forms(), output_form(picture_forms(), {form, json, output, "tsv", ""}), output);
}

PictureForm picture_form(const std::string& form, const std::string& output, bool json) {
  const std::string name = output_form(picture_forms(), {form, json, output, "tsv", ""});
  const std::pair<const char*, PictureForm> forms[] = {
      {"tsv", PictureForm::table}, {"csv", PictureForm::csv}, {"json", PictureForm::json}, {"gp", PictureForm::script},
      {"text", PictureForm::text}, {"svg", PictureForm::svg}, {"png", PictureForm::png},   {"pdf", PictureForm::pdf}};
  std::vector<std::string> names;
  for (const auto& [known, value] : forms) {
    if (name == known) return value;
    names.emplace_back(known);
  }
  throw UsageError(unknown_name("form of picture", name, names));
}

bool is_drawing(PictureForm form) {
  return form != PictureForm::table && form != PictureForm::csv && form != PictureForm::json;
}

void expect_kind(const h5::Reader& file, const std::string& kind) {
  if (file.kind() == kind) return;
  const std::string maker = kind == "dataset"   ? "nn-fetch, nn-prep or nn-convert"
                            : kind == "model"   ? "nn-train"
                            : kind == "metrics" ? "nn-eval"
                                                : "nn-predict";
  throw Error(printable(file.name()) + ": a " + printable(file.kind()) + " file, expected a " + kind + " file (from " +
              maker + ")");
}

std::pair<int64_t, int64_t> parse_grid(const char* option, const std::string& text) {
  const size_t x = text.find('x');
  int64_t rows = 0, columns = 0;
  try {
    parse_value(std::string_view(text).substr(0, x), rows);
    parse_value(std::string_view(text).substr(x == std::string::npos ? text.size() : x + 1), columns);
  } catch (const UsageError&) {
    rows = 0;
  }
  if (rows < 1 || columns < 1 || rows > 10000 || columns > 10000)
    throw UsageError(std::string("--") + option + " " + printable(text) +
                     ": expected two whole numbers from 1 to 10000, as " +
                     (std::string_view(option) == "size" ? "800x600" : "2x5"));
  return {rows, columns};
}

void check_grid(const std::string& grid, const std::string& rows, size_t samples) {
  if (grid.empty() || rows.empty()) return;
  const auto [down, across] = parse_grid("grid", grid);
  if (static_cast<int64_t>(samples) > down * across)
    throw UsageError(
        fmt::format("--grid {} has {} places, but --rows {} names {} samples; without --grid all of them are drawn",
                    printable(grid), down * across, printable(rows), samples));
}

std::vector<std::byte> render(const Picture& picture, PictureForm form, const std::string& size) {
  const auto bytes_of = [](const std::string& text) {
    const auto bytes = std::as_bytes(std::span(text));
    return std::vector<std::byte>(bytes.begin(), bytes.end());
  };
  int width = picture.width, height = picture.height;
  if (!size.empty()) {
    const auto [w, h] = parse_grid("size", size);
    width = static_cast<int>(w), height = static_cast<int>(h);
    if (width < picture.least_width || height < picture.least_height)
      throw UsageError(fmt::format("--size {}: this picture needs at least {}x{} pixels for its axes and texts",
                                   printable(size), picture.least_width, picture.least_height));
  }
  const std::string head = "set encoding utf8\n";
  switch (form) {
    case PictureForm::table:
      return bytes_of(picture.table().text());
    case PictureForm::csv:
      return bytes_of(picture.table().text(','));
    case PictureForm::json:
      return bytes_of(picture.table().json().dump(2) + "\n");
    case PictureForm::text:
      return bytes_of(picture.text(80));
    case PictureForm::script:
      return bytes_of(fmt::format("# gnuplot -p FILE shows it; with these two lines in front it writes a file:\n# {}# "
                                  "set output 'picture.png'\n",
                                  gnuplot_terminal("png", width, height)) +
                      head + "set termoption noenhanced\n" + picture.script(width, height));
    case PictureForm::svg:
      return finished_svg(run_gnuplot(gnuplot_terminal("svg", width, height) + head + picture.script(width, height)));
    case PictureForm::png:
      return run_gnuplot(gnuplot_terminal("png", width, height) + head + picture.script(width, height));
    case PictureForm::pdf:
      return undated_pdf(run_gnuplot(gnuplot_terminal("pdf", width, height) + head + picture.script(width, height)));
  }
  return {};
}

}  // namespace nn
