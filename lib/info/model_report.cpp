// SPDX-License-Identifier: MIT
#include "info/model_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>

#include "base/log.h"
#include "base/text/number.h"
#include "base/text/one_line.h"
#include "info/checkpoint_report.h"
#include "losses/loss.h"
#include "model/dot.h"
#include "model/model_file.h"
#include "model/summary.h"
#include "results/cells.h"

namespace nn {
namespace {

Network network_of(const Model& model, const h5::Reader& file) {
  return in_context(file.name() + ": layers", [&] { return Network(model.layers, model.input); });
}

std::string joined(std::vector<std::string> words, size_t most) {
  const bool more = words.size() > most;
  if (more) words.resize(most);
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + printable(word);
  return more ? out + ", ..." : out;
}

std::string number(double v) {
  if (!std::isfinite(v)) return "-";
  return v == std::floor(v) && std::abs(v) < 1e9 ? fmt::format("{:.0f}", v) : fmt::format("{:.4g}", v);
}

/// 1 - 0.99 is 0.010000000000000009 in the file: shown is the shortest number that differs by no more than rounding
/// does.
std::string round_numbers(const std::string& text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const bool within = at > 0 && (std::isalnum(static_cast<unsigned char>(text[at - 1])) || text[at - 1] == '_');
    size_t end = at;
    while (!within && end < text.size() && (std::isdigit(static_cast<unsigned char>(text[end])) || text[end] == '.'))
      ++end;
    if (end - at < 17) {
      out += text[at++];
      continue;
    }
    const std::string word = text.substr(at, end - at);
    double value = 0, rounded = 0;
    const std::string shorter = fmt::format("{:.12g}", std::strtod(word.c_str(), nullptr));
    value = std::strtod(word.c_str(), nullptr), rounded = std::strtod(shorter.c_str(), nullptr);
    out +=
        std::fabs(value - rounded) <= 4e-15 * std::fabs(value) && word.find('.') != std::string::npos ? shorter : word;
    at = end;
  }
  return out;
}

/// The last epoch, and the best one by validation loss when it was measured.
std::string history_lines(const Model& model) {
  if (model.history.empty() || model.history[0].second.empty()) return "trained    no (initial weights)\n";
  const auto line = [&](size_t row) {
    std::string out;
    for (const auto& [name, values] : model.history)
      if (name != "epoch" && name != "seconds" && (std::isfinite(values[row]) || name == "loss"))
        out += fmt::format("  {} {}", printable(name),
                           std::isfinite(values[row]) ? number(values[row]) : value_text(values[row]));
    return out;
  };
  const size_t epochs = model.history[0].second.size();
  std::string out = fmt::format("trained    {} epoch{}; last:{}\n", epochs, epochs == 1 ? "" : "s", line(epochs - 1));
  if (model.weights_epoch > 0) out += fmt::format("weights    of epoch {}\n", model.weights_epoch);
  for (const auto& [name, values] : model.history) {
    if (name != "val_loss") continue;
    size_t best = epochs;
    for (size_t i = 0; i < epochs; ++i)
      if (std::isfinite(values[i]) && (best == epochs || values[i] < values[best])) best = i;
    if (best < epochs && best + 1 < epochs)
      out += fmt::format("           best val_loss in epoch {}:{}\n", best + 1, line(best));
  }
  return out;
}
}  // namespace

std::string model_text(const h5::Reader& file) {
  const Model model = read_model(file);
  const Network network = network_of(model, file);
  std::string out = fmt::format("{}: model\n\n{}\n", printable(file.name()), summary_text(summarise(network)));
  out += fmt::format(
      "input      {}{}\n", model.input.text(),
      model.raw_input.rank() && !(model.raw_input == model.input) ? " prepared from " + model.raw_input.text() : "");
  out += fmt::format("loss       {}\n", printable(model.loss));
  std::string recipe = model.prep.recipe;
  while (recipe.ends_with('\n')) recipe.pop_back();
  std::ranges::replace(recipe, '\n', ';');
  out += fmt::format("recipe     {}\n", recipe.empty() ? "none" : printable(recipe));
  if (!model.classes.empty())
    out += fmt::format("classes    {}: {}\n", model.classes.size(), joined(model.classes, 20));
  std::string settings;
  for (const auto& [name, value] : model.settings)
    if (!value.empty())
      settings += (settings.empty() ? "" : ", ") + name + " " + (name == "model" ? in_one_line(value) : value);
  if (!settings.empty()) out += fmt::format("settings   {}\n", printable(settings));
  if (!model.rules.empty())
    out += fmt::format("rules      {} that differ between frameworks; --rules lists them\n", model.rules.size());
  out += history_lines(model);
  if (!model.test_metrics.empty()) {
    out += "test      ";
    for (const auto& [name, values] : model.test_metrics)
      if (!values.empty()) out += fmt::format(" {} {}", printable(name), number(values[0]));
    out += "\n";
  }
  if (file.has("/state")) out += checkpoint_text(file);
  return out;
}

