// SPDX-License-Identifier: MIT
#include "info/checkpoint_report.h"

#include <fmt/format.h>

#include "base/log.h"
#include "base/text/one_line.h"
#include "model/network.h"
#include "results/cells.h"
#include "train/run/checkpoint.h"

namespace nn {
namespace {

int64_t whole(const Checkpoint& checkpoint, const std::string& field) {
  const auto found = checkpoint.state.find(field);
  if (found == checkpoint.state.end()) throw Error(checkpoint.name + ": /state/" + field + " is missing");
  const auto* values = std::get_if<std::vector<int64_t>>(&found->second);
  if (!values || values->size() != 1) throw Error(checkpoint.name + ": /state/" + field + ": expected one int64");
  if (values->front() < 0 || values->front() > 1'000'000'000'000)
    throw Error(checkpoint.name + ": /state/" + field + ": out of range");
  return values->front();
}

/// Quotes for readability only: nn_command has the exact text.
std::string word(const std::string& text) {
  return text.find_first_of(" \n'*()") == text.npos ? text : "'" + text + "'";
}

Json object_of(const NamedTexts& texts) {
  Json object = Json::object();
  for (const auto& [name, value] : texts) object[name] = setting_json(value);
  return object;
}

}  // namespace

std::string checkpoint_text(const h5::Reader& file) {
  const Checkpoint checkpoint = read_checkpoint(file);
  std::string command, machine;
  for (const auto& [name, value] : checkpoint.command)
    command += name == "data" ? " " + word(value)
                              : fmt::format(" --{} {}", name, word(name == "model" ? in_one_line(value) : value));
  for (const auto& [name, value] : checkpoint.machine)
    machine += fmt::format("{}{} {}", machine.empty() ? "" : ", ", name, value);
  // As nn-train counts: the epoch that runs, and the steps done in it.
  const int64_t epoch = whole(checkpoint, "epoch"), step = whole(checkpoint, "step");
  const std::string position = step    ? fmt::format("in epoch {}, step {}", epoch + 1, step)
                               : epoch ? fmt::format("after epoch {}", epoch)
                                       : "before the first epoch";
  return fmt::format("checkpoint {}{}; nn-train --resume goes on from it\ncommand    nn-train{}\nmachine    {}\n",
                     position, whole(checkpoint, "ended") ? ", where it ended" : "", printable(command),
                     printable(machine));
}

Json checkpoint_json(const h5::Reader& file) {
  const Checkpoint checkpoint = read_checkpoint(file);
  Json out = Json::object();
  for (const char* field : {"epoch", "step", "ended"}) out[field] = whole(checkpoint, field);
  out["command"] = object_of(checkpoint.command);
  out["machine"] = object_of(checkpoint.machine);
  return out;
}

}  // namespace nn
