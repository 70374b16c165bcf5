// SPDX-License-Identifier: MIT
#include "results/training_record.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "h5/provenance.h"
#include "h5/schema.h"
#include "results/history.h"

namespace nn {
namespace {

constexpr const char *record_name = "nn_training", *samples_name = "nn_samples";

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

void put(NamedTexts& to, const std::string& name, const std::string& value) {
  const auto at = std::find_if(to.begin(), to.end(), [&](const auto& known) { return known.first == name; });
  at == to.end() ? to.emplace_back(name, value), void() : void(at->second = value);
}

std::string text_of(const Json& value) { return value.is_string() ? value.string() : value.dump(); }

/// The newest training among the steps that led to a file; null where there is none.
Json training_step(const h5::Reader& file) {
  const Json steps = h5::Provenance::read(file).steps;
  for (const Json& step : steps.items())
    if (const Json* tool = step.find("tool"); tool && tool->is_string() && tool->string() == "nn-train") return step;
  return {};
}

/// Values below /weights that are trained: floats, as axes are not, and no running statistics.
double parameters_of(const h5::Reader& file) {
  double count = 0;
  for (const std::string& layer : file.children("/weights"))
    if (const std::string group = "/weights/" + layer; file.is_group(group))
      for (const std::string& name : file.children(group))
        if (!name.starts_with("running_") && file.type(group + "/" + name) == h5::Type::f32)
          count += static_cast<double>(file.shape(group + "/" + name).count());
  return count;
}

void read_times(const h5::Reader& file, TrainingRecord& record) {
  for (const auto& [name, values] : read_history(file)) {
    if (name == "epoch") record.epochs = static_cast<double>(values.size());
    if (name != "seconds") continue;
    double seconds = 0;
    for (const double one : values) seconds += one;
    if (!values.empty() && std::isfinite(seconds)) record.seconds = seconds;
  }
  const auto samples = file.number("/", samples_name);
  if (samples && *samples >= 1 && record.epochs && record.seconds && *record.seconds > 0)
    record.samples_per_second = *samples * *record.epochs / *record.seconds;
}

void read_step(const Json& step, TrainingRecord& record, bool with_settings) {
  const Json* options = step.find("options");
  const auto asked = [&](const char* name) {
    const Json* value = options ? options->find(name) : nullptr;
    return value ? text_of(*value) : std::string();
  };
  if (const std::string model = asked("model"); !model.empty()) put(record.settings, "model", model);
  for (const char* name : {"device", "isa", "threads", "version"})
    if (const Json* value = step.find(name)) record.machine.emplace_back(name, text_of(*value));
  if (!with_settings) return;
  if (options && options->is_object())
    for (const auto& [name, value] : options->members())
      if (name != "model" && name != "device" && !text_of(value).empty()) put(record.settings, name, text_of(value));
  if (const Json* inputs = step.find("inputs"); inputs && inputs->is_array() && !inputs->items().empty())
    if (const Json* digest = inputs->items().back().find("digest"); digest && digest->is_string())
      record.data = digest->string();
}

TrainingRecord of_model(const h5::Reader& file) {
  TrainingRecord record;
  put(record.settings, "model", file.text("/", "nn_layers").value_or(""));
  if (file.has("/history"))
    for (const std::string& name : file.attributes("/history"))
      if (const auto value = file.text("/history", name); value && !name.starts_with("nn_"))
        name == "data_digest" ? void(record.data = *value) : put(record.settings, name, *value);
  if (const std::string recipe = h5::read_prep(file).recipe; !recipe.empty()) put(record.settings, "recipe", recipe);
  if (file.has("/weights")) record.parameters = parameters_of(file);
  read_times(file, record);
  if (const Json step = training_step(file); !step.is_null()) read_step(step, record, false);
  return record;
}

NamedTexts texts_in(const Json& record, const char* name) {
  NamedTexts texts;
  if (const Json* all = record.find(name); all && all->is_object())
    for (const auto& [key, value] : all->members()) texts.emplace_back(key, text_of(value));
  return texts;
}

constexpr std::pair<const char*, std::optional<double> TrainingRecord::*> numbers[] = {
    {"parameters", &TrainingRecord::parameters},
    {"epochs", &TrainingRecord::epochs},
    {"seconds", &TrainingRecord::seconds},
    {"samples_per_second", &TrainingRecord::samples_per_second}};

}  // namespace

TrainingRecord training_record(const h5::Reader& file) {
  if (file.kind() == "model") return of_model(file);
  TrainingRecord record;
  const auto kept = file.text("/", record_name);
  if (!kept) {
    if (const Json step = training_step(file); !step.is_null()) read_step(step, record, true);
    return record;
  }
  const Json json = in_context(file.name() + ": /, attribute " + record_name, [&] {
    Json parsed = Json::parse(*kept);
    if (!parsed.is_object()) throw Error("expected a JSON object");
    return parsed;
  });
  record.settings = texts_in(json, "settings"), record.machine = texts_in(json, "machine");
  for (const auto& [name, value] : numbers)
    if (const Json* number = json.find(name); number && number->is_number()) record.*value = number->number();
  if (const Json* data = json.find("data"); data && data->is_string()) record.data = data->string();
  return record;
}

TrainingRecord common_record(const std::vector<TrainingRecord>& records) {
  TrainingRecord all = records.front();
  for (size_t i = 1; i < records.size(); ++i) {
    const TrainingRecord& one = records[i];
    for (const auto texts : {&TrainingRecord::settings, &TrainingRecord::machine})
      std::erase_if(all.*texts, [&](const auto& known) {
        return std::find((one.*texts).begin(), (one.*texts).end(), known) == (one.*texts).end();
      });
    for (const auto number : {&TrainingRecord::parameters, &TrainingRecord::seconds})
      all.*number = all.*number && one.*number ? std::optional(*(all.*number) + *(one.*number)) : std::nullopt;
    if (all.epochs != one.epochs) all.epochs.reset();
    if (all.data != one.data) all.data.clear();
  }
  all.samples_per_second.reset();  // trained one after the other, or side by side: not known
  put(all.settings, "ensemble", std::to_string(records.size()));
  return all;
}

void write_training_record(const TrainingRecord& record, h5::Writer& to) {
  if (record.empty()) return;
  Json json = Json::object();
  for (const auto& [name, texts] : {std::pair{"settings", &record.settings}, {"machine", &record.machine}}) {
    json[name] = Json::object();
    for (const auto& [key, value] : *texts) json[name][key] = Json(value);
  }
  for (const auto& [name, value] : numbers)
    if (record.*value) json[name] = Json(*(record.*value));
  if (!record.data.empty()) json["data"] = record.data;
  to.text("/", record_name, json.dump());
}

}  // namespace nn