Json model_json(const h5::Reader& file) {
  const Model model = read_model(file);
  const Summary summary = summarise(network_of(model, file));
  const auto dims = [](const Shape& shape) {
    Json list = Json::array();
    for (const int64_t d : shape) list.push_back(d);
    return list;
  };
  Json out = Json::object();
  out["layers"] = model.layers;
  out["input"] = dims(model.input);
  Json rows = Json::array();
  for (const LayerSummary& layer : summary.layers) {
    Json row = Json::object();
    row["name"] = layer.name;
    row["text"] = layer.text;
    row["inputs"] = Json::array();
    for (const std::string& input : layer.inputs) row["inputs"].push_back(input);
    row["output"] = dims(layer.output);
    row["parameters"] = layer.parameters;
    row["buffers"] = layer.buffers;
    row["multiply_adds"] = layer.multiply_adds;
    rows.push_back(row);
  }
  out["summary"] = rows;
  out["parameters"] = summary.parameters;
  out["buffers"] = summary.buffers;
  out["multiply_adds"] = summary.multiply_adds;
  out["loss"] = model.loss;
  out["recipe"] = model.prep.recipe;
  Json classes = Json::array(), settings = Json::object();
  for (const std::string& name : model.classes) classes.push_back(name);
  for (const auto& [name, value] : model.settings) settings[name] = setting_json(value);
  out["classes"] = classes;
  out["settings"] = settings;
  Json rules = Json::object();
  for (const auto& [name, value] : model.rules) rules[name] = setting_json(value);
  if (!model.rules.empty()) out["rules"] = rules;
  Json history = Json::object(), test = Json::object();
  for (const auto& [name, values] : model.history) {
    Json list = Json::array();
    for (const double v : values) list.push_back(name == "epoch" ? number_cell(v) : Json(v));
    history[name] = list;
  }
  for (const auto& [name, values] : model.test_metrics)
    if (!values.empty()) test[name] = values[0];
  out["history"] = history;
  if (model.weights_epoch > 0) out["weights_epoch"] = model.weights_epoch;
  if (!model.test_metrics.empty()) out["test"] = test;
  if (file.has("/state")) out["checkpoint"] = checkpoint_json(file);
  return out;
}

std::string model_layers(const h5::Reader& file) {
  std::string text = round_numbers(read_model(file).layers);
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

std::string model_rules(const h5::Reader& file) {
  const Model model = read_model(file);
  if (model.rules.empty()) throw Error(file.name() + ": no /rules: it was not trained here");
  std::string text;
  for (const auto& [name, value] : model.rules) text += printable(name) + "\t" + printable(for_the_eye(value)) + "\n";
  return text;
}

std::string model_dot(const h5::Reader& file) { return dot_text(network_of(read_model(file), file), file.name()); }

std::string model_plan(const h5::Reader& file, Backend& backend, int64_t batch, bool training) {
  const Model model = read_model(file);
  Graph graph = network_of(model, file).lower();
  append_loss(graph, *make_loss(model.loss), static_cast<int64_t>(model.classes.size()));
  const auto memory = backend.allocate(graph, 0);
  PlanOptions options;
  options.batch = batch;
  options.training = training;
  if (graph.is_ragged()) options.rows = batch * graph.value(graph.input()).most;
  for (const auto& [name, value] : model.settings)
    if (training && name == "precision" && value == "bf16") options.precision = Precision::bf16;
  const auto plan = backend.compile(graph, options, *memory);
  std::string out = fmt::format("{} {}, batch {}, {}, {:.1f} MiB\n", backend.name(), backend.isa(), batch,
                                training ? "training" : "evaluation",
                                static_cast<double>(plan->bytes() + memory->bytes()) / (1 << 20));
  for (const std::string& line : plan->describe()) out += line + "\n";
  return out;
}

}  // namespace nn
