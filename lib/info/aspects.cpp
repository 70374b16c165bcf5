// SPDX-License-Identifier: MIT
#include "info/aspects.h"

#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/text/output_form.h"
#include "h5/provenance.h"
#include "info/file_report.h"
#include "info/model_report.h"
#include "results/result_table.h"

namespace nn {
namespace {

std::vector<std::string> suffixes_of(const std::string& form) {
  if (form == "tsv") return {"tsv", "tab"};
  if (form == "dot") return {"dot", "gv"};
  return {"txt", "text", "nn"};
}

}  // namespace

std::span<const Aspect> aspects() {
  static const Aspect all[] = {
      {"", "", "text", "", true, report_text, report_json},
      {"layers", "print the layers of a model in the layer language", "text", "model", true, model_layers, nullptr},
      {"rules", "print the rules of a training in which frameworks differ, nn-frameworks(7)", "text", "model", false,
       model_rules, nullptr},
      {"dot", "print a diagram of a model for Graphviz", "dot", "model", true, model_dot, nullptr},
      {"history", "print the training of a model, a row per epoch, as TSV", "tsv", "model", true, nullptr,
       [](const h5::Reader& file) { return result_table(file).json(); },
       [](const h5::Reader& file) { return result_table(file); }},
      {"provenance", "print the commands that made a file, newest first", "text", "", true, provenance_text,
       [](const h5::Reader& file) { return h5::Provenance::read(file).steps; }},
  };
  return all;
}

void check_summary(const Aspect& aspect, bool plan, const std::string& file) {
  if (plan || *aspect.option)
    throw UsageError(std::string("--") + (plan ? "plan" : aspect.option) + ": " + printable(file) +
                     " holds weights without layers; nn-convert --layers makes a model of them");
}

void AspectText::add(const h5::Reader& file) {
  if (!aspect_.table) return add(aspect_.text(file));
  if (several_)
    append_table(table_, file.name(), aspect_.table(file));
  else
    table_ = aspect_.table(file);
}

void AspectText::add(const std::string& text) {
  text_ += (text_.empty() || aspect_.option == std::string("layers") ? "" : "\n") + text;
}

bool as_json(const Aspect& aspect, const std::string& format, bool json, const std::string& output, const Log& log) {
  const std::string option = *aspect.option ? std::string("--") + aspect.option : "the summary", own = aspect.form;
  std::vector<OutputForm> forms{{own, suffixes_of(own)}};
  if (aspect.json) forms.push_back({"json", {"json"}});
  const std::string form = output_form(forms, {format, json, output, own, own});
  if (const std::string said = suffix_of_another(forms, form, output); !said.empty()) log.warning(said);
  for (const OutputForm& known : forms)
    if (known.name == form) return form == "json";
  throw UsageError("the form " + form + " does not go with " + option + ", which is printed as " + own +
                   (aspect.json ? " or json" : ""));
}

}  // namespace nn
