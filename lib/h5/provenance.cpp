// SPDX-License-Identifier: MIT
#include "h5/provenance.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <set>

#include "base/error.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/text/number.h"
#include "base/text/url.h"
#include "h5/command_line.h"
#include "h5/reading/reader.h"
#include "h5/writing/writer.h"

namespace nn::h5 {
namespace {

// ISO 8601, UTC.
std::string time_text() {
  const auto now = static_cast<std::time_t>(source_date_epoch().value_or(std::time(nullptr)));
  std::tm parts{};
  char text[64];
  if (!gmtime_r(&now, &parts) || std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
    throw Error("the clock shows no date that can be written");
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::string id_of(const Json& step) {
  const Json* id = step.find("id");
  return id && id->is_string() ? id->string() : std::string();
}

/// Which step made an input is told where each has its parent: of several, some may have no history.
Json inputs_json(const Step& step, const std::vector<Provenance>& parents) {
  Json inputs = Json::array();
  for (size_t i = 0; i < step.inputs.size(); ++i) {
    Json input = Json::object();
    input["name"] = printable(without_credentials(step.inputs[i].first));
    input["digest"] = step.inputs[i].second;
    if (parents.size() == step.inputs.size() && parents[i].steps.is_array() && !parents[i].steps.items().empty()) {
      const Json& made_by = parents[i].steps.items().front();
      input["step"] = id_of(made_by);
      if (const Json* output = made_by.find("output")) input["output"] = *output;
    }
    inputs.push_back(input);
  }
  return inputs;
}

Json step_json(const Step& step, const std::vector<Provenance>& parents) {
  Json out = Json::object();
  out["tool"] = step.tool;
  out["version"] = step.version;
  Json argv = Json::array();
  for (const std::string& word : step.argv) argv.push_back(printable(without_credentials(word)));
  out["argv"] = argv;
  if (!step.options.is_null()) {
    out["options"] = step.options;
    for (const auto& [key, value] : step.options.members())
      if (value.is_string()) out["options"][key] = Json(without_credentials(value.string()));
  }
  if (!step.arguments.empty()) {
    Json arguments = Json::array();
    for (const std::string& word : step.arguments) arguments.push_back(without_credentials(word));
    out["arguments"] = arguments;
  }
  out["inputs"] = inputs_json(step, parents);
  if (!step.files.is_null()) out["files"] = step.files;
  Json ids = Json::array();
  for (const Provenance& parent : parents)
    if (parent.steps.is_array() && !parent.steps.items().empty()) ids.push_back(id_of(parent.steps.items().front()));
  out["parents"] = ids;
  if (step.extra.is_object())
    for (const auto& [key, value] : step.extra.members()) out[key] = value;
  return out;
}

// The id is a hash of what the step did: the same step reached by two ways is one step.
Json with_id(const Json& step) {
  Json out = Json::object();
  out["id"] = sha256_hex(std::as_bytes(std::span<const char>(step.dump()))).substr(0, 16);
  for (const auto& [key, value] : step.members()) out[key] = value;
  return out;
}

}  // namespace

std::optional<int64_t> source_date_epoch() {
  const char* text = std::getenv("SOURCE_DATE_EPOCH");
  if (!text || !*text) return std::nullopt;
  constexpr int64_t end_of_9999 = 253402300799;
  int64_t seconds = 0;
  in_context("SOURCE_DATE_EPOCH", [&] {
    parse_value(text, seconds);
    if (seconds < 0 || seconds > end_of_9999)
      throw UsageError("expected seconds since 1970, up to the year 9999, found " + value_text(seconds));
  });
  return seconds;
}

Provenance Provenance::read(const Reader& file) {
  Provenance found;
  found.history = file.text("/", "history").value_or("");
  found.steps = Json::array();
  if (const auto text = file.text("/", "nn_provenance")) {
    found.steps = in_context(file.name() + ": /, attribute nn_provenance", [&] {
      Json steps = Json::parse(*text);
      if (!steps.is_array()) throw Error("expected a JSON array of steps");
      return steps;
    });
  }
  return found;
}

void Provenance::write(Writer& to) const {
  if (!history.empty()) to.text("/", "history", history);
  if (steps.is_array() && !steps.items().empty()) to.text("/", "nn_provenance", steps.dump());
}

bool Provenance::lacks_last_step() const {
  if (!steps.is_array() || steps.items().empty()) return false;
  const Json* output = steps.items().front().find("output");
  return output && output->is_string() && output->string() == no_output;
}

Provenance Provenance::of_option(const std::string& option) const {
  Provenance marked = *this;
  if (!steps.is_array() || steps.items().empty() || lacks_last_step()) return marked;
  Json::Array all = steps.items();
  all.front()["output"] = option;
  marked.steps = Json(std::move(all));
  return marked;
}

Provenance extend(const Step& step, const std::vector<Provenance>& parents) {
  Provenance out;
  out.steps = Json::array();
  std::vector<std::string> lines;
  std::set<std::string> seen_lines, seen_ids;
  for (const Provenance& parent : parents)
    for (const std::string& line : lines_of(parent.history))
      if (seen_lines.insert(line).second) lines.push_back(line);
  if (!step.off) {
    std::vector<std::string> words;
    for (const std::string& word : step.argv) words.push_back(without_credentials(word));
    const std::string command = command_line(words);
    lines.insert(lines.begin(), time_text() + ": " + (command.empty() ? step.tool : command));
    const Json own = with_id(step_json(step, parents));
    seen_ids.insert(id_of(own));
    out.steps.push_back(own);
  }
  // Lines start with their time, so those of several parents are put in order by it.
  const auto newer = [](const std::string& a, const std::string& b) { return a.substr(0, 20) > b.substr(0, 20); };
  if (parents.size() > 1) std::stable_sort(lines.begin() + (step.off ? 0 : 1), lines.end(), newer);
  for (const std::string& line : lines) out.history += (out.history.empty() ? "" : "\n") + line;
  for (const Provenance& parent : parents)
    if (parent.steps.is_array())
      for (const Json& one : parent.steps.items())
        if (id_of(one).empty() || seen_ids.insert(id_of(one)).second) out.steps.push_back(one);
  if (!step.off || out.steps.items().empty()) return out;
  Json::Array all = out.steps.items();
  all.front()["output"] = no_output;  // of its inputs: none of these steps made the file
  out.steps = Json(std::move(all));
  return out;
}

}  // namespace nn::h5
