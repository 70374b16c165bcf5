// SPDX-License-Identifier: MIT
#include "train/run/run_checks.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text/number.h"
#include "data/batches.h"

namespace nn {

std::string validation_split(const TrainOptions& options, const Dataset& data, const Log& log) {
  if (options.validation == "none") return "";
  if (options.validation.empty()) return data.find("val") ? "val" : "";
  // Before, the default could be given without effect; such a run may be resumed.
  if (options.validation == "val" && options.goes_on && !data.find("val")) return "";
  data.at(options.validation);
  if (options.validation == "train")
    throw UsageError("--validation train: the training split is measured anyway; expected val, test or none");
  if (options.validation == "test")
    log.warning(
        "--validation test: curves on the test split are for looking at; a model or an epoch chosen by them has "
        "an accuracy that flatters it (nn-prep --split val=10% makes a split for choosing)");
  return options.validation;
}

void warn_of_raw_pixels(const Dataset& data, const Log& log) {
  if (!is_unscaled(data.prep, data.at("train")) || (data.valid_min >= 0 && data.valid_max <= 1)) return;
  log.warning(
      fmt::format("pixels reach the network as {:g} to {:g}; it learns better from 0 to 1: put nn-prep --scale 0:1 "
                  "in front (nn-prep --scale 0:1 DATA | nn-train ...)",
                  data.valid_min, data.valid_max));
}

void note_wide_targets(const Dataset& data, const std::string& loss, const Log& log) {
  constexpr double wide = 10;  // standard deviations; a network begins with outputs of about 1
  const h5::Array& targets = data.at("train").targets();
  if (targets.shape.rank() != 2 || targets.type != h5::Type::f32 || parse_spec(loss, ',').name != "mse") return;
  const auto values = targets.as<float>();
  const auto columns = static_cast<size_t>(targets.shape[1]), rows = static_cast<size_t>(targets.shape[0]);
  for (size_t c = 0; c < columns; ++c) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < rows; ++i) sum += static_cast<double>(values[i * columns + c]);
    const double mean = sum / static_cast<double>(rows);
    for (size_t i = 0; i < rows; ++i) squares += std::pow(static_cast<double>(values[i * columns + c]) - mean, 2);
    const double deviation = std::sqrt(squares / static_cast<double>(rows));
    if (!(deviation > wide || std::abs(mean) > wide)) continue;
    const std::string name =
        c < data.target_names.size() ? "target '" + printable(data.target_names[c]) + "'" : fmt::format("target {}", c);
    return log.note(
        fmt::format("{} has the mean {:.4g} and the standard deviation {:.4g}; a network learns better when they are "
                    "near 0 and 1: scale the column before "
                    "nn-convert, for example (value - {:.4g}) / {:.4g}, or train longer with a larger --lr",
                    name, mean, deviation, mean, deviation > 0 ? deviation : 1));
  }
}

void check_exact(const TrainOptions& options, const Backend& backend) {
  // Before, the option could be given without effect; such a run may be resumed.
  if (options.exact && !options.goes_on && backend.always_exact())
    throw UsageError(fmt::format(
        "--exact has no effect on --device {}: it has no other algorithms; leave the option out", backend.name()));
}

void say_precision(const TrainOptions& options, const Backend& backend, const Log& log) {
  if (options.precision != "bf16") return;
  if (const std::string isa = backend.bf16_hardware(); !isa.empty())
    log.info(fmt::format("precision: bf16 in dense layers and 3x3 convolutions ({}), float32 elsewhere", isa));
  else
    log.warning(fmt::format(
        "--precision bf16: {} {} has no instructions for it; it is emulated, which takes longer than float32",
        backend.name(), backend.isa()));
}

namespace {

/// The numbers, so that a file that changes is seen and the model tells them. Those of `balanced` follow from the data.
std::string class_weights_text(const Task& task, const std::string& asked) {
  const auto* loss = std::get_if<SoftmaxLoss>(&task.graph.ops.back().what);
  if (!loss || asked == "balanced") return asked;
  std::string text;
  for (double weight : loss->class_weights) text += (text.empty() ? "" : ",") + value_text(weight);
  return text;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> resolved_settings(TrainOptions options, const Task& task, double rate,
                                                                   const std::string& validation) {
  options.loss = task.loss;
  options.rate = rate;
  options.class_weight = class_weights_text(task, options.class_weight);
  options.validation = validation.empty() ? "none" : validation;
  OptionSet set;
  options.declare(set);
  std::vector<std::pair<std::string, std::string>> settings;
  for (const Option& option : set.all()) {
    if (!option.recorded || option.name == "model" || !option.get) continue;
    if (std::string value = option.get(); !value.empty()) settings.emplace_back(option.name, std::move(value));
  }
  return settings;
}

std::string test_line(const h5::Columns& metrics) {
  std::string line;
  for (const auto& [name, values] : metrics)
    if (name == "loss" || name == "accuracy")
      line += fmt::format("{} {} {:.4f}", line.empty() ? "test:" : ",", name, values.at(0));
  return line;
}

void append_row(h5::Columns& history, const h5::Columns& row) {
  if (history.empty())
    history = row;
  else
    for (auto& [name, values] : history)  // by name: a file may give them in another order
      for (const auto& [column, value] : row)
        if (column == name) values.push_back(value[0]);
}

h5::Columns metrics_columns(const Metrics& m) {
  h5::Columns columns{{"n", {static_cast<double>(m.n)}}, {"loss", {m.loss}}};
  if (m.has_labels) {
    columns.push_back({"accuracy", {m.accuracy.value_or(not_measured)}});
    columns.push_back({fmt::format("top_{}", m.k), {m.top_k}});
  }
  return columns;
}

}  // namespace nn
