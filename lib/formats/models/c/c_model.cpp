// SPDX-License-Identifier: MIT
#include "formats/models/c/c_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/system/version.h"
#include "base/text/one_line.h"
#include "formats/models/c/c_ending.h"
#include "formats/models/c/c_main.h"
#include "formats/models/c/c_recipe.h"
#include "formats/models/c/c_writer.h"
#include "h5/reading/reader.h"
#include "h5/writing/outfile.h"

namespace nn {
namespace {

/// Lines of at most `width` characters behind " *   ".
std::string wrapped(const std::string& text, const std::string& first, const std::string& rest) {
  constexpr size_t width = 100;
  std::string out = first, line;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    if (!line.empty() && line.size() + 1 + word.size() > width) {
      out += line + "\n" + rest;
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
    begin = end + 1;
  }
  return out + line + "\n";
}

std::string kilobytes(int64_t bytes) { return fmt::format("{:.1f} KB", static_cast<double>(bytes) / 1024); }

class CModel {
 public:
  CModel(const Model& model, std::string name)
      : model_(model),
        name_(std::move(name)),
        network_(model.layers, model.input),
        graph_(network_.lower()),
        weights_(weights_by_param(graph_, model)),
        plan_(c_plan(graph_, weights_, has_c_recipe(model))),
        to_(graph_, weights_, plan_, "sample"),
        ending_(c_ending(model, graph_)),
        outputs_(graph_.value(graph_.output()).shape.count()),
        recipe_(c_recipe(to_, model)) {
    upper_ = name_;
    std::ranges::transform(upper_, upper_.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    if (!recipe_.function.empty()) to_.line("prepare(sample, " + to_.at(graph_.input()) + ");");
    for (const CStep& step : plan_.steps) emit_step(to_, step);
    end();
  }

  std::string source() const {
    std::string text = head() + "#include <math.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <string.h>\n\n";
    text += macros() + "\n" + names() + "\n";
    const std::string functions = to_.functions();  // types first: constants have some
    const size_t types = functions.find("} window;\n");
    const size_t cut = types == std::string::npos ? 0 : types + 10;
    text += functions.substr(0, cut) + (cut ? "\n" : "") + to_.constants() + "\n";
    if (plan_.floats > 0) text += fmt::format("static float buffer[{}];\n\n", plan_.floats);
    text += functions.substr(cut);
    if (!recipe_.function.empty()) text += recipe_.function + "\n";
    text += prototype() + "\n{\n" + to_.lines() + "}\n";
    text += fmt::format("\n{}\n{{\n  return i >= 0 && i < {} ? {}s[i] : \"?\";\n}}\n", name_prototype(), outputs_,
                        name_function());
    return text + c_main({name_, upper_, recipe_.bytes, decides(ending_), gives_probabilities(ending_)});
  }

  std::string header() const {
    return fmt::format(
        "/* {0}.h: what the model {0} offers. Written by nn-convert of nn-tools {1}. */\n#ifndef {2}_H\n#define "
        "{2}_H\n\n"
        "#include <stdint.h>\n\n{3}\n#ifdef __cplusplus\nextern \"C\" {{\n#endif\n{4};\n{5};\n#ifdef __cplusplus\n}}\n"
        "#endif\n\n#endif\n",
        name_, version(), upper_, macros(), prototype(), name_prototype());
  }

 private:
  void end() {
    const std::string y = to_.at(graph_.output());
    switch (ending_) {
      case CEnding::softmax:
        to_.line(fmt::format("{}({}, {}, 1, {}, 1);", to_.function("softmax"), y, result(), outputs_));
        break;
      case CEnding::sigmoid_classes:
      case CEnding::sigmoid:
        to_.line(fmt::format("{}({}, {}, {});", to_.function("map_sigmoid"), y, result(), outputs_));
        break;
      case CEnding::classes:
      case CEnding::none:
        to_.line(fmt::format("memcpy({}, {}, {} * sizeof(float));", result(), y, outputs_));
    }
    if (decides(ending_)) to_.line(fmt::format("return {}({}, {});", to_.function("largest"), y, outputs_));
  }

  const char* result() const { return gives_probabilities(ending_) ? "probabilities" : "outputs"; }
  const char* element() const { return recipe_.bytes ? "uint8_t" : "float"; }
  std::string name_function() const { return name_ + (decides(ending_) ? "_class_name" : "_output_name"); }
  std::string prototype() const {
    return fmt::format("{} {}_predict(const {} *sample, float *{})", decides(ending_) ? "int" : "void", name_,
                       element(), result());
  }
  std::string name_prototype() const { return "const char *" + name_function() + "(int i)"; }

  std::string macros() const {
    const Shape raw = raw_shape(model_);
    std::string text = fmt::format("#define {}_INPUTS {} /* values of a sample */\n", upper_, raw.count());
    if (raw.rank() == 3)
      text += fmt::format("#define {0}_CHANNELS {1}\n#define {0}_HEIGHT {2}\n#define {0}_WIDTH {3}\n", upper_, raw[0],
                          raw[1], raw[2]);
    return text + fmt::format("#define {}_OUTPUTS {}\n", upper_, outputs_);
  }

  std::string names() const {
    std::string text = fmt::format("static const char *const {}s[{}] = {{\n", name_function(), outputs_);
    for (const std::string& name : c_output_names(model_, ending_, outputs_)) text += "  " + c_string(name) + ",\n";
    text.erase(text.size() - 2, 1);
    return text + "};\n";
  }

  /// What nn-info --digest says of the model as a file of ours.
  std::string digest() const {
    const std::vector<std::byte> bytes = write_model(model_, h5::Provenance{"", Json::array()}, false);
    return h5::Reader::of_bytes(bytes, "model", "model").digest();
  }

  std::string head() const {
    const Shape raw = raw_shape(model_);
    std::string recipe = c_comment(model_.prep.recipe);
    std::string text =
        fmt::format("/* {}.c: a neural network that predicts, in C99. Written by nn-convert of nn-tools {}.\n *\n",
                    name_, version());
    text += wrapped(c_comment(in_one_line(model_.layers)), " *   layers   ", " *            ");
    text += fmt::format(" *   input    {} {}, {}\n", raw.text(), recipe_.bytes ? "bytes" : "floats",
                        raw.rank() == 3   ? "channel by channel, row by row"
                        : raw.rank() == 1 ? "in the order of the columns"
                                          : "row by row");
    if (raw.rank() == 1 && !model_.feature_names.empty()) {
      std::string columns;
      for (const std::string& column : model_.feature_names)
        columns += (columns.empty() ? "" : ", ") + c_comment(column);
      text += wrapped(columns, " *   columns  ", " *            ");
    }
    if (!model_.prep.recipe.empty()) {
      std::string steps = model_.prep.recipe;
      for (size_t at = 0; (at = steps.find('\n', at)) != std::string::npos;) steps.replace(at, 1, "; ");
      text += wrapped(c_comment(steps), " *   recipe   ", " *            ");
    }
    text += fmt::format(" *   output   {} {}\n", outputs_, what_comes());
    text += fmt::format(" *   digest   {}\n", digest());
    text += fmt::format(" *   memory   {} of constants, {} of static buffers\n *\n", kilobytes(to_.constant_bytes()),
                        kilobytes(plan_.floats * 4 + to_.static_bytes()));
    text += fmt::format(" * {};\n", prototype());
    text += decides(ending_)
                ? fmt::format(" *   returns the class, {}(class) its name; -1 if some output is not a number.\n",
                              name_function())
                : fmt::format(" *   {}(i) is the name of an output.\n", name_function());
    text += " * Its buffers are static: one call at a time.\n *\n";
    text += fmt::format(
        " *   cc -std=c99 -O3 -c {0}.c\n *   cc -std=c99 -O3 -DNN_MAIN {0}.c -lm -o {0}    reads {1} from standard "
        "input\n */\n\n",
        name_, recipe_.bytes ? "samples of raw bytes" : "samples as numbers between blanks");
    return text;
  }

  std::string what_comes() const {
    switch (ending_) {
      case CEnding::softmax:
        return "probabilities of classes";
      case CEnding::sigmoid_classes:
        return "probabilities, each by itself, of classes";
      case CEnding::sigmoid:
        return "probabilities of yes";
      case CEnding::classes:
        return "numbers that rank the classes";
      case CEnding::none:
        break;
    }
    return "numbers";
  }

  const Model& model_;
  std::string name_, upper_;
  Network network_;
  Graph graph_;
  CWeights weights_;
  CPlan plan_;
  CWriter to_;
  CEnding ending_;
  int64_t outputs_;
  CRecipe recipe_;
};

std::string name_for(const COptions& options) {
  if (!options.name.empty()) {
    if (!is_c_name(options.name))
      throw UsageError("--name '" + printable(options.name) +
                       "': names in C begin with a letter and have letters, digits and '_' only, here at most 31");
    return options.name;
  }
  if (options.target.empty() || options.target == "-") return "model";
  return c_name(std::filesystem::path(options.target).stem().string());
}

}  // namespace

void COptions::declare_writing(OptionSet& set) {
  set.add("name", name, "NAME", "what the names in a file of C begin with; not given: made of the name of OUT");
  set.add("header-file", header_file, "FILE", "write a header with the declarations of a file of C, too").writes_file();
}

std::vector<ForeignFile> write_c(const Model& model, const COptions& options) {
  uint64_t floats = 0;
  for (const NamedTensor& tensor : model.weights) floats += tensor.values.size();
  constexpr uint64_t characters = 14, copies = 3;  // of a number; of the text while it is put together
  options.budget.ask_product({floats, characters * copies}, "the weights as text of C");
  const CModel made(model, name_for(options));
  const auto bytes_of = [](const std::string& text) {
    const auto bytes = std::as_bytes(std::span(text));
    return std::vector<std::byte>(bytes.begin(), bytes.end());
  };
  if (!options.header_file.empty())
    h5::OutFile(options.header_file, h5::OutFile::Content::text, options.rules).commit(made.header());
  return {{"", bytes_of(made.source())}};
}

}  // namespace nn
