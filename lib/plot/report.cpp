// SPDX-License-Identifier: MIT
#include "plot/report.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"
#include "h5/provenance.h"
#include "h5/schema.h"
#include "train/report.h"

namespace nn {
namespace {

std::vector<Verdict> verdicts_of(const h5::Reader& file) {
  std::vector<Verdict> verdicts;
  for (const Metrics& metrics : read_metrics(file)) verdicts.push_back({file.name(), "", h5::read_classes(file), metrics});
  return verdicts;
}

std::string predictions_text(const h5::Reader& file) {
  const Predictions p = read_predictions(file);
  const std::vector<std::string> classes = h5::read_classes(file);
  std::string out = fmt::format("{}: predictions\n\n{} samples, {} {}\n", printable(file.name()), p.sample.size(), p.classes, p.predicted.empty() ? "outputs" : "classes");
  std::vector<int64_t> counts;
  size_t right = 0;
  for (size_t i = 0; i < p.predicted.size(); ++i) {
    const auto k = static_cast<size_t>(p.predicted[i]);
    if (counts.size() <= k) counts.resize(k + 1);
    ++counts[k];
    right += !p.labels.empty() && p.labels[i] == p.predicted[i];
  }
  for (size_t k = 0; k < std::min<size_t>(counts.size(), 50); ++k) out += fmt::format("  {:>8}  {}\n", counts[k], k < classes.size() ? printable(classes[k]) : std::to_string(k));
  if (!p.labels.empty() && !p.predicted.empty()) out += fmt::format("{} of {} agree with the labels\n", right, p.sample.size());
  return out;
}

/// When and how the file was made: its own history, newest first.
std::string origin(const h5::Reader& file) {
  std::string out = fmt::format("digest     {}\n", printable(file.digest()));
  const std::string history = file.text("/", "history").value_or("");
  for (size_t at = 0; at < history.size();) {
    const size_t end = std::min(history.find('\n', at), history.size());
    if (end > at) out += fmt::format("{:<10} {}\n", at == 0 ? "history" : "", printable(history.substr(at, end - at)));
    at = end + 1;
  }
  return out;
}
}  // namespace

std::string report_text(const h5::Reader& file) {
  const std::string kind = file.kind();
  std::string out;
  if (kind == "model") out = model_text(file);
  else if (kind == "dataset") out = dataset_text(file);
  else if (kind == "metrics") out = fmt::format("{}: metrics\n\n{}", printable(file.name()), metrics_tsv(verdicts_of(file), false));
  else if (kind == "predictions") out = predictions_text(file);
  else throw Error(file.name() + ": a " + printable(kind) + ", nothing is known about such a file");
  return out + origin(file);
}

Json report_json(const h5::Reader& file) {
  const std::string kind = file.kind();
  Json out = Json::object();
  out["file"] = file.name();
  out["kind"] = kind;
  out["digest"] = file.digest();
  Json body = Json::object();
  if (kind == "model") body = model_json(file);
  else if (kind == "dataset") body = dataset_json(file);
  else if (kind == "metrics") body["metrics"] = Json::parse(metrics_json(verdicts_of(file)));
  else if (kind == "predictions") body["predictions"] = Json::parse(predictions_json(read_predictions(file), h5::read_classes(file), 3));
  for (const auto& [name, value] : body.members()) out[name] = value;
  const h5::Provenance provenance = h5::Provenance::read(file);
  out["history_text"] = provenance.history;
  out["provenance"] = provenance.steps;
  return out;
}

}  // namespace nn
