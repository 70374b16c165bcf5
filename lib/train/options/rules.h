// SPDX-License-Identifier: MIT
// The rules of a run in which the frameworks differ, as they are in force: those of --like, and over them what the
// run's own options say. Printed by --print-config, kept in the model.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "train/options/run_parts.h"

namespace nn {

struct Rule {
  std::string name, value;  ///< several values of several layers are joined by " | "
  std::string usual;        ///< what --like alone says
  std::string option;       ///< that sets it
};
/// Every rule that frameworks differ in: those of a run, and those of the options of all plug-ins. Without a model
/// layers count as if they said nothing of their own.
std::vector<Rule> rules_in_force(const TrainOptions& options, const RunParts& parts);
std::vector<Rule> rules_in_force(const TrainOptions& options);
/// Name and value of each, for a model file.
std::vector<std::pair<std::string, std::string>> rules_record(const TrainOptions& options, const RunParts& parts);
/// A comment line each, for --print-config.
std::string rules_text(const TrainOptions& options);

}  // namespace nn
