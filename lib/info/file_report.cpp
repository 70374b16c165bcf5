// SPDX-License-Identifier: MIT
#include "info/file_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/log.h"
#include "base/text/names.h"
#include "base/text/split.h"
#include "h5/provenance.h"
#include "h5/schema.h"
#include "info/dataset_report.h"
#include "info/model_report.h"
#include "results/evaluation.h"
#include "results/metrics.h"
#include "results/metrics_file.h"
#include "results/metrics_text.h"
#include "results/predictions.h"
#include "results/predictions_file.h"
#include "results/predictions_table.h"

namespace nn {
namespace {

/// Model and dataset that the metrics are of, as nn-eval recorded them; empty when it did not.
std::pair<std::string, std::string> measured_files(const h5::Reader& file) {
  const h5::Provenance provenance = h5::Provenance::read(file);
  for (const Json& step : provenance.steps.items()) {
    const Json* inputs = step.find("inputs");
    if (step.at("tool").string() != "nn-eval" || !inputs || inputs->items().size() != 2) continue;
    return {inputs->items()[0].at("name").string(), inputs->items()[1].at("name").string()};
  }
  return {};
}

std::vector<Evaluation> evaluations_of(const h5::Reader& file) {
  std::vector<Evaluation> evaluations;
  const auto [model, data] = measured_files(file);
  for (const Metrics& metrics : read_metrics(file))
    evaluations.push_back({model, data, read_output_names(file), metrics});
  return evaluations;
}

std::string predictions_text(const h5::Reader& file) {
  const Predictions p = read_predictions(file);
  const std::vector<std::string> names = read_output_names(file);
  const char* what = p.predicted.empty() ? (p.independent ? "independent output" : "output") : "class";
  const int64_t count =
      p.predicted.empty() ? p.classes : std::max<int64_t>(p.classes, 2);  // one output tells two classes apart
  std::string out = fmt::format("{}: predictions\n\n{} {}{}{}, {} {}{}\n", printable(file.name()), p.sample.size(),
                                p.sample.size() == 1 ? "sample" : "samples", p.split.empty() ? "" : " of split ",
                                printable(p.split), count, what,
                                count == 1            ? ""
                                : p.predicted.empty() ? "s"
                                                      : "es");
  std::map<int32_t, int64_t> counts;
  size_t right = 0;
  for (size_t i = 0; i < p.predicted.size(); ++i) {
    ++counts[p.predicted[i]];
    right += !p.labels.empty() && p.labels[i] == p.predicted[i];
  }
  size_t lines = 0;
  for (const auto& [k, count] : counts) {
    if (++lines > 50) break;
    out += fmt::format(
        "  {:>8}  {}\n", count,
        static_cast<size_t>(k) < names.size() ? printable(names[static_cast<size_t>(k)]) : std::to_string(k));
  }
  if (counts.size() > 50) out += fmt::format("  ... {} more\n", counts.size() - 50);
  if (p.predicted.empty() && !names.empty()) out += "targets    " + quoted_list(names, 20) + "\n";
  if (!p.labels.empty() && !p.predicted.empty())
    out += fmt::format("{} of {} agree with the labels\n", right, p.sample.size());
  return out;
}

/// Digest, and the commands that made the file, newest first.
std::string origin(const h5::Reader& file) {
  std::string out = fmt::format("digest     {}\n", printable(file.digest()));
  const std::string history = file.text("/", "history").value_or("");
  for (const std::string_view line : split_at(history, '\n'))
    if (!line.empty())
      out += fmt::format("{:<10} {}\n", line.data() == history.data() ? "made by" : "", printable(std::string(line)));
  return out;
}
}  // namespace

std::string report_text(const h5::Reader& file) {
  const std::string kind = file.kind();
  std::string out;
  if (kind == "model")
    out = model_text(file);
  else if (kind == "dataset")
    out = dataset_text(file);
  else if (kind == "metrics")
    out = fmt::format("{}: metrics\n\n{}", printable(file.name()), metrics_table(evaluations_of(file), false).text());
  else if (kind == "predictions")
    out = predictions_text(file);
  else
    throw Error(file.name() + ": a " + printable(kind) + ", nothing is known about such a file");
  return out + origin(file);
}

std::string provenance_text(const h5::Reader& file) {
  const h5::Provenance provenance = h5::Provenance::read(file);
  if (provenance.history.empty() && provenance.steps.items().empty())
    throw Error(file.name() + ": it has no record of commands: it was made with --no-history");
  std::string out;
  for (const std::string_view line : split_at(provenance.history, '\n'))
    if (!line.empty()) out += printable(std::string(line)) + "\n";
  for (const Json& step : provenance.steps.items())
    if (const Json* inputs = step.find("inputs"))
      for (const Json& input : inputs->items())
        out += fmt::format("{} read {}  {}\n", printable(step.at("tool").string()),
                           printable(input.at("digest").string()), printable(input.at("name").string()));
  return out;
}

Json report_json(const h5::Reader& file) {
  const std::string kind = file.kind();
  Json out = Json::object();
  out["file"] = file.name();
  out["kind"] = kind;
  out["digest"] = file.digest();
  Json body = Json::object();
  if (kind == "model")
    body = model_json(file);
  else if (kind == "dataset")
    body = dataset_json(file);
  else if (kind == "metrics")
    body["metrics"] = Json::parse(metrics_json(evaluations_of(file)));
  else if (kind == "predictions")
    body["predictions"] = Json::parse(predictions_json(read_predictions(file), read_output_names(file), usual_top));
  for (const auto& [name, value] : body.members()) out[name] = value;
  const h5::Provenance provenance = h5::Provenance::read(file);
  out["history_text"] = provenance.history;
  out["provenance"] = provenance.steps;
  return out;
}

}  // namespace nn
